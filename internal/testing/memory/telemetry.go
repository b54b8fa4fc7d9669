package memory

import (
	"context"
	"maps"
	"slices"
	"strings"

	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// States stores the newest state of every car.
type States struct {
	rows table[vin.VIN, vehicle.State]
}

// States returns the states of those cars, and a new state for a car that has none.
func (s *States) States(_ context.Context, cars []vin.VIN) (map[vin.VIN]*vehicle.State, error) {
	states := make(map[vin.VIN]*vehicle.State, len(cars))
	for _, v := range cars {
		state, ok := s.rows.get(v)
		if !ok {
			states[v] = vehicle.NewState(v)
			continue
		}
		state.Signals = maps.Clone(state.Signals)
		states[v] = &state
	}
	return states, nil
}

// PutState writes a state if the stored one has the same version, and increments the version; otherwise ingest.ErrStale.
func (s *States) PutState(_ context.Context, state *vehicle.State) (err error) {
	s.rows.update(state.VIN, func(old vehicle.State, _ bool) (vehicle.State, bool) {
		if old.Version != state.Version {
			err = ingest.ErrStale
			return old, false
		}
		next := *state
		next.Dismissed = old.Dismissed
		next.Version++
		next.Signals = maps.Clone(state.Signals)
		return next, true
	})
	return err
}

// Dismissals returns the car's dismissals.
func (s *States) Dismissals(_ context.Context, v vin.VIN) ([]anomaly.Dismissal, error) {
	state, _ := s.rows.get(v)
	return anomaly.ParseDismissals(state.Dismissed)
}

// ReplaceDismissals writes a car's dismissals if the stored ones equal before; otherwise anomaly.ErrChanged.
func (s *States) ReplaceDismissals(_ context.Context, v vin.VIN, before, after []anomaly.Dismissal) (err error) {
	s.rows.update(v, func(old vehicle.State, there bool) (vehicle.State, bool) {
		if !slices.Equal(old.Dismissed, anomaly.DismissalTexts(before)) {
			err = anomaly.ErrChanged
			return old, false
		}
		if !there {
			old = *vehicle.NewState(v)
		}
		old.Dismissed = anomaly.DismissalTexts(after)
		return old, true
	})
	return err
}

// All returns all states, by VIN.
func (s *States) All() map[vin.VIN]vehicle.State { return s.rows.all() }

// History stores samples.
type History struct {
	rows table[[2]string, telemetry.Row]
}

// PutRows writes rows; it never fails.
func (s *History) PutRows(_ context.Context, rows []telemetry.Row) ([]ingest.Unstored, error) {
	for _, r := range rows {
		r.Signals = maps.Clone(r.Signals)
		s.rows.update([2]string{r.Partition(), r.Sort()}, func(telemetry.Row, bool) (telemetry.Row, bool) { return r, true })
	}
	return nil, nil
}

// Day returns the rows of a partition in order of time.
func (s *History) Day(_ context.Context, partition string) ([]telemetry.Row, error) {
	var rows []telemetry.Row
	for key, r := range s.rows.all() {
		if key[0] == partition {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b telemetry.Row) int { return strings.Compare(a.Sort(), b.Sort()) })
	return rows, nil
}

// All returns all rows, by partition and sort key.
func (s *History) All() map[[2]string]telemetry.Row { return s.rows.all() }
