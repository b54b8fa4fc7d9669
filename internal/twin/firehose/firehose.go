// Package firehose stands in for Amazon Data Firehose on the local platform: it reads a Kinesis stream, calls the transforming function
// with batches of records, and writes the same objects under the same prefixes as the deployed delivery stream. The emulator has its own
// Firehose, but that one calls the function for each single record, within the PutRecord call, writes an object per record, keeps no raw
// records and loses records that the function rejects.
//
// As with Firehose, delivery is at least once: records are delivered again if the program dies after writing them and before it saves its
// position. In contrast to Firehose, it writes every few seconds rather than minutes, and to one table only.
package firehose

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
)

// Record is a record of the Kinesis stream.
type Record struct {
	Data           []byte
	PartitionKey   string
	SequenceNumber string
	Shard          string
	ArrivedAt      time.Time
}

// Source is the Kinesis stream.
type Source interface {
	// Next returns the records after the saved position, in the order of each shard; none if there are no new ones.
	Next(ctx context.Context) ([]Record, error)
	// Note saves the position after the last records that Next returned. Call it when they are delivered.
	Note() error
}

// Function transforms records into rows. Event and response are JSON. An error means that the whole call failed.
type Function interface {
	Run(ctx context.Context, event []byte) ([]byte, error)
}

// Objects stores objects.
type Objects interface {
	Put(ctx context.Context, key string, body []byte) error
}

// Delivery delivers the records of a Source. All fields are required.
type Delivery struct {
	Settings Settings
	Source   Source
	Function Function
	Objects  Objects
	Columns  []Column // columns of the table for the rows
	Log      *slog.Logger
	Now      func() time.Time
}

// Run delivers records until the context ends, and once more then. A failed delivery is repeated after the pause. No record is lost,
// because the position is saved only after all objects are written.
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

// Once delivers the records that are in the stream and returns their number.
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

// batch returns the number of records for the next call of the function: as many as fit, and at least one.
func (d *Delivery) batch(records []Record) int {
	size := 0
	for n, r := range records {
		if size += len(r.Data); size > d.Settings.InputBytes && n > 0 {
			return n
		}
	}
	return len(records)
}

// newID returns a unique name for an object or record.
func newID() string { return uuid.NewString() }
