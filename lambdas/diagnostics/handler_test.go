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
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/runtime/sqsbatch"
	"connectedcar/internal/testing/memory"
)

type kept struct{ envelopes []ingest.Envelope }

func (k *kept) Keep(_ context.Context, e []ingest.Envelope) ([]int, error) {
	k.envelopes = append(k.envelopes, e...)
	return nil, nil
}

func sent(t *testing.T, file string) events.SQSEvent {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	var in events.SQSEvent
	require.NoError(t, json.Unmarshal(b, &in))
	return in
}

func inboxOf(b service, k *kept, log *bytes.Buffer) *sqsbatch.Handler {
	logger := slog.New(slog.NewJSONHandler(log, nil))
	h := &handler{service: b, log: logger}
	return &sqsbatch.Handler{Message: h.take, Failures: k, Log: logger, Metrics: log, Now: time.Now, Function: "diagnostics"}
}

func TestAMessageFromTheRuleOpensAFaultAndOneThatBreaksTheSchemaIsSetAside(t *testing.T) {
	store, alerts, cars, k, log := &memory.Diagnostics{}, &memory.Alerts{}, &memory.Vehicles{}, &kept{}, &bytes.Buffer{}
	require.NoError(t, cars.PutVehicle(t.Context(), vehicle.Vehicle{VIN: "WVWZZZ1JZXW000001", Manufacturer: "acme"}))
	in := inboxOf(diagnostic.NewService(store, cars, alert.NewService(alerts, cars), dtc.Builtin()), k, log)
	for range 2 { // the queue delivers at least once
		out, err := in.Handle(t.Context(), sent(t, "testdata/message.json"))
		require.NoError(t, err)
		assert.Empty(t, out.BatchItemFailures)
	}
	require.Len(t, store.All(), 1)
	assert.Contains(t, store.All(), [2]string{"WVWZZZ1JZXW000001", "OPEN#P0301#powertrain"})
	require.Len(t, alerts.All(), 1)
	require.Len(t, k.envelopes, 2)
	assert.Equal(t, message.SchemaInvalid, k.envelopes[0].Reason)
	assert.Equal(t, "WVWZZZ1JZXW000001", k.envelopes[0].VIN)
	assert.Contains(t, log.String(), `"Reason":"duplicate"`)
}

type failing struct{ err error }

func (f failing) Handle(context.Context, diagnostic.Received) (diagnostic.Outcome, error) {
	return "", f.err
}

func TestWhatFailsForNowComesAgain(t *testing.T) {
	k, log := &kept{}, &bytes.Buffer{}
	out, err := inboxOf(failing{errors.New("the table is away")}, k, log).Handle(t.Context(), sent(t, "testdata/message.json"))
	require.NoError(t, err)
	assert.Equal(t, []events.SQSBatchItemFailure{{ItemIdentifier: "6f1c4a52-2a0e-4f62-9a14-1f0f3f2f7a11"}}, out.BatchItemFailures)
	assert.Len(t, k.envelopes, 1)
	assert.NotContains(t, log.String(), "WVWZZZ1JZXW000001", "logs have no whole VIN")
}
