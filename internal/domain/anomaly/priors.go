package anomaly

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// PriorsForm is the version of the file of priors.
const PriorsForm = 1

// LeastPriorCars is the least number of cars for a prior: one in twenty is left out at either end.
const LeastPriorCars = 20

// ErrPriors is wrapped by ParsePriors' error for bytes that are not a file of priors.
var ErrPriors = errors.New("not a file of priors")

// Model identifies a group of cars with the same usual values.
type Model struct {
	Make       string `json:"make"`
	Model      string `json:"model"`
	Powertrain string `json:"powertrain"` // COMBUSTION, HYBRID or ELECTRIC
}

// Prior is the fleet's usual values of a measure: means over half a minute, in the state of the car in which the measure has a usual value.
type Prior struct {
	Subject string  `json:"subject"` // Measure.Subject
	Cars    int     `json:"cars"`
	Low     float64 `json:"low"` // lowest usual value; see Quantiles
	Median  float64 `json:"median"`
	High    float64 `json:"high"`
}

// ModelPriors are the priors of one model.
type ModelPriors struct {
	Model
	Priors []Prior `json:"priors"`
}

// PriorsFile is the file of the usual values of fleets, as JSON.
type PriorsFile struct {
	Form   int           `json:"form"`
	Source string        `json:"source"` // origin of the samples, for people
	Models []ModelPriors `json:"models"`
}

// Priors are the usual values of models, for cars without baselines of their own. The zero value has no models.
type Priors struct{ models map[Model]map[int]Prior }

// ParsePriors reads a PriorsFile. Unknown measures are skipped: a file outlives the version that made it. Errors wrap ErrPriors.
func ParsePriors(b []byte) (Priors, error) {
	var f PriorsFile
	if err := json.Unmarshal(b, &f); err != nil {
		return Priors{}, fmt.Errorf("%w: %w", ErrPriors, err)
	}
	if f.Form != PriorsForm {
		return Priors{}, fmt.Errorf("%w: form %d; allowed is %d, which `carctl anomaly priors` writes", ErrPriors, f.Form, PriorsForm)
	}
	p := Priors{models: map[Model]map[int]Prior{}}
	for _, m := range f.Models {
		if m.Make == "" || m.Model.Model == "" || p.models[m.Model] != nil {
			return Priors{}, fmt.Errorf("%w: model %q of make %q: allowed is each once, with its name", ErrPriors, m.Model.Model, m.Make)
		}
		p.models[m.Model] = map[int]Prior{}
		for _, prior := range m.Priors {
			if err := prior.check(); err != nil {
				return Priors{}, fmt.Errorf("%w: model %q: %w", ErrPriors, m.Model.Model, err)
			}
			if slot, watched := slotOf[prior.Subject]; watched && slot >= slotBases {
				p.models[m.Model][slot-slotBases] = prior
			}
		}
	}
	return p, nil
}

func (p Prior) check() error {
	if p.Cars < LeastPriorCars {
		return fmt.Errorf("%s: from %d cars; allowed are %d or more", p.Subject, p.Cars, LeastPriorCars)
	}
	if !finite(p.Low) || !finite(p.High) || p.Low > p.Median || p.Median > p.High { // NaN compares false with every number
		return fmt.Errorf("%s: low %v, median %v, high %v; allowed are numbers in that order", p.Subject, p.Low, p.Median, p.High)
	}
	return nil
}

// ownAfter is the number of half-minutes of a car's own data after which the fleet's prior has no influence: an hour.
const ownAfter = 120

// Compare starts the car's empty baselines from the prior of its model. It does nothing for a model without priors.
func (m *Memory) Compare(p Priors, model Model) {
	for i, prior := range p.models[model] {
		if b := &m.bases[i]; b.Count == 0 {
			b.Mean, b.Count, b.Prior = float32(prior.Median), learnt, learnt // the prior weighs as much as ten minutes of the car's own data
			// Values that are usual in the fleet stay within the slack, and so never add up.
			b.Dev = float32(max(prior.High-prior.Median, prior.Median-prior.Low) / slack / madToDev)
		}
	}
}

// own returns the number of half-minutes that were learned from the car itself.
func (b *base) own() float64 { return float64(b.Count - b.Prior) }

// fleetOnly reports whether the baseline is still mostly that of the fleet.
func (b *base) fleetOnly() bool { return b.Prior > 0 && b.own() < ownAfter }

// holds reports whether the newest value must not be learned: a new car that differs from its fleet may have been delivered with the fault.
func (b *base) holds() bool { return b.fleetOnly() && b.score() > 1 }

// judges describes the origin of the baseline to people.
func (b *base) judges() (whom, ground string) {
	if b.fleetOnly() {
		return "its model", fmt.Sprintf("judged by the fleet of its model and %s of this car", hours(b.learntH()))
	}
	return "this car", "judged by " + hours(b.learntH()) + " of this car"
}

// confidence returns the grade of a value that is off by so many distances. The fleet's prior alone never gives VeryLikely: a car may
// differ from others of its model.
func (b *base) confidence(off float64) Confidence {
	if b.fleetOnly() && off >= farOff {
		return Likely
	}
	return grade(b.learntH(), math.Abs(off))
}
