package anomaly

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// The definitions of the score and of the least distance from usual that matters, which the windows over the fleet (analytics/flink)
// share: Java reads the same file.
//
//go:embed definitions.json
var definitionsFile []byte

type definitions struct {
	Score    scoring
	Measures []definition
}

// scoring are the parameters of a baseline's score; see base.
type scoring struct {
	Learnt  float32 // buckets until a baseline says anything: 10 minutes in that state
	Slowest float64 // share of the newest bucket once learned
	ClipAt  float64
	FarAt   float64 // scales in the least distance that matters; a bucket counts as twice that at most
	Slack   float64 // scales that a shift may last
	LastsAt float64 // sum of what is beyond slack at which a lasting shift is unusual
}

// definition is that of a subject.
type definition struct {
	ID     byte
	Name   string // in SQL
	Signal string // VSS path that a finding names
	Least  float64
	Share  bool // Least is a share of the usual value
}

var defined = func() definitions {
	var d definitions
	if err := json.Unmarshal(definitionsFile, &d); err != nil {
		panic(fmt.Sprintf("anomaly: definitions.json: %v", err))
	}
	return d
}()

// of is the definition of a subject.
func (d *definitions) of(id byte) *definition {
	for n := range d.Measures {
		if d.Measures[n].ID == id {
			return &d.Measures[n]
		}
	}
	panic(fmt.Sprintf("anomaly: definitions.json: measure %d is missing", id))
}

// leastAt is the least distance that matters from that usual value, in the measure's unit.
func (d *definition) leastAt(usual float64) float64 {
	if d.Share {
		return d.Least * max(usual, 1e-6)
	}
	return d.Least
}
