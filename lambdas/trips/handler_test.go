package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/event"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/runtime/sqsbatch"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

type kept struct{ envelopes []ingest.Envelope }

func (k *kept) Keep(_ context.Context, e []ingest.Envelope) ([]int, error) {
	k.envelopes = append(k.envelopes, e...)
	return nil, nil
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func handle(t *testing.T, b service, a alerts, log *bytes.Buffer) (events.SQSEventResponse, *kept) {
	t.Helper()
	file, err := os.ReadFile("testdata/message.json")
	require.NoError(t, err)
	var in events.SQSEvent
	require.NoError(t, json.Unmarshal(file, &in))
	k, h := &kept{}, &handler{service: b, alerts: a, now: func() time.Time { return noon }}
	box := &sqsbatch.Handler{Message: h.take, Failures: k, Log: slog.New(slog.NewJSONHandler(log, nil)), Metrics: log, Now: time.Now, Function: "trips"}
	out, err := box.Handle(t.Context(), in)
	require.NoError(t, err)
	return out, k
}

func TestATripIsWrittenOneIsDerivedAndGarbageIsSetAside(t *testing.T) {
	trips, history, log := &memory.Trips{}, &memory.History{}, &bytes.Buffer{}
	var rows []telemetry.Row
	for n := range 20 { // a trip of a quarter of an hour that ended at 11:00
		rows = append(rows, telemetry.Row{
			VIN: "WVWZZZ1JZXW000001", At: noon.Add(time.Duration(n-80) * time.Minute), TripID: "01KAFK9F00ABCDEFGHJKMNPQRV", BootID: "b",
			Signals: telemetry.Signals{telemetry.Speed: telemetry.Number(60)},
		})
	}
	_, err := history.PutRows(t.Context(), rows)
	require.NoError(t, err)
	book := trip.NewService(trips, history, trip.DefaultScoring(), trip.DefaultLimits())
	for range 2 { // the queue delivers at least once
		out, k := handle(t, book, alert.NewService(&memory.Alerts{}, nil), log)
		assert.Empty(t, out.BatchItemFailures)
		require.Len(t, k.envelopes, 1)
		assert.Equal(t, message.Undecodable, k.envelopes[0].Reason)
	}
	all := trips.All()
	require.Len(t, all, 2)
	assert.Equal(t, trip.ByCar, all[[2]string{"WVWZZZ1JZXW000001", "01KAFK9F00ABCDEFGHJKMNPQRT"}].Source)
	assert.Equal(t, trip.Derived, all[[2]string{"WVWZZZ1JZXW000001", "01KAFK9F00ABCDEFGHJKMNPQRV"}].Source)
	assert.NotContains(t, log.String(), "48.1", "logs have no places")
}

type failing struct{ err error }

func (f failing) Resolve(context.Context, string, string, time.Time) (alert.Alert, bool, error) {
	return alert.Alert{}, false, f.err
}

func (f failing) Handle(context.Context, trip.Trip) (bool, error) { return false, f.err }
func (f failing) Derive(context.Context, vin.VIN, time.Time, time.Time) (int, error) {
	return 0, f.err
}

func TestWhatFailsForNowComesAgain(t *testing.T) {
	away := failing{errors.New("the table is away")}
	out, _ := handle(t, away, away, &bytes.Buffer{})
	assert.Len(t, out.BatchItemFailures, 2)
	out, _ = handle(t, trip.NewService(&memory.Trips{}, &memory.History{}, trip.DefaultScoring(), trip.DefaultLimits()), away, &bytes.Buffer{})
	assert.Len(t, out.BatchItemFailures, 1, "the trip whose alert could not be ended")
}

func TestTheAlertOfHarshDrivingEndsWithTheTrip(t *testing.T) {
	store := &memory.Alerts{}
	alerts := alert.NewService(store, nil)
	const car, id = "WVWZZZ1JZXW000001", "01KAFK9F00ABCDEFGHJKMNPQRT"
	for _, tripID := range []string{id, "01KAFK9F00ABCDEFGHJKMNPQRV"} {
		for n := range 5 {
			_, _, err := alerts.Raise(t.Context(), event.Notice(event.Received{VIN: car, Message: event.Message{
				Kind: event.HarshBraking, TripID: tripID, TS: time.Date(2026, 11, 23, 7, 31+n, 0, 0, time.UTC),
			}}))
			require.NoError(t, err)
		}
	}
	trips := trip.NewService(&memory.Trips{}, &memory.History{}, trip.DefaultScoring(), trip.DefaultLimits())
	for range 2 { // the queue delivers at least once
		handle(t, trips, alerts, &bytes.Buffer{})
	}
	status := map[string]alert.Status{}
	for _, a := range store.All() {
		status[a.TripID] = a.Status
	}
	assert.Equal(t, map[string]alert.Status{id: alert.Resolved, "01KAFK9F00ABCDEFGHJKMNPQRV": alert.Open}, status)
}
