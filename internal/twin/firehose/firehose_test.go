package firehose_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/firehose"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// around fakes the stream, the function and the bucket of a delivery, in memory.
type around struct {
	records []firehose.Record
	noted   int
	runs    []events.KinesisFirehoseEvent
	answer  func(events.KinesisFirehoseEventRecord) events.KinesisFirehoseResponseRecord
	broken  []error // errors of the function's first calls
	objects map[string][]byte
	putErr  error
}

func (a *around) Next(context.Context) ([]firehose.Record, error) { return a.records[a.noted:], nil }

func (a *around) Note() error {
	a.noted = len(a.records)
	return nil
}

func (a *around) Run(_ context.Context, event []byte) ([]byte, error) {
	var in events.KinesisFirehoseEvent
	if err := json.Unmarshal(event, &in); err != nil {
		return nil, err
	}
	a.runs = append(a.runs, in)
	if n := len(a.runs); n <= len(a.broken) {
		return nil, a.broken[n-1]
	}
	var out events.KinesisFirehoseResponse
	for _, r := range in.Records {
		if answer := a.answer(r); answer.RecordID != "" {
			out.Records = append(out.Records, answer)
		}
	}
	return json.Marshal(out)
}

func (a *around) Put(_ context.Context, key string, body []byte) error {
	if a.putErr != nil {
		return a.putErr
	}
	if a.objects == nil {
		a.objects = map[string][]byte{}
	}
	a.objects[key] = body
	return nil
}

// rows answers with the record's data as rows with that hour as partition key.
func rows(hour string) func(events.KinesisFirehoseEventRecord) events.KinesisFirehoseResponseRecord {
	return func(r events.KinesisFirehoseEventRecord) events.KinesisFirehoseResponseRecord {
		return events.KinesisFirehoseResponseRecord{
			RecordID: r.RecordID, Result: "Ok", Data: append(r.Data, '\n'),
			Metadata: events.KinesisFirehoseResponseRecordMetadata{PartitionKeys: map[string]string{"day": "2026-11-23", "hour": hour}},
		}
	}
}

func (a *around) delivery() *firehose.Delivery {
	return &firehose.Delivery{
		Settings: firehose.Settings{
			Name: "lake", Stream: "telemetry", Function: "arn:f", InputBytes: 100, Retries: 2, Bucket: "b",
			Prefix:      "rows/day=!{partitionKeyFromLambda:day}/hour=!{partitionKeyFromLambda:hour}/",
			ErrorPrefix: "errors/!{firehose:error-output-type}/!{timestamp:yyyy-MM-dd}/",
			Raw:         "raw/day=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/",
		},
		Source: a, Function: a, Objects: a, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return noon },
		Columns: []firehose.Column{{Name: "vin", Type: "string"}, {Name: "ts", Type: "timestamp"}, {Name: "num", Type: "double"},
			{Name: "bool", Type: "boolean"}, {Name: "seq", Type: "bigint"}, {Name: "model_year", Type: "int"}},
	}
}

func (a *around) put(payloads ...string) {
	for _, p := range payloads {
		n := len(a.records)
		a.records = append(a.records, firehose.Record{Data: []byte(p), PartitionKey: "car", SequenceNumber: fmt.Sprint(100 + n), Shard: "shard-0", ArrivedAt: noon.Add(-time.Second)})
	}
}

// under returns the only object below a folder.
func (a *around) under(t *testing.T, folder string) []byte {
	t.Helper()
	var found [][]byte
	for key, body := range a.objects {
		if path.Dir(key) == folder {
			assert.True(t, strings.HasPrefix(path.Base(key), "lake-1-2026-11-23-12-00-00-"), key)
			found = append(found, body)
		}
	}
	require.Len(t, found, 1, folder)
	return found[0]
}

// failures decodes the lines of an error object.
func failures(t *testing.T, b []byte) []map[string]any {
	t.Helper()
	var out []map[string]any
	for line := range bytes.Lines(b) {
		var f map[string]any
		require.NoError(t, json.Unmarshal(line, &f))
		out = append(out, f)
	}
	return out
}

