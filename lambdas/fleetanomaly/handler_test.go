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
	"connectedcar/internal/domain/fleetanomaly"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/runtime/sqsbatch"
	"connectedcar/internal/testing/memory"
)

type kept struct{ envelopes []ingest.Envelope }

func (k *kept) Keep(_ context.Context, e []ingest.Envelope) ([]int, error) {
	k.envelopes = append(k.envelopes, e...)
	return nil, nil
}

func handle(t *testing.T, d service) (events.KinesisEventResponse, *kept, string) {
	t.Helper()
	file, err := os.ReadFile("testdata/kinesis.json")
	require.NoError(t, err)
	var in events.KinesisEvent
	require.NoError(t, json.Unmarshal(file, &in))
	k, log := &kept{}, &bytes.Buffer{}
	h := &handler{service: d}
	h.inbox = &sqsbatch.Handler{Message: h.take, Failures: k, Log: slog.New(slog.NewJSONHandler(log, nil)), Metrics: log, Now: time.Now, Function: "findings"}
	out, err := h.handle(t.Context(), in)
	require.NoError(t, err)
	return out, k, log.String()
}

func TestFindingsAreOneAlertAndWhatIsNoneIsSetAside(t *testing.T) {
	alerts, cars := &memory.Alerts{}, &memory.Vehicles{}
	out, k, log := handle(t, &fleetanomaly.Service{Cars: cars, Alerts: alert.NewService(alerts, cars)})
	assert.Empty(t, out.BatchItemFailures)
	assert.Len(t, alerts.All(), 1)
	require.Len(t, k.envelopes, 1)
	assert.Equal(t, "not a finding", string(k.envelopes[0].Payload))
	assert.Contains(t, log, `"Reason":"told"`)
	assert.Contains(t, log, `"Reason":"repeated"`)
}

type failing struct{}

func (failing) Handle(context.Context, fleetanomaly.Finding) (fleetanomaly.Outcome, error) {
	return "", errors.New("the table is away")
}

func TestWhatFailsForNowComesAgain(t *testing.T) {
	out, k, _ := handle(t, failing{})
	assert.Equal(t, []events.KinesisBatchItemFailure{
		{ItemIdentifier: "49673986240915836193174521845126789347561209834756120834"},
		{ItemIdentifier: "49673986240915836193174521845126789347561209834756120836"},
	}, out.BatchItemFailures)
	assert.Len(t, k.envelopes, 1)
}
