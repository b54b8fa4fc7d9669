package healthreport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Filter selects reports; the zero value selects all. Lists are newest first.
type Filter struct {
	Since time.Time // made or requested at this time or later
}

// Takes reports whether the filter selects that report. The time in an id may be wrong, as the car chose it, so TS is checked.
func (f Filter) Takes(r Report) bool {
	at := r.TS
	if r.Progress == Pending {
		at = r.RequestedAt
	}
	return !at.Before(f.Since)
}

// Store keeps health reports. A rule of AWS IoT writes the reports of cars into the same table.
type Store interface {
	// PutPending records that the car was asked for the report with that id.
	PutPending(ctx context.Context, r Report) error
	// PutReady writes a report if the one with its id is still pending, and reports whether it did: it never overwrites a car's report.
	PutReady(ctx context.Context, r Report) (bool, error)
	// Report returns the report of that car with that id; ErrNotFound if there is none, and ErrUnreadable if the car sent an invalid one.
	Report(ctx context.Context, v vin.VIN, id string) (Report, error)
	// Reports lists a car's reports, and returns an error for each unreadable row. A page may have fewer reports than requested.
	Reports(ctx context.Context, v vin.VIN, f Filter, p paging.Request) (paging.Page[Report], []error, error)
}

// Cars looks up cars.
type Cars interface {
	Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error)
}

// Signals reads the newest signals of cars.
type Signals interface {
	States(ctx context.Context, cars []vin.VIN) (map[vin.VIN]*vehicle.State, error)
}

// Faults reads the faults of cars.
type Faults interface {
	Records(ctx context.Context, v vin.VIN, f diagnostic.Filter, p paging.Request) (paging.Page[diagnostic.Record], error)
}

// Samples reads hot history.
type Samples interface {
	Between(ctx context.Context, v vin.VIN, from, to time.Time, limit int, paths ...string) ([]telemetry.Row, error)
}

// Asker sends cars the request for a report.
type Asker interface {
	// AskReport sends the car the command to publish a health report under that id, and returns the command's id.
	AskReport(ctx context.Context, v vin.VIN, reportID, by string) (commandID string, err error)
}

// Reporter provides health reports. All fields are required.
type Reporter struct {
	Store   Store
	Cars    Cars
	Signals Signals
	Faults  Faults
	Samples Samples
	Asker   Asker
	// Wait is the time that a car has to answer before a report is composed instead.
	Wait  time.Duration
	Now   func() time.Time
	NewID func(time.Time) string // returns a ULID
	Log   *slog.Logger
}

// Request asks a car for a report on behalf of a user, by user id, and returns it as Pending, with its future id. It is no error if the
// car cannot be asked: the report is composed later.
func (s *Reporter) Request(ctx context.Context, v vin.VIN, by string) (Report, error) {
	now := s.Now().UTC().Truncate(time.Millisecond)
	r := Report{VIN: v, ID: s.NewID(now), Progress: Pending, RequestedAt: now, RequestedBy: by}
	// Store the pending report before the car is asked: the car's answer replaces the row and must not be overwritten.
	if err := s.Store.PutPending(ctx, r); err != nil {
		return Report{}, fmt.Errorf("note the request: %w", err)
	}
	commandID, err := s.Asker.AskReport(ctx, v, r.ID, by)
	if err != nil {
		s.Log.Warn("the car could not be asked for a health report", "vin", v.Redacted(), "error", err)
	}
	r.CommandID = commandID
	return r, nil
}

// Report returns the report with an id: the car's own, a Pending one while the car may still answer, or a composed one after that.
// Errors are those of Store.Report.
func (s *Reporter) Report(ctx context.Context, v vin.VIN, id string) (Report, error) {
	r, err := s.Store.Report(ctx, v, id)
	if err != nil || r.Progress != Pending {
		return r, err
	}
	return s.ripen(ctx, r)
}

