package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/command"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/runtime/sqsbatch"
	"connectedcar/internal/testing/memory"
)

type kept struct{ envelopes []ingest.Envelope }

func (k *kept) Keep(_ context.Context, e []ingest.Envelope) ([]int, error) {
	k.envelopes = append(k.envelopes, e...)
	return nil, nil
}

func TestAnswersEndCommandsAndTheRestIsSetAside(t *testing.T) {
	at := time.UnixMilli(1795435200000).UTC()
	store, failures, metrics := &memory.Commands{}, &kept{}, &bytes.Buffer{}
	require.NoError(t, store.PutCommand(t.Context(), command.Command{
		VIN: "WVWZZZ1JZXW000001", ID: "01JD0W2V6X9Q1Z3A5B7C9D1E3G", Kind: command.Lock, Status: command.Sent, IssuedAt: at, ExpiresAt: at.Add(time.Minute),
	}))
	b, err := os.ReadFile("testdata/sqs.json")
	require.NoError(t, err)
	var in events.SQSEvent
	require.NoError(t, json.Unmarshal(b, &in))
	h := handler{answers: command.Answers{Store: store}}
	box := sqsbatch.Handler{Message: h.take, Failures: failures, Log: slog.New(slog.DiscardHandler), Metrics: metrics, Now: time.Now, Function: "commands"}
	for range 2 {
		out, err := box.Handle(t.Context(), in)
		require.NoError(t, err)
		assert.Empty(t, out.BatchItemFailures)
	}
	c, err := store.Command(t.Context(), "WVWZZZ1JZXW000001", "01JD0W2V6X9Q1Z3A5B7C9D1E3G")
	require.NoError(t, err)
	assert.Equal(t, command.Succeeded, c.Status)
	var reasons []string
	for _, e := range failures.envelopes[:2] {
		reasons = append(reasons, string(e.Reason))
	}
	assert.Equal(t, []string{"unknown_command", "undecodable"}, reasons)
}
