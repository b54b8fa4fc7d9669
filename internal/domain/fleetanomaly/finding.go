// Package fleetanomaly handles the findings of the windows over the whole fleet: a fault that spreads over a model, a model that changes,
// a region that goes silent. The job writes a finding again for every window that shows it, and maybe twice after a restart; people are
// notified once.
package fleetanomaly

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
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

// Finding is the output of the Flink job, see analytics/flink/src/main/resources/sql/findings.sql.
type Finding struct {
	State       State      `json:"state"`
	Kind        alert.Kind `json:"kind"`        // one of alert.FaultSpread, alert.ModelUnusual, alert.RegionSilent
	VehicleType string     `json:"vehicleType"` // findings about a model: the first typeLength characters of the cars' VINs
	Code        string     `json:"code"`        // FaultSpread: the trouble code
	South       *float64   `json:"south"`       // RegionSilent: the cell's southern border, degrees
	West        *float64   `json:"west"`        // RegionSilent: the cell's western border, degrees
	WindowStart time.Time  `json:"windowStart"` // UTC
	WindowEnd   time.Time  `json:"windowEnd"`   // UTC; with Over, the end of the finding
	Cars        int        `json:"cars"`        // cars that have the fault, or lost their connection
	Active      int        `json:"active"`      // cars of the model, or of the cell, that were on the road
	Share       float64    `json:"share"`       // Cars divided by Active, 0 to 1
	Usual       float64    `json:"usual"`       // FaultSpread: the share in the earlier windows
	Example     vin.VIN    `json:"example"`     // findings about a model: one of the cars

	Signal   string  `json:"signal"`   // ModelUnusual: VSS path
	Measured float64 `json:"measured"` // ModelUnusual, Raised: mean of the model's cars in the window
	Low      float64 `json:"low"`      // ModelUnusual, Raised: least usual value for the model
	High     float64 `json:"high"`     // ModelUnusual, Raised: greatest usual value for the model
}

// typeLength is the number of characters of a VIN that name manufacturer and model (ISO 3779: WMI and VDS without its check digit).
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
		if !f.exampleOfType() {
			return refuse("example", f.Example, "the VIN of a car of vehicleType")
		}
	case alert.ModelUnusual:
		if _, known := measures[f.Signal]; !known {
			return refuse("signal", f.Signal, strings.Join(slices.Sorted(maps.Keys(measures)), ", "))
		}
		if !f.exampleOfType() {
			return refuse("example", f.Example, "the VIN of a car of vehicleType")
		}
	case alert.RegionSilent:
		if f.South == nil || f.West == nil {
			return refuse("south", "nothing", "a latitude, and west a longitude")
		}
	default:
		return refuse("kind", f.Kind, fmt.Sprintf("%s, %s or %s", alert.FaultSpread, alert.ModelUnusual, alert.RegionSilent))
	}
	return nil
}

// exampleOfType reports whether the example is a valid VIN that begins with the vehicle type.
func (f Finding) exampleOfType() bool {
	_, err := vin.Parse(string(f.Example))
	return err == nil && len(f.VehicleType) == typeLength && string(f.Example[:typeLength]) == f.VehicleType
}

// DedupKey returns the same key for all findings of one fault or signal of one model, or of one cell, so that they are one alert.
func (f Finding) DedupKey() string {
	switch f.Kind {
	case alert.FaultSpread:
		return fmt.Sprintf("%s/%s/%s", f.Kind, f.VehicleType, f.Code)
	case alert.ModelUnusual:
		return fmt.Sprintf("%s/%s/%s", f.Kind, f.VehicleType, f.Signal)
	}
	return fmt.Sprintf("%s/%s/%s", f.Kind, degrees(*f.South), degrees(*f.West))
}

func degrees(d float64) string { return strconv.FormatFloat(d, 'f', -1, 64) }
