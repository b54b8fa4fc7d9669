// Package lake makes rows for analysis of the telemetry that cars send: long form, one row a signal and sample, so that a new
// signal never changes the table. It is the pipeline between the stream (Firehose is the channel) and the data store.
package lake

import (
	"context"
	"fmt"
	"time"

	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// Record is one record of a batch.
type Record struct {
	ID             string // Firehose's name for it
	Data           []byte // a telemetry.Received in JSON, if all is well
	PartitionKey   string
	SequenceNumber string
	ArrivedAt      time.Time // in the stream
}

// Outcome is the result of transforming a record.
type Outcome uint8

// The outcomes.
const (
	Stored    Outcome = iota // Rows go to the data store
	SetAside                 // it cannot be used; it is kept with the reason
	PutBack                  // it did not fit into the answer and is in the stream once more
	Unhandled                // it could be neither rejected nor retried: Firehose keeps it
)

// Result is the result of one record.
type Result struct {
	Outcome Outcome
	Rows    []byte // JSON objects, a line each; one object of a Transformer that nests. Until the next batch
	Count   int    // of readings in Rows
	// Day (2006-01-02) and Hour (15) are the partition of the rows: when the message's signals were read, UTC. A row of a Transformer
	// that nests says them itself, and they are empty.
	Day, Hour string
	Why       error // of Unhandled
}

// Models knows the cars.
type Models interface {
	// Models returns the models of those cars; an unknown car is missing.
	Models(ctx context.Context, cars []vin.VIN) (map[vin.VIN]Model, error)
}

// Stream is the records' source.
type Stream interface {
	// PutBack returns the indexes of those that it could not put back, and why.
	PutBack(ctx context.Context, records []Record) ([]int, error)
}

// Transformer makes rows of batches, one after the other. All fields are required.
type Transformer struct {
	Models   Models
	Failures ingest.Failures
	Stream   Stream
	// MaxBytes is the largest answer, in characters of base64 and the JSON around them. AWS Lambda answers with up to 6 MB.
	// https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
	MaxBytes int
	// Nested makes one row a message, with its readings as a list in it, in place of one row a signal and sample: for a data store
	// that takes one row a record.
	Nested bool

	writer writer
}

// overhead is the size of a record in the answer beside its rows and its id: its outcome, its partition, the names of the fields.
const overhead = 150

// Transform makes rows of a batch: a result for each record, in order. It fails as a whole if the cars' models cannot be read. Rows stay
// as they are until the next batch.
func (t *Transformer) Transform(ctx context.Context, records []Record) ([]Result, error) {
	read := make([]judged, len(records))
	for n, r := range records {
		read[n] = judge(r)
	}
	models, err := t.Models.Models(ctx, carsOf(read))
	if err != nil {
		return nil, fmt.Errorf("read the models of the cars: %w", err)
	}
	results := make([]Result, len(records))
	size := 0
	for _, r := range records {
		size += overhead + len(r.ID)
	}
	t.writer.begin(records, t.MaxBytes)
	for n := range records {
		results[n] = t.rows(&t.writer, read[n], models)
		rows := base64Length(len(results[n].Rows))
		if size+rows > t.MaxBytes && results[n].Outcome == Stored {
			t.writer.takeBack(results[n].Rows)
			results[n], rows = Result{Outcome: PutBack}, 0
		}
		size += rows
	}
	t.keep(ctx, records, read, results)
	t.putBack(ctx, records, results)
	return results, nil
}

// judged is a record that was read: whose message it is, or why it cannot be used.
type judged struct {
	telemetry.Received
	vin     vin.VIN
	refusal ingest.Envelope
}

func (j judged) refused() bool { return j.refusal.Reason != "" }

// judge takes the same messages as the function that keeps the live state.
func judge(r Record) judged {
	received, v, reason, err := ingest.Judge(r.Data, r.PartitionKey)
	if err != nil {
		return judged{Received: received, refusal: ingest.Envelope{Reason: reason, Detail: err.Error(), VIN: received.VIN}}
	}
	return judged{Received: received, vin: v}
}

func carsOf(read []judged) []vin.VIN {
	var cars []vin.VIN
	seen := map[vin.VIN]bool{}
	for _, j := range read {
		if !j.refused() && !seen[j.vin] {
			seen[j.vin] = true
			cars = append(cars, j.vin)
		}
	}
	return cars
}

func (t *Transformer) rows(w *writer, j judged, models map[vin.VIN]Model) Result {
	if j.refused() {
		return Result{Outcome: SetAside}
	}
	if t.Nested {
		return w.nested(j, models[j.vin])
	}
	return w.long(j, models[j.vin])
}

// keep sets messages that cannot be used aside with the reason.
func (t *Transformer) keep(ctx context.Context, records []Record, read []judged, results []Result) {
	var envelopes []ingest.Envelope
	var of []int
	for n, j := range read {
		if j.refused() {
			e, r := j.refusal, records[n]
			e.Payload, e.PartitionKey, e.SequenceNumber, e.ReceivedAt = r.Data, r.PartitionKey, r.SequenceNumber, r.ArrivedAt.UTC()
			envelopes, of = append(envelopes, e), append(of, n)
		}
	}
	if len(envelopes) == 0 {
		return
	}
	left, err := t.Failures.Keep(ctx, envelopes)
	unhandled(results, of, left, fmt.Errorf("set a message aside: %w", err))
}

func (t *Transformer) putBack(ctx context.Context, records []Record, results []Result) {
	var surplus []Record
	var of []int
	for n, r := range results {
		if r.Outcome == PutBack {
			surplus, of = append(surplus, records[n]), append(of, n)
		}
	}
	if len(surplus) == 0 {
		return
	}
	left, err := t.Stream.PutBack(ctx, surplus)
	unhandled(results, of, left, fmt.Errorf("put a message back into the stream: %w", err))
}

func unhandled(results []Result, of, left []int, why error) {
	for _, n := range left {
		results[of[n]] = Result{Outcome: Unhandled, Why: why}
	}
}

// base64Length returns the length of n bytes in base64.
func base64Length(n int) int { return (n + 2) / 3 * 4 }
