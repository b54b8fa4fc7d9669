// Package lake converts telemetry from cars into rows for analysis: in long form, one row per signal and sample, so that a new
// signal never changes the table. It is the pipeline between the stream (read by Firehose) and the data store.
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
	ID             string // Firehose's record id
	Data           []byte // a telemetry.Received in JSON, if the record is valid
	PartitionKey   string
	SequenceNumber string
	ArrivedAt      time.Time // when the record entered the stream
}

// Outcome is the result of transforming a record.
type Outcome uint8

// The outcomes.
const (
	Stored    Outcome = iota // Rows go to the data store
	SetAside                 // the message is invalid; it is quarantined with the reason
	PutBack                  // the rows did not fit into the response; the record was written to the stream again
	Unhandled                // the record could be neither quarantined nor put back: Firehose keeps it
)

// Result is the result of one record.
type Result struct {
	Outcome Outcome
	Rows    []byte // JSON objects, one per line; a single object if the Transformer is Nested. Valid until the next batch
	Count   int    // number of readings in Rows
	// Day (2006-01-02) and Hour (15) are the partition of the rows: the time at which the message's signals were read, in UTC. They are
	// empty if the Transformer is Nested, as its rows contain the time.
	Day, Hour string
	Why       error // the error, if Outcome is Unhandled
}

// Models looks up the models of cars.
type Models interface {
	// Models returns the models of those cars; unknown cars are left out.
	Models(ctx context.Context, cars []vin.VIN) (map[vin.VIN]Model, error)
}

// Stream is the source of the records.
type Stream interface {
	// PutBack writes records to the stream again. It returns the indexes of those that it could not write, and the reason.
	PutBack(ctx context.Context, records []Record) ([]int, error)
}

// Transformer converts batches to rows, one batch at a time. All fields are required.
type Transformer struct {
	Models   Models
	Failures ingest.Failures
	Stream   Stream
	// MaxBytes is the largest response, in characters of base64 and the JSON around them. The limit of AWS Lambda is 6 MB.
	// https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
	MaxBytes int
	// Nested makes one row per message, with its readings as a list, instead of one row per signal and sample: for a data store
	// that takes one row per record.
	Nested bool

	writer writer
}

// overhead is the size of a record in the response besides its rows and id, in bytes: its outcome, its partition, the names of the fields.
const overhead = 150

// Transform converts a batch: it returns a result for each record, in order. It fails as a whole if the cars' models cannot be read. Rows
// are valid until the next batch.
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

// judged is a validated record: the car that it belongs to, or the reason why it is quarantined.
type judged struct {
	telemetry.Received
	vin     vin.VIN
	refusal ingest.Envelope
}

func (j judged) refused() bool { return j.refusal.Reason != "" }

// judge accepts the same messages as the function that keeps the live state.
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

// keep quarantines invalid messages with the reason.
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
