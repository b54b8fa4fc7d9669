//go:build integration

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/testing/storetest"
	"connectedcar/internal/vin"
)

// TestFunctionOnTheWire runs the function as main starts it, on real tables and a real queue.
func TestFunctionOnTheWire(t *testing.T) {
	cfg := storetest.Cloud(t)
	tables, queues := dynamodb.NewClient(cfg), sqs.NewFromConfig(cfg)
	queue, err := queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String(storetest.Unique(t, "telemetry"))})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := queues.DeleteQueue(context.WithoutCancel(t.Context()), &sqs.DeleteQueueInput{QueueUrl: queue.QueueUrl})
		require.NoError(t, err)
	})
	states, history := storetest.Table(t, tables, "vin"), storetest.Table(t, tables, "pk", "sk")
	t.Setenv("VEHICLE_STATE_TABLE", states)
	t.Setenv("TELEMETRY_TABLE", history)
	t.Setenv("ALERTS_TABLE", storetest.Table(t, tables, "vin", "alertId"))
	t.Setenv("VEHICLES_TABLE", storetest.Table(t, tables, "vin"))
	t.Setenv("TELEMETRY_RETENTION", "336h")
	t.Setenv("FAILURE_QUEUE_URL", *queue.QueueUrl)
	h, err := wire(t.Context(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	h.metrics = &bytes.Buffer{}

	e := batch(t, 200, 30)
	long := realEvent(t).Records[1]
	long.Kinesis.Data = []byte(strings.Repeat("x", telemetry.MaxBytes))
	for range 12 { // more than one call of the queue accepts, in number and in size
		e.Records = append(e.Records, long)
	}
	for range 2 { // the second run changes only the queue
		out, err := h.handle(t.Context(), e)
		require.NoError(t, err)
		assert.Equal(t, []events.KinesisBatchItemFailure{}, out.BatchItemFailures)
	}

	read, err := dynamodb.NewStates(tables, states).States(t.Context(), []vin.VIN{"WVWZZZ1JZXW000000"})
	require.NoError(t, err)
	state := read["WVWZZZ1JZXW000000"]
	assert.Equal(t, int64(1), state.Version)
	assert.Equal(t, telemetry.Number(48.6), state.Signals[telemetry.Speed].Value)
	assert.Equal(t, uint64(180), state.Newest.Seq)
	rows, err := dynamodb.NewHistory(tables, history, 1).Day(t.Context(), tables, "WVWZZZ1JZXW000000#2026-11-23")
	require.NoError(t, err)
	assert.Len(t, rows, 14, "7 messages of two samples each")

	kept := 0
	for kept < 24 {
		got, err := queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 60})
		require.NoError(t, err)
		require.NotEmpty(t, got.Messages, "%d of 24 messages are in the queue", kept)
		for _, m := range got.Messages {
			var envelope ingest.Envelope
			require.NoError(t, json.Unmarshal([]byte(*m.Body), &envelope))
			assert.Equal(t, message.Undecodable, envelope.Reason)
			assert.Equal(t, long.Kinesis.Data, envelope.Payload)
			kept++
		}
	}
}
