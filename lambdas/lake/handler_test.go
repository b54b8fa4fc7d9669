package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/analytics"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/lake"
	"connectedcar/internal/vin"
)

// outside has the function's dependencies except Firehose.
type outside struct {
	kept   []ingest.Envelope
	broken error // error of the models; nil: they work
}

func (o *outside) Models(context.Context, []vin.VIN) (map[vin.VIN]lake.Model, error) {
	return map[vin.VIN]lake.Model{"WVWZZZ1JZXW000001": {Make: "Acme", Model: "One"}}, o.broken
}

func (o *outside) Keep(_ context.Context, e []ingest.Envelope) ([]int, error) {
	o.kept = append(o.kept, e...)
	return nil, nil
}

func (o *outside) PutBack(_ context.Context, r []lake.Record) ([]int, error) {
	return []int{0}, errors.New("boom")
}

func event(t *testing.T) events.KinesisFirehoseEvent {
	t.Helper()
	b, err := os.ReadFile("testdata/firehose.json")
	require.NoError(t, err)
	var e events.KinesisFirehoseEvent
	require.NoError(t, json.Unmarshal(b, &e))
	return e
}

func newHandler(o *outside, maxBytes int, metrics *bytes.Buffer) *handler {
	return &handler{
		transformer: &lake.Transformer{Models: o, Failures: o, Stream: o, MaxBytes: maxBytes},
		activity:    &lake.Transformer{Models: o, Failures: o, Stream: channel{}, MaxBytes: maxBytes},
		log:         slog.New(slog.DiscardHandler), metrics: metrics, now: time.Now, function: "lake",
	}
}

func TestEveryRecordIsAnsweredUnderItsID(t *testing.T) {
	o, in, metrics := &outside{}, event(t), &bytes.Buffer{}
	out, err := newHandler(o, maxAnswer, metrics).handle(t.Context(), in)
	require.NoError(t, err)
	require.Len(t, out.Records, 2)
	first, second := out.Records[0], out.Records[1]
	assert.Equal(t, in.Records[0].RecordID, first.RecordID)
	assert.Equal(t, "Ok", first.Result)
	assert.Equal(t, map[string]string{"day": "2026-11-23", "hour": "12"}, first.Metadata.PartitionKeys)
	var row map[string]any
	require.NoError(t, json.Unmarshal(first.Data, &row))
	assert.Equal(t, "Acme", row["make"])
	assert.InDelta(t, 87.5, row["num"], 0)
	assert.Equal(t, record{RecordID: "poison", Result: "Dropped"}, second)
	require.Len(t, o.kept, 1)
	assert.Equal(t, "{no JSON", string(o.kept[0].Payload))
	assert.Contains(t, metrics.String(), `"LakeRows":1`)
	assert.Contains(t, metrics.String(), `"MessagesQuarantined":1`)
}

func TestWhatNobodyTakesIsLeftToFirehose(t *testing.T) {
	metrics := &bytes.Buffer{}
	out, err := newHandler(&outside{}, 600, metrics).handle(t.Context(), event(t))
	require.NoError(t, err)
	assert.Equal(t, "ProcessingFailed", out.Records[0].Result)
	assert.Contains(t, metrics.String(), `"RecordsFailed":1`)
}

func TestABatchWithoutModelsIsTriedAgain(t *testing.T) {
	_, err := newHandler(&outside{broken: errors.New("boom")}, maxAnswer, &bytes.Buffer{}).handle(t.Context(), event(t))
	assert.ErrorContains(t, err, "boom")
}

// TestTheLargestAnswerFitsIntoLambdas fills a batch of 3 MB, the most that Firehose sends, with the messages whose rows grow most.
func TestTheLargestAnswerFitsIntoLambdas(t *testing.T) {
	const lambdaLimit = 6 * 1024 * 1024
	in, one := event(t), event(t).Records[0]
	in.Records = nil
	for size := 0; size < 3<<20; size += len(one.Data) {
		in.Records = append(in.Records, one)
	}
	o := &outside{}
	out, err := newHandler(o, maxAnswer, &bytes.Buffer{}).handle(t.Context(), in)
	require.NoError(t, err)
	b, err := json.Marshal(out)
	require.NoError(t, err)
	assert.LessOrEqual(t, len(b), lambdaLimit)
	assert.Greater(t, len(b), lambdaLimit/2, "it uses the room that there is")
}

func TestARowThatSaysItsPartitionItselfHasNoKeys(t *testing.T) {
	h := newHandler(&outside{}, maxAnswer, &bytes.Buffer{})
	h.transformer.(*lake.Transformer).Nested = true
	out, err := h.handle(t.Context(), event(t))
	require.NoError(t, err)
	assert.Equal(t, "Ok", out.Records[0].Result)
	assert.Nil(t, out.Records[0].Metadata, "Firehose has one table to write to and partitions by its columns")
	var row map[string]any
	require.NoError(t, json.Unmarshal(out.Records[0].Data, &row))
	assert.Equal(t, "2026-11-23", row["day"])
	readings, _ := row[analytics.ReadingsColumn].([]any)
	require.Len(t, readings, 1)
	delete(row, analytics.ReadingsColumn)
	assert.Subset(t, columnNames(analytics.MessageColumns()), slices.Collect(maps.Keys(row)), "Firehose refuses a row with a column that the table lacks")
	assert.Subset(t, columnNames(analytics.ReadingColumns()), slices.Collect(maps.Keys(readings[0].(map[string]any))))
}

func columnNames(columns []analytics.Column) []string {
	var all []string
	for _, c := range columns {
		all = append(all, c.Name)
	}
	return all
}
