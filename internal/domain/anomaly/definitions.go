package anomaly

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// The parameters of the score, and for each measure the least distance from usual that matters. The windows over the fleet
// (analytics/flink, in Java) read the same file.
//
//go:embed definitions.json
var definitionsFile []byte

type definitions struct {
	Score    scoring
	Measures []definition
}

// scoring has the parameters of a baseline's score; see base.
type scoring struct {
	Learnt  float32 // buckets until a baseline is used: 10 minutes of data
	Slowest float64 // weight of the newest bucket once the baseline is learned
	ClipAt  float64
	FarAt   float64 // number of scales in the least distance that matters; a bucket counts as at most twice that
	Slack   float64 // number of scales of a shift that is tolerated for ever
	LastsAt float64 // sum of the distances beyond Slack at which a lasting shift is unusual
}

// definition describes a measure that has a baseline.
type definition struct {
	ID     byte
	Name   string // name in SQL
	Signal string // VSS path of the signal in findings
	Least  float64
	Share  bool // whether Least is a share of the usual value instead of an absolute value
}

var defined = func() definitions {
	var d definitions
	if err := json.Unmarshal(definitionsFile, &d); err != nil {
		panic(fmt.Sprintf("anomaly: definitions.json: %v", err))
	}
	return d
}()

// of returns the definition of the measure with an id.
func (d *definitions) of(id byte) *definition {
	for n := range d.Measures {
		if d.Measures[n].ID == id {
			return &d.Measures[n]
		}
	}
	panic(fmt.Sprintf("anomaly: definitions.json: measure %d is missing", id))
}

// leastAt returns the least distance that matters from a usual value, in the measure's unit.
func (d *definition) leastAt(usual float64) float64 {
	if d.Share {
		return d.Least * max(usual, 1e-6)
	}
	return d.Least
}
