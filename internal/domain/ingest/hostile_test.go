package ingest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
)

// fat returns a sample of about that many bytes, with paths that begin with name.
func fat(name string, bytes int) telemetry.Signals {
	s := telemetry.Signals{}
	for n := 0; s.Size() < bytes; n++ {
		s[fmt.Sprintf("Vehicle.%s.S%d", name, n)] = telemetry.Text(strings.Repeat("x", telemetry.MaxText))
	}
	return s
}

// refusingLargeItems rejects items over 400 KB for good, as DynamoDB does.
func refusingLargeItems(rows []telemetry.Row) ([]ingest.Unstored, error) {
	var out []ingest.Unstored
	for n, r := range rows {
		if size := r.Signals.Size(); size > 400<<10 {
			out = append(out, ingest.Unstored{Row: n, Err: errs.As(errs.Invalid, fmt.Errorf("item of %d bytes", size))})
		}
	}
	if out != nil {
		return out, out[0].Err
	}
	return nil, nil
}

func TestACarThatMergesItsMessagesIntoOneRowHoldsUpNobody(t *testing.T) {
	s := &stores{history: refusingLargeItems}
	var batch []ingest.Record
	for n := range 5 {
		batch = append(batch, record(t, messageOf(carOne, 1, noon, fat(fmt.Sprintf("Part%d", n), 30<<10))))
	}
	for n := range 40 {
		batch = append(batch, record(t, messageOf(carTwo, uint64(n), noon.Add(time.Duration(n)*time.Second), speed(50))))
	}
	result := s.take(batch...)
	assert.Equal(t, -1, result.FirstFailed, "the shard goes on")
	assert.Equal(t, 41, result.Counts.Accepted, "the first part, and every message of the other car")
	require.Len(t, s.envelopes, 4)
	for _, e := range s.envelopes {
		assert.Equal(t, message.TooLarge, e.Reason)
		assert.Equal(t, string(carOne), e.VIN)
		assert.Contains(t, e.Detail, "allowed are 32768")
	}
	for _, row := range s.History.All() {
		assert.NoError(t, row.Signals.CheckSize())
	}
}

func TestASampleOverTheLimitIsQuarantined(t *testing.T) {
	whole := messageOf(carOne, 1, noon, fat("Whole", 40<<10))
	inBatch := messageOf(carOne, 1, noon, speed(1))
	inBatch.Batch = []telemetry.Sample{{DtMs: 5, Signals: fat("Late", 40<<10)}}
	parts := messageOf(carOne, 1, noon, fat("One", 20<<10))
	parts.Batch = []telemetry.Sample{{DtMs: 0, Signals: fat("Two", 20<<10)}}
	many := messageOf(carOne, 1, noon, telemetry.Signals{})
	for n := range 600 {
		many.Batch = append(many.Batch, telemetry.Sample{DtMs: 3, Signals: telemetry.Signals{fmt.Sprintf("Vehicle.S%d", n): telemetry.Null}})
	}
	for name, m := range map[string]telemetry.Received{
		"in the message": whole, "in its batch": inBatch, "of two parts of one moment": parts, "of 600 signals one by one": many,
	} {
		t.Run(name, func(t *testing.T) {
			s := &stores{}
			result := s.take(record(t, m), record(t, messageOf(carTwo, 1, noon, speed(1))))
			assert.Equal(t, -1, result.FirstFailed)
			assert.Equal(t, 1, result.Counts.Accepted)
			require.Len(t, s.envelopes, 1)
			assert.Equal(t, message.TooLarge, s.envelopes[0].Reason)
			assert.NotContains(t, s.States.All(), carOne)
		})
	}
}

// The lake validates messages with the same function.
func TestAMessageOverTheLimitIsTooLargeForEveryReaderOfTheStream(t *testing.T) {
	r := record(t, messageOf(carOne, 1, noon, fat("Whole", 40<<10)))
	_, _, reason, err := ingest.Judge(r.Data, r.PartitionKey)
	require.ErrorContains(t, err, "allowed are 32768")
	assert.Equal(t, message.TooLarge, reason)
}

func TestASampleAtTheLimitIsStored(t *testing.T) {
	s := &stores{}
	signals := telemetry.Signals{}
	for n := range telemetry.MaxSignals {
		signals[fmt.Sprintf("Vehicle.%s%03d", strings.Repeat("P", 31), n)] = telemetry.Number(float64(n)) // path 42 bytes, value 21
	}
	signals[telemetry.Speed] = telemetry.Number(1)
	delete(signals, fmt.Sprintf("Vehicle.%s%03d", strings.Repeat("P", 31), 0))
	assert.Len(t, signals, telemetry.MaxSignals)
	result := s.take(record(t, messageOf(carOne, 1, noon, signals)))
	assert.Equal(t, 1, result.Counts.Accepted)
}

// A row that the table rejects for good is quarantined, even if the size check above let it pass; other messages are stored.
func TestWhatATableRefusesForGoodIsQuarantined(t *testing.T) {
	invalid := errs.As(errs.Invalid, errors.New("ValidationException"))
	tests := map[string]*stores{
		"a row": {history: func(rows []telemetry.Row) ([]ingest.Unstored, error) {
			return []ingest.Unstored{{Row: 0, Err: invalid}}, invalid
		}},
		"a state": {put: func(s *vehicle.State) error {
			if s.VIN == carOne {
				return invalid
			}
			return nil
		}},
	}
	for name, s := range tests {
		t.Run(name, func(t *testing.T) {
			result := s.take(
				record(t, messageOf(carOne, 1, noon, speed(1))), record(t, messageOf(carTwo, 1, noon, speed(2))), record(t, messageOf(carOne, 1, noon, speed(1))),
			)
			assert.Equal(t, -1, result.FirstFailed)
			assert.Equal(t, 1, result.Counts.Accepted)
			require.Len(t, s.envelopes, 2, "both messages of the row")
			for _, e := range s.envelopes {
				assert.Equal(t, message.Unstorable, e.Reason)
				assert.Equal(t, string(carOne), e.VIN)
			}
			assert.Equal(t, telemetry.Number(2), s.States.All()[carTwo].Signals[telemetry.Speed].Value)
			assert.NotContains(t, s.States.All(), carOne)
		})
	}
}
