package alert

import "slices"

// Severity is the platform's only scale of severity.
type Severity string

// The severities, gravest first.
const (
	Critical Severity = "CRITICAL"
	High     Severity = "HIGH"
	Medium   Severity = "MEDIUM"
	Low      Severity = "LOW"
	Info     Severity = "INFO"
)

// Severities returns all severities, gravest first.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low, Info} }

// Known reports whether s is one of the severities.
func (s Severity) Known() bool { return slices.Contains(Severities(), s) }

// AtLeast reports whether s is as grave as other, or graver.
func (s Severity) AtLeast(other Severity) bool {
	all := Severities()
	return slices.Index(all, s) <= slices.Index(all, other)
}
