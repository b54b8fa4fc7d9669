package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// batch is a batch sorted into what happens to it.
type batch struct {
	records     int
	cars        []*car // in the order of their first record
	rows        rows
	quarantined []quarantined
	accepted    []accepted
}

// car is the messages of one car.
type car struct {
	vin      vin.VIN
	first    int // index of its first record
	messages []telemetry.Received
	sorted   []anomaly.Sample // of the messages; nil until asked for

	rejected  []Envelope // alerts that are in the failure queue
	forgotten error      // the stored memory was unreadable
}

type quarantined struct {
	Envelope
	record int
}

type accepted struct {
	record               int
	receivedAt           time.Time
	late                 bool
	implausible, unknown int
}

func sort(records []Record) *batch {
	b := &batch{records: len(records), rows: rows{index: make(map[rowKey]int, len(records))}}
	cars := map[vin.VIN]*car{}
	for n, record := range records {
		message, v, refusal := judge(record.Data)
		if refusal != nil {
			b.quarantined = append(b.quarantined, quarantined{record: n, Envelope: envelope(record, message.VIN, refusal)})
			continue
		}
		b.accepted = append(b.accepted, accepted{
			record: n, receivedAt: message.ReceivedAt(), late: message.Validate(message.ReceivedAt()).Skewed,
			implausible: len(message.NullImplausible()), unknown: message.Unknown(),
		})
		if cars[v] == nil {
			cars[v] = &car{vin: v, first: n}
			b.cars = append(b.cars, cars[v])
		}
		cars[v].messages = append(cars[v].messages, message)
		for _, row := range message.Rows(v) {
			b.rows.add(row, n)
		}
	}
	return b
}

// refusal is why a message is set aside.
type refusal struct {
	reason telemetry.Reason
	detail string
}

// judge reads a record and says whose message it is, or why it is set aside. The message's times are held against its
// reception, not against the clock here: a message that waited in the stream or is redriven gets the verdict it had.
func judge(data []byte) (telemetry.Received, vin.VIN, *refusal) {
	message, err := telemetry.DecodeReceived(data)
	if errors.Is(err, telemetry.ErrNotJSON) {
		return message, "", &refusal{telemetry.Undecodable, err.Error()}
	}
	if err != nil {
		return message, "", &refusal{telemetry.SchemaInvalid, err.Error()}
	}
	v, err := message.Identity()
	if err != nil {
		return message, "", &refusal{telemetry.IdentityMismatch, err.Error()}
	}
	if verdict := message.Validate(message.ReceivedAt()); verdict.Quarantine != "" {
		return message, "", &refusal{verdict.Quarantine, verdict.Detail}
	}
	return message, v, nil
}

func envelope(r Record, stamped string, why *refusal) Envelope {
	return Envelope{
		Reason: why.reason, Detail: why.detail, VIN: stamped, Payload: r.Data,
		PartitionKey: r.PartitionKey, SequenceNumber: r.SequenceNumber, ReceivedAt: r.ArrivedAt.UTC(),
	}
}

func (b *batch) quarantinedBefore(record int) []quarantined {
	if record < 0 {
		return b.quarantined
	}
	for n, q := range b.quarantined {
		if q.record >= record {
			return b.quarantined[:n]
		}
	}
	return b.quarantined
}

func (b *batch) result(failed *tracker, now time.Time) Result {
	r := Result{FirstFailed: failed.first, Errors: failed.errs, Counts: Counts{Rows: b.rows.stored}}
	var newest time.Time
	for _, a := range b.accepted {
		if !failed.before(a.record) {
			break
		}
		r.Counts.Accepted++
		r.Counts.Implausible += a.implausible
		r.Counts.Unknown += a.unknown
		if a.late {
			r.Counts.Late++
		}
		if a.receivedAt.After(newest) {
			newest = a.receivedAt
		}
	}
	if !newest.IsZero() {
		r.Counts.Lag = max(0, now.Sub(newest))
	}
	for _, q := range b.quarantinedBefore(failed.first) {
		r.Quarantined = append(r.Quarantined, q.Envelope)
	}
	for _, c := range b.cars {
		r.Quarantined = append(r.Quarantined, c.rejected...)
		if c.forgotten != nil {
			r.Forgotten = append(r.Forgotten, fmt.Errorf("memory of %s: %w", c.vin.Redacted(), c.forgotten))
		}
	}
	return r
}

// rows are the batch's rows, one for each key: a stream may carry a message twice, and a table takes a key once per call.
type rows struct {
	list   []telemetry.Row
	first  []int // index of the first record that has the row
	index  map[rowKey]int
	stored int
}

// rowKey holds the parts of a row's keys.
type rowKey struct {
	vin  vin.VIN
	at   int64 // milliseconds since 1970
	seq  uint64
	boot string
}

func (r *rows) add(row telemetry.Row, record int) {
	key := rowKey{row.VIN, row.At.UnixMilli(), row.Seq, row.BootID}
	if n, there := r.index[key]; there {
		r.list[n].Signals = r.list[n].Signals.Merge(row.Signals)
		return
	}
	r.index[key] = len(r.list)
	r.list = append(r.list, row)
	r.first = append(r.first, record)
}

func (r *rows) store(ctx context.Context, history History, failed *tracker) {
	if len(r.list) == 0 {
		return
	}
	unstored, err := history.PutRows(ctx, r.list)
	r.stored = len(r.list) - len(unstored)
	for _, n := range unstored {
		failed.add(r.first[n], fmt.Errorf("store history of %s: %w", r.list[n].VIN.Redacted(), err))
	}
}