// Reports lists a car's reports. Unreadable ones are left out and logged: the platform cannot repair what the car sent.
func (s *Reporter) Reports(ctx context.Context, v vin.VIN, f Filter, p paging.Request) (paging.Page[Report], error) {
	list, unreadable, err := s.Store.Reports(ctx, v, f, p)
	if err != nil {
		return list, fmt.Errorf("list the health reports: %w", err)
	}
	for _, why := range unreadable {
		s.Log.Warn("unreadable health report", "vin", v.Redacted(), "error", why)
	}
	for n, r := range list.Items {
		if r.Progress != Pending {
			continue
		}
		if list.Items[n], err = s.ripen(ctx, r); err != nil {
			return list, err
		}
	}
	return list, nil
}

// ripen completes a pending report if it can: a car that does not support ids may have answered under another id, and after Wait
// the report is composed.
func (s *Reporter) ripen(ctx context.Context, r Report) (Report, error) {
	latest, err := s.latest(ctx, r.VIN)
	if err != nil {
		return r, err
	}
	now := s.Now()
	var ready Report
	switch {
	case latest != nil && !latest.TS.Before(r.RequestedAt.Add(-telemetry.MaxFuture)) && latest.ID != r.ID:
		ready = *latest
	case now.Sub(r.RequestedAt) < s.Wait:
		return r, nil
	default:
		if ready, err = s.compose(ctx, r.VIN, now, latest); err != nil {
			return r, fmt.Errorf("compose a health report: %w", err)
		}
	}
	ready.ID, ready.RequestedAt, ready.RequestedBy, ready.CommandID = r.ID, r.RequestedAt, r.RequestedBy, r.CommandID
	written, err := s.Store.PutReady(ctx, ready)
	if err != nil {
		return r, fmt.Errorf("store the report: %w", err)
	}
	if written {
		return ready, nil
	}
	return s.Store.Report(ctx, r.VIN, r.ID) // another writer was faster, at best the car
}

// latest returns the newest report that the car made itself, among those on the first page.
func (s *Reporter) latest(ctx context.Context, v vin.VIN) (*Report, error) {
	list, _, err := s.Store.Reports(ctx, v, Filter{}, paging.Request{})
	if err != nil {
		return nil, fmt.Errorf("look for the newest report: %w", err)
	}
	for _, r := range list.Items {
		if r.Progress == Ready && r.Source == ByCar {
			return &r, nil
		}
	}
	return nil, nil
}

// Bounds of the data from which a report is composed.
const (
	maxFaults   = paging.MaxLimit
	samplesADay = 1500
)

func (s *Reporter) compose(ctx context.Context, v vin.VIN, now time.Time, latest *Report) (Report, error) {
	f := Facts{VIN: v, At: now, Last: latest}
	car, err := s.Cars.Vehicle(ctx, v)
	if err != nil && !errors.Is(err, vehicle.ErrNotFound) {
		return Report{}, fmt.Errorf("look up the car: %w", err)
	}
	f.PlacardKPa = car.PlacardKPa
	states, err := s.Signals.States(ctx, []vin.VIN{v})
	if err != nil {
		return Report{}, fmt.Errorf("read the state: %w", err)
	}
	f.State = states[v]
	faults, err := s.Faults.Records(ctx, v, diagnostic.Filter{Status: diagnostic.Open}, paging.Request{Limit: maxFaults})
	if err != nil {
		return Report{}, fmt.Errorf("read the faults: %w", err)
	}
	f.Faults = faults.Items
	if f.Samples, err = s.trends(ctx, v, now); err != nil {
		return Report{}, fmt.Errorf("read the samples: %w", err)
	}
	return Compose(f), nil
}

// trends returns the first samples of each of the last days: those of a car that has been parked.
func (s *Reporter) trends(ctx context.Context, v vin.VIN, now time.Time) ([]telemetry.Row, error) {
	var all []telemetry.Row
	today := now.UTC().Truncate(24 * time.Hour)
	for day := today.AddDate(0, 0, -TrendDays); !day.After(today); day = day.AddDate(0, 0, 1) {
		rows, err := s.Samples.Between(ctx, v, day, day.Add(24*time.Hour-time.Millisecond), samplesADay, TrendPaths()...)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}
