package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// underWatch is a car whose telemetry is ingested into the store under test. The struct itself implements the other dependencies.
type underWatch struct {
	t      *testing.T
	states DismissalStates
	at     time.Time
	seq    uint64
	raised []alert.Alert
}

func (*underWatch) PutRows(context.Context, []telemetry.Row) ([]ingest.Unstored, error) {
	return nil, nil
}

func (*underWatch) Keep(context.Context, []ingest.Envelope) ([]int, error) { return nil, nil }

func (*underWatch) Vehicle(context.Context, vin.VIN) (vehicle.Vehicle, error) {
	return vehicle.Vehicle{}, vehicle.ErrNotFound
}

func (w *underWatch) Raise(_ context.Context, n alert.Notice) (alert.Alert, bool, error) {
	a := alert.Alert{ID: alert.ID(n.At, n.DedupKey), VIN: n.VIN, Kind: n.Kind, DedupKey: n.DedupKey, FirstAt: n.At}
	w.raised = append(w.raised, a)
	return a, true, nil
}

func (*underWatch) Resolve(context.Context, string, string, time.Time) (alert.Alert, bool, error) {
	return alert.Alert{}, false, nil
}

// drive ingests that many minutes, one batch per minute, with the given pressure (kPa) in the rear left tyre and 240 kPa in the others.
func (w *underWatch) drive(minutes int, rearLeft float64) {
	w.t.Helper()
	ingester := &ingest.Service{States: w.states, History: w, Failures: w, Alerts: w, Cars: w, Detector: anomaly.New(anomaly.Defaults())}
	for range minutes {
		var batch []ingest.Record
		for range 6 {
			w.at, w.seq = w.at.Add(10*time.Second), w.seq+1
			batch = append(batch, w.record(rearLeft))
		}
		result := ingester.Handle(w.t.Context(), batch, w.at)
		require.Empty(w.t, result.Errors)
		require.Equal(w.t, len(batch), result.Counts.Accepted)
	}
}

func (w *underWatch) record(rearLeft float64) ingest.Record {
	w.t.Helper()
	data, err := json.Marshal(telemetry.Received{
		VIN: string(carOne), ClientID: string(carOne), IngestedAt: w.at.UnixMilli() + 200,
		Message: telemetry.Message{
			Schema: telemetry.Schema, ID: fmt.Sprintf("01KAR3V5ZC%016d", w.seq), BootID: "boot", Seq: w.seq, TS: w.at,
			Signals: telemetry.Signals{
				telemetry.TirePressureFrontLeft: telemetry.Number(240), telemetry.TirePressureFrontRight: telemetry.Number(240),
				telemetry.TirePressureRearRight: telemetry.Number(240), telemetry.TirePressureRearLeft: telemetry.Number(rearLeft),
			},
		},
	})
	require.NoError(w.t, err)
	return ingest.Record{Data: data, PartitionKey: string(carOne), SequenceNumber: fmt.Sprint(w.seq), ArrivedAt: w.at}
}

// dismissalsReachTheDetector drops a tyre's pressure by 16 kPa twice. In between, a user dismisses the first alert, or dismisses it and
// withdraws the dismissal, or does nothing.
func dismissalsReachTheDetector(t *testing.T, empty func(t *testing.T) DismissalStates) {
	for name, tc := range map[string]struct {
		says   func(t *testing.T, f *anomaly.Feedback, a alert.Alert)
		alerts int
	}{
		"the second time is an alert too": {func(*testing.T, *anomaly.Feedback, alert.Alert) {}, 2},
		"the second time is no alert if the first was nothing": {func(t *testing.T, f *anomaly.Feedback, a alert.Alert) {
			require.NoError(t, f.Dismiss(t.Context(), carOne, a))
		}, 1},
		"the second time is one if the word is taken back": {func(t *testing.T, f *anomaly.Feedback, a alert.Alert) {
			require.NoError(t, f.Dismiss(t.Context(), carOne, a))
			require.NoError(t, f.Withdraw(t.Context(), carOne, a.ID))
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := &underWatch{t: t, states: empty(t), at: noon}
			w.drive(30, 240)
			require.Empty(t, w.raised)
			w.drive(7, 224)
			require.Len(t, w.raised, 1)
			w.drive(20, 240)
			tc.says(t, &anomaly.Feedback{Store: w.states, Now: func() time.Time { return w.at }}, w.raised[0])
			w.drive(7, 224)
			assert.Len(t, w.raised, tc.alerts)
		})
	}
}
