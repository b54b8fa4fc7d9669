package shadow

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"connectedcar/internal/errs"
)

// wish is the range of values that may be desired: a boolean, or a number within bounds in steps from the lower one.
type wish struct {
	truth           bool
	low, high, step float64
}

// wishes are the values that people may desire, by shadow. No others are allowed.
var wishes = map[Name]map[string]wish{
	Climate: {
		"targetTemperatureC": {low: 16, high: 30, step: 0.5}, // degrees Celsius
		"airConditioning":    {truth: true},
		"seatHeating":        {low: 0, high: 3, step: 1}, // level; 0 is off
	},
	Config: {
		"telemetryIntervalS": {low: 1, high: 3600, step: 1}, // seconds between two samples
		"batchSize":          {low: 1, high: 60, step: 1},   // samples in one message
	},
}

// Wrong is a value that may not be desired.
type Wrong struct {
	Field string
	Why   string // the value, and the allowed ones
}

// WrongError lists all invalid values of a wish, in order of fields.
type WrongError []Wrong

func (e WrongError) Error() string {
	parts := make([]string, len(e))
	for n, w := range e {
		parts[n] = w.Field + ": " + w.Why
	}
	return strings.Join(parts, "; ")
}

// Check returns an error unless the values may be desired in the shadow. A value of nil removes one. The error is a WrongError, of category
// errs.Invalid.
func Check(name Name, desired map[string]any) error {
	allowed := wishes[name]
	if len(allowed) == 0 {
		return errs.As(errs.Invalid, WrongError{{Field: "name", Why: fmt.Sprintf("nothing can be asked of %.40q; allowed are %s and %s", name, Climate, Config)}})
	}
	if len(desired) == 0 {
		return errs.As(errs.Invalid, WrongError{{Field: "desired", Why: "it is empty; allowed are " + list(allowed)}})
	}
	var wrong WrongError
	for _, field := range slices.Sorted(maps.Keys(desired)) {
		w, known := allowed[field]
		switch {
		case !known:
			wrong = append(wrong, Wrong{"desired." + clip(field), "there is no such value; allowed are " + list(allowed)})
		case desired[field] == nil:
		case !w.takes(desired[field]):
			wrong = append(wrong, Wrong{"desired." + field, fmt.Sprintf("is %s; allowed is %s", clip(fmt.Sprint(desired[field])), w)})
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return errs.As(errs.Invalid, wrong)
}

func (w wish) takes(value any) bool {
	if w.truth {
		_, ok := value.(bool)
		return ok
	}
	n, ok := value.(float64)
	if !ok || !(n >= w.low && n <= w.high) {
		return false
	}
	steps := (n - w.low) / w.step
	return steps == math.Trunc(steps)
}

// String describes the allowed values.
func (w wish) String() string {
	if w.truth {
		return "true or false"
	}
	return fmt.Sprintf("a number from %g to %g in steps of %g", w.low, w.high, w.step)
}

func list(allowed map[string]wish) string {
	return strings.Join(slices.Sorted(maps.Keys(allowed)), ", ")
}

// clip shortens a user's text for an error message.
func clip(s string) string {
	const longest = 40
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}
