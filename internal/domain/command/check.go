package command

import (
	"fmt"
	"math"
	"slices"
	"time"

	"connectedcar/internal/errs"
)

// Bounds of a climate command's target temperature, in Celsius, as on a car's own control.
const (
	LowestC  = 16
	HighestC = 30
	StepC    = 0.5
)

// timeout is the time that a car has to answer: a door command is useless after a short while, a diagnosis takes longer.
func (k Kind) timeout() time.Duration {
	switch k {
	case Diagnose, HealthReport:
		return 5 * time.Minute
	case Climate:
		return 2 * time.Minute
	default:
		return time.Minute
	}
}

// parameters are the allowed parameters of each kind, each with its check.
var parameters = map[Kind]map[string]func(any) string{
	Climate:      {"targetTemperatureC": Temperature},
	HealthReport: {"reportId": reportID},
}

// Temperature checks the target of a climate command: it returns the allowed values, or an empty text if v is valid.
func Temperature(v any) string {
	f, ok := v.(float64)
	if ok && f >= LowestC && f <= HighestC && math.Mod(f, StepC) == 0 {
		return ""
	}
	return fmt.Sprintf("a number from %d to %d in steps of %v", LowestC, HighestC, StepC)
}

func reportID(v any) string {
	if s, ok := v.(string); ok && len(s) == 26 {
		return ""
	}
	return "a ULID"
}

// Check returns the checked parameters of a kind of command, or an error of category errs.Invalid with the allowed values.
func Check(kind Kind, given map[string]any) (map[string]any, error) {
	if !slices.Contains(Kinds(), kind) {
		return nil, errs.As(errs.Invalid, fmt.Errorf("kind %.40q: allowed are %v", kind, Kinds()))
	}
	known := parameters[kind]
	for name, value := range given {
		check, ok := known[name]
		if !ok {
			return nil, errs.As(errs.Invalid, fmt.Errorf("parameters.%.40s: %s takes %s", name, kind, names(known)))
		}
		if allowed := check(value); allowed != "" {
			return nil, errs.As(errs.Invalid, fmt.Errorf("parameters.%s: allowed is %s", name, allowed))
		}
	}
	for name := range known {
		if _, ok := given[name]; !ok {
			return nil, errs.As(errs.Invalid, fmt.Errorf("parameters.%s is missing: %s needs it", name, kind))
		}
	}
	return given, nil
}

func names(known map[string]func(any) string) string {
	var list []string
	for name := range known {
		list = append(list, name)
	}
	if len(list) == 0 {
		return "none"
	}
	slices.Sort(list)
	return fmt.Sprint(list)
}
