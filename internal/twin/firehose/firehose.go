// Package firehose stands in for Amazon Data Firehose on the local platform: it reads a Kinesis stream, has the function make rows of
// batches of records, and writes the same objects under the same prefixes as the delivery stream of the template would. The emulator
// has a Firehose of its own, but that one runs the function once for each record, within the call that puts the record on the stream,
// writes an object for each, keeps no raw records and forgets those that the function could not use.
//
// As with Firehose, everything is delivered at least once: what was written when the program died before it could note so comes
// again. It writes what there is every few seconds and not after minutes, and it has one table to write to.
package firehose

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
)

// Record is a record of the stream.
type Record struct {
	Data           []byte
	PartitionKey   string
	SequenceNumber string
	Shard          string
	ArrivedAt      time.Time
}

// Source is the stream.
type Source interface {
	// Next are the records after those that were noted, in the order of each shard; none if there are none.
	Next(ctx context.Context) ([]Record, error)
	// Note remembers that everything which Next handed out was delivered.
	Note() error
}

// Function makes rows: an answer is JSON for an event in JSON. An error says that the run failed as a whole.
type Function interface {
	Run(ctx context.Context, event []byte) ([]byte, error)
}

// Objects keeps objects.
type Objects interface {
	Put(ctx context.Context, key string, body []byte) error
}

// Delivery delivers. All fields are required.
type Delivery struct {
	Settings Settings
	Source   Source
	Function Function
	Objects  Objects
	Columns  []Column // of the table that rows are for
	Log      *slog.Logger
	Now      func() time.Time
}

// Run delivers what comes until the context ends, then what came by then. What fails is tried again after a pause; nothing is lost by
// it, because the stream is noted only after everything was written.
func (d *Delivery) Run(ctx context.Context, pause time.Duration) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if n, err := d.Once(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("delivery failed and is tried again", "error", err)
		} else if n > 0 {
			d.Log.Info("delivered", "records", n)
		}
	}
}

// Once delivers what is in the stream now and returns how many records that were.
func (d *Delivery) Once(ctx context.Context) (int, error) {
	records, err := d.Source.Next(ctx)
	if err != nil || len(records) == 0 {
		return 0, err
	}
	var out output
	for from, to := 0, 0; from < len(records); from = to {
		to = from + d.batch(records[from:])
		if err := d.process(ctx, records[from:to], &out); err != nil {
			return 0, err
		}
	}
	if err := errors.Join(d.keepRaw(ctx, records), d.writeRows(ctx, &out), d.writeErrors(ctx, &out)); err != nil {
		return 0, fmt.Errorf("deliver %d records: %w", len(records), err)
	}
	return len(records), d.Source.Note()
}

// batch returns the number of records for one run of the function: as many as fit, and at least one.
func (d *Delivery) batch(records []Record) int {
	size := 0
	for n, r := range records {
		if size += len(r.Data); size > d.Settings.InputBytes && n > 0 {
			return n
		}
	}
	return len(records)
}

// newID is a name that no other object or record has.
func newID() string { return uuid.NewString() }