func TestRowsArePartitionedAndRawRecordsKept(t *testing.T) {
	a := &around{answer: rows("12")}
	a.put(`{"vin":"A","ts":"2026-11-23T12:00:00.500Z","num":1.5,"bool":true,"seq":7,"model_year":2026}`, `{"vin":"B","num":null}`)
	n, err := a.delivery().Once(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	assert.Equal(t, 2, a.noted)
	type row struct {
		VIN       *string    `parquet:"vin"`
		TS        *time.Time `parquet:"ts,timestamp(millisecond:local)"`
		Num       *float64   `parquet:"num"`
		Bool      *bool      `parquet:"bool"`
		Seq       *int64     `parquet:"seq"`
		ModelYear *int32     `parquet:"model_year"`
	}
	b := a.under(t, "rows/day=2026-11-23/hour=12")
	got, err := parquet.Read[row](bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	require.Len(t, got, 2)
	assert.Equal(t, "A", *got[0].VIN)
	assert.True(t, noon.Add(500*time.Millisecond).Equal(*got[0].TS), got[0].TS)
	assert.InDelta(t, 1.5, *got[0].Num, 0)
	assert.True(t, *got[0].Bool)
	assert.Equal(t, int64(7), *got[0].Seq)
	assert.Equal(t, int32(2026), *got[0].ModelYear)
	assert.Equal(t, "B", *got[1].VIN)
	assert.Nil(t, got[1].Num)
	z, err := gzip.NewReader(bytes.NewReader(a.under(t, "raw/day=2026-11-23/hour=12")))
	require.NoError(t, err)
	raw, err := io.ReadAll(z)
	require.NoError(t, err)
	assert.Equal(t, string(a.records[0].Data)+string(a.records[1].Data), string(raw))
}

func TestTheFunctionGetsFirehosesEventInBatches(t *testing.T) {
	a := &around{answer: rows("12")}
	big := `{"vin":"` + strings.Repeat("x", 60) + `"}`
	a.put(big, big, `{"vin":"`+strings.Repeat("y", 200)+`"}`, `{"vin":"C"}`)
	_, err := a.delivery().Once(t.Context())
	require.NoError(t, err)
	var sizes []int
	seen := map[string]bool{}
	for _, run := range a.runs {
		sizes = append(sizes, len(run.Records))
		assert.NotEmpty(t, run.InvocationID)
		assert.Contains(t, run.DeliveryStreamArn, "deliverystream/lake")
		for _, r := range run.Records {
			assert.False(t, seen[r.RecordID], "ids are distinct")
			seen[r.RecordID] = true
			assert.Equal(t, "car", r.KinesisFirehoseRecordMetadata.PartitionKey)
			assert.Equal(t, "shard-0", r.KinesisFirehoseRecordMetadata.ShardID)
			assert.True(t, noon.Add(-time.Second).Equal(r.ApproximateArrivalTimestamp.Time))
		}
	}
	assert.Equal(t, []int{1, 1, 1, 1}, sizes, "100 bytes a run, and a record that is larger by itself")
}

func TestWhatTheFunctionCannotUseGoesToTheErrorsWithTheReason(t *testing.T) {
	for name, tc := range map[string]struct {
		answer func(events.KinesisFirehoseEventRecord) events.KinesisFirehoseResponseRecord
		folder string
		why    string
	}{
		"a record that failed": {func(r events.KinesisFirehoseEventRecord) events.KinesisFirehoseResponseRecord {
			return events.KinesisFirehoseResponseRecord{RecordID: r.RecordID, Result: "ProcessingFailed"}
		}, "processing-failed", "answered ProcessingFailed"},
		"a record without an answer": {func(events.KinesisFirehoseEventRecord) events.KinesisFirehoseResponseRecord {
			return events.KinesisFirehoseResponseRecord{}
		}, "processing-failed", "did not answer"},
		"rows without a partition": {rows(""), "processing-failed", "partition keys"},
		"a row that is no row of the table": {func(r events.KinesisFirehoseEventRecord) events.KinesisFirehoseResponseRecord {
			out := rows("12")(r)
			out.Data = []byte(`{"vin":1}`)
			return out
		}, "format-conversion-failed", "column vin"},
	} {
		t.Run(name, func(t *testing.T) {
			a := &around{answer: tc.answer}
			a.put(`{"vin":"A"}`)
			_, err := a.delivery().Once(t.Context())
			require.NoError(t, err)
			got := failures(t, a.under(t, "errors/"+tc.folder+"/2026-11-23"))
			require.Len(t, got, 1)
			assert.Contains(t, got[0]["errorMessage"], tc.why)
			assert.NotEmpty(t, got[0]["rawData"])
			assert.Equal(t, "arn:f", got[0]["lambdaArn"])
			assert.Len(t, a.objects, 2, "the raw record and the error")
		})
	}
}

func TestADroppedRecordLeavesNothingButItsRawForm(t *testing.T) {
	a := &around{answer: func(r events.KinesisFirehoseEventRecord) events.KinesisFirehoseResponseRecord {
		return events.KinesisFirehoseResponseRecord{RecordID: r.RecordID, Result: "Dropped"}
	}}
	a.put("{")
	_, err := a.delivery().Once(t.Context())
	require.NoError(t, err)
	assert.Len(t, a.objects, 1)
	a.under(t, "raw/day=2026-11-23/hour=12")
}

func TestARunThatFailsIsTriedAgainAndThenFailsItsRecords(t *testing.T) {
	boom := errors.New("boom")
	a := &around{answer: rows("12"), broken: []error{boom, boom}}
	a.put(`{"vin":"A"}`)
	_, err := a.delivery().Once(t.Context())
	require.NoError(t, err)
	assert.Len(t, a.runs, 3)
	a.under(t, "rows/day=2026-11-23/hour=12")

	a = &around{answer: rows("12"), broken: []error{boom, boom, boom}}
	a.put(`{"vin":"A"}`)
	_, err = a.delivery().Once(t.Context())
	require.NoError(t, err)
	got := failures(t, a.under(t, "errors/processing-failed/2026-11-23"))
	require.Len(t, got, 1)
	assert.Equal(t, "boom", got[0]["errorMessage"])
	assert.InDelta(t, 3, got[0]["attemptsMade"], 0)
}

func TestWhatCouldNotBeWrittenComesAgain(t *testing.T) {
	a := &around{answer: rows("12"), putErr: errors.New("boom")}
	a.put(`{"vin":"A"}`)
	d := a.delivery()
	_, err := d.Once(t.Context())
	require.ErrorContains(t, err, "boom")
	assert.Zero(t, a.noted)
	a.putErr = nil
	n, err := d.Once(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	a.under(t, "rows/day=2026-11-23/hour=12")
	n, err = d.Once(t.Context())
	require.NoError(t, err)
	assert.Zero(t, n, "what was noted does not come again")
}

func TestAPrefixWithoutAValueIsAnError(t *testing.T) {
	a := &around{answer: rows("12")}
	a.put(`{"vin":"A"}`)
	d := a.delivery()
	d.Settings.Prefix = "rows/!{partitionKeyFromQuery:day}/"
	_, err := d.Once(t.Context())
	assert.ErrorContains(t, err, "!{partitionKeyFromQuery:day}")
	assert.Zero(t, a.noted)
}
