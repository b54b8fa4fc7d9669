package fleetanomaly

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// Fleet stands for the VIN in these alerts, which are about many cars.
const Fleet = "fleet"

// Cars looks up cars.
type Cars interface {
	// Vehicle returns the car with that VIN; vehicle.ErrNotFound if there is none.
	Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error)
}

// Alerts raises and resolves alerts. Repeated calls, in any order, change nothing.
type Alerts interface {
	Raise(ctx context.Context, n alert.Notice) (alert.Alert, bool, error)
	Resolve(ctx context.Context, vin, dedupKey string, at time.Time) (alert.Alert, bool, error)
}

// Service raises and resolves the alerts of findings. All fields are required.
type Service struct {
	Cars   Cars
	Alerts Alerts
}

// Outcome is the result of a finding.
type Outcome string

// The outcomes.
const (
	Told     Outcome = "told"     // a new alert
	Repeated Outcome = "repeated" // part of an existing alert
	Resolved Outcome = "resolved"
	Nothing  Outcome = "nothing" // the end of a finding whose alert is over already
)

// Handle raises or resolves the alert of a finding. Handling the same finding twice changes nothing.
func (d *Service) Handle(ctx context.Context, f Finding) (Outcome, error) {
	if f.State == Over {
		_, resolved, err := d.Alerts.Resolve(ctx, Fleet, f.DedupKey(), f.WindowEnd)
		if err != nil || !resolved {
			return Nothing, err
		}
		return Resolved, nil
	}
	n, err := d.notice(ctx, f)
	if err != nil {
		return "", err
	}
	_, created, err := d.Alerts.Raise(ctx, n)
	if err != nil {
		return "", err
	}
	if !created {
		return Repeated, nil
	}
	return Told, nil
}

// notice returns the alert notice of a finding, with the share of cars, in percent, as its value.
func (d *Service) notice(ctx context.Context, f Finding) (alert.Notice, error) {
	percent := 100 * f.Share
	n := alert.Notice{VIN: Fleet, Kind: f.Kind, DedupKey: f.DedupKey(), At: f.WindowEnd, Value: &percent, Unit: "percent"}
	if f.Kind == alert.RegionSilent {
		n.Detail = fmt.Sprintf("%s lost their connection %s in the area that begins at %s, %s, and did not come back.",
			f.count("that drove there"), f.window(), latitude(*f.South), longitude(*f.West))
		return n, nil
	}
	car, err := d.Cars.Vehicle(ctx, f.Example)
	if err != nil && !errors.Is(err, vehicle.ErrNotFound) {
		return n, fmt.Errorf("look up a car of the model: %w", err)
	}
	n.Manufacturer = car.Manufacturer
	if f.Kind == alert.ModelUnusual {
		f.unusual(&n, car)
		return n, nil
	}
	usual := 100 * f.Usual
	n.Threshold = &usual
	n.Detail = fmt.Sprintf("%s set %s %s; in the time before %.2g %% of them did.", f.count(f.model(car)), f.Code, f.window(), usual)
	return n, nil
}

// measures are the names and units of the windows' measures, by VSS path, for people.
var measures = map[string]struct{ name, unit string }{
	telemetry.LowVoltageBattery: {"12 V battery voltage while the engine runs", "V"},
	telemetry.EngineCoolant:     {"coolant temperature of the warm engine", "celsius"},
	telemetry.EngineMAF:         {"air flow over engine speed and manifold pressure", ""},
}

// unusual completes the notice of an unusual model: its value is the mean of the measure, not a share of cars.
func (f Finding) unusual(n *alert.Notice, car vehicle.Vehicle) {
	limit := f.High
	if f.Measured < f.Low {
		limit = f.Low
	}
	is := measures[f.Signal]
	n.Value, n.Threshold, n.Unit = &f.Measured, &limit, is.unit
	n.Detail = fmt.Sprintf("%d cars %s have a mean %s of %s %s, where %.4g to %.4g is usual for the model; look at what they share, such as an update.",
		f.Cars, f.model(car), is.name, strings.TrimSpace(fmt.Sprintf("%.4g %s", f.Measured, is.unit)), f.window(), f.Low, f.High)
}

// model returns the cars' make and model, or the beginning of their VINs if the platform does not know the example.
func (f Finding) model(car vehicle.Vehicle) string {
	if car.Model == "" {
		return "with VINs that begin with " + f.VehicleType
	}
	return fmt.Sprintf("like the %s %s (VINs that begin with %s)", car.Make, car.Model, f.VehicleType)
}

// count returns, for example, "12 of 80 cars (15 %) that drove there".
func (f Finding) count(which string) string {
	return fmt.Sprintf("%d of %d cars (%.2g %%) %s", f.Cars, f.Active, 100*f.Share, which)
}

func (f Finding) window() string {
	const clock = "15:04"
	return fmt.Sprintf("between %s and %s UTC", f.WindowStart.UTC().Format(clock), f.WindowEnd.UTC().Round(time.Second).Format(clock))
}

func latitude(d float64) string {
	if d < 0 {
		return degrees(-d) + "° S"
	}
	return degrees(d) + "° N"
}

func longitude(d float64) string {
	if d < 0 {
		return degrees(-d) + "° W"
	}
	return degrees(d) + "° E"
}
