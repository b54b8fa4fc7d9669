package vehicle

import "fmt"

// Powertrain is a car's kind of drive, with the values of the signal Vehicle.Powertrain.Type.
type Powertrain string

// The powertrains.
const (
	Combustion Powertrain = "COMBUSTION"
	Hybrid     Powertrain = "HYBRID"
	Electric   Powertrain = "ELECTRIC"
)

// ParsePowertrain parses a value of the signal. Other texts are an error.
func ParsePowertrain(s string) (Powertrain, error) {
	switch p := Powertrain(s); p {
	case Combustion, Hybrid, Electric:
		return p, nil
	}
	return "", fmt.Errorf("powertrain %q: allowed are %s, %s and %s", s, Combustion, Hybrid, Electric)
}
