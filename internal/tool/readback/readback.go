// Package readback reads a car's stored data for display.
package readback

import (
	"context"
	"fmt"
	"slices"
	"time"

	rows "connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// Store reads the tables of states and samples.
type Store struct {
	DB                       rows.API
	StateTable, HistoryTable string
}

// Stored is the state and the samples of a car.
type Stored struct {
	At      string             `json:"at,omitempty"` // time of the newest message
	State   map[string]Reading `json:"state"`        // by VSS path
	Samples []Sample           `json:"samples"`      // in order of time
}

// Reading is the newest value of a signal.
type Reading struct {
	Value any    `json:"value"`
	At    string `json:"at"`
}

// Sample is one row of a car's history.
type Sample struct {
	At      string         `json:"at"`
	Seq     uint64         `json:"seq"`
	TripID  string         `json:"tripId,omitempty"`
	Signals map[string]any `json:"signals"`
}

// Read reads the state, and the newest samples since that time, at most limit (0: all).
func (s Store) Read(ctx context.Context, v vin.VIN, since time.Time, limit int) (Stored, error) {
	states, err := rows.NewStates(s.DB, s.StateTable).States(ctx, []vin.VIN{v})
	if err != nil {
		return Stored{}, fmt.Errorf("read state of %s: %w", v, err)
	}
	history := rows.NewHistory(s.DB, s.HistoryTable, 0) // the retention of 0 matters only for writes
	samples, err := history.Newest(ctx, v, since, time.Now().Add(telemetry.MaxFuture), limit)
	if err != nil {
		return Stored{}, fmt.Errorf("read samples of %s: %w", v, err)
	}
	slices.Reverse(samples)
	return stored(states[v], samples), nil
}

// stored renders rows for display.
func stored(state *vehicle.State, samples []telemetry.Row) Stored {
	out := Stored{State: map[string]Reading{}, Samples: []Sample{}}
	if state.Newest.At != 0 {
		out.At = timestamp(time.UnixMilli(state.Newest.At))
	}
	for path, r := range state.Signals {
		out.State[path] = Reading{Value: r.Value.Any(), At: timestamp(time.UnixMilli(r.At))}
	}
	for _, row := range samples {
		sample := Sample{At: timestamp(row.At), Seq: row.Seq, TripID: row.TripID, Signals: map[string]any{}}
		for path, value := range row.Signals {
			sample.Signals[path] = value.Any()
		}
		out.Samples = append(out.Samples, sample)
	}
	return out
}

func timestamp(t time.Time) string { return t.UTC().Format(names.TimestampLayout) }
