// Package fleetanomaly handles the findings of the windows over the whole fleet: a fault that spreads over a model, a region that goes silent. The job
// says a thing again for every window that shows it, and maybe twice after a restart; people are told once.
package fleetanomaly

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

// State is the state of a finding: begun or ended.
type State string

// The states.
const (
	Raised State = "raised" // a window shows it
	Over   State = "over"   // no window has shown it for a while
)

// Finding is the job's output, see analytics/flink/src/main/resources/sql/findings.sql.
type Finding struct {
	State       State      `json:"state"`
	Kind        alert.Kind `json:"kind"`        // alert.FaultSpread or alert.RegionSilent
	VehicleType string     `json:"vehicleType"` // FaultSpread: what the cars' VINs begin with, typeLength characters
	Code        string     `json:"code"`        // FaultSpread: the trouble code
	South       *float64   `json:"south"`       // RegionSilent: the cell's southern border, degrees
	West        *float64   `json:"west"`        // RegionSilent: its western border
	WindowStart time.Time  `json:"windowStart"` // UTC
	WindowEnd   time.Time  `json:"windowEnd"`   // of Over: since when it is
	Cars        int        `json:"cars"`        // cars that have the fault, or lost their connection
	Active      int        `json:"active"`      // cars of the model, or of the cell, that were on the road
	Share       float64    `json:"share"`       // Cars of Active, 0 to 1
	Usual       float64    `json:"usual"`       // FaultSpread: that share in the windows before
	Example     vin.VIN    `json:"example"`     // FaultSpread: one of the cars
}

// typeLength is the number of characters of a VIN that name the maker and the model (ISO 3779: WMI and VDS without its check digit).
// https://www.iso.org/standard/52200.html
const typeLength = 8

// Decode reads a finding. The error is of category errs.Invalid.
func Decode(b []byte) (Finding, error) {
	var f Finding
	if err := json.Unmarshal(b, &f); err != nil {
		return f, errs.As(errs.Invalid, fmt.Errorf("read a finding: %w", err))
	}
	return f, f.check()
}

func (f Finding) check() error {
	refuse := func(field string, value any, allowed string) error {
		return errs.As(errs.Invalid, fmt.Errorf("finding: %s is %.80q, allowed is %s", field, fmt.Sprint(value), allowed))
	}
	if f.State != Raised && f.State != Over {
		return refuse("state", f.State, "raised or over")
	}
	if f.WindowEnd.IsZero() || f.WindowStart.IsZero() {
		return refuse("windowEnd", f.WindowEnd, "a time, and windowStart too")
	}
	if f.Cars < 1 || f.Active < f.Cars {
		return refuse("cars", f.Cars, "1 to as many as are active")
	}
	switch f.Kind {
	case alert.FaultSpread:
		if _, err := dtc.Parse(f.Code); err != nil {
			return refuse("code", f.Code, "a trouble code")
		}
		if _, err := vin.Parse(string(f.Example)); err != nil || len(f.VehicleType) != typeLength || string(f.Example[:typeLength]) != f.VehicleType {
			return refuse("example", f.Example, "the VIN of a car of vehicleType")
		}
	case alert.RegionSilent:
		if f.South == nil || f.West == nil {
			return refuse("south", "nothing", "a latitude, and west a longitude")
		}
	default:
		return refuse("kind", f.Kind, fmt.Sprintf("%s or %s", alert.FaultSpread, alert.RegionSilent))
	}
	return nil
}

// DedupKey makes all findings of one fault of one model, or of one cell, the same alert until it is over.
func (f Finding) DedupKey() string {
	if f.Kind == alert.FaultSpread {
		return fmt.Sprintf("%s/%s/%s", f.Kind, f.VehicleType, f.Code)
	}
	return fmt.Sprintf("%s/%s/%s", f.Kind, degrees(*f.South), degrees(*f.West))
}

func degrees(d float64) string { return strconv.FormatFloat(d, 'f', -1, 64) }
