package ingest

import (
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// batch is a batch of records, sorted by their further processing.
type batch struct {
	records     []Record
	cars        []*car // in the order of their first record
	rows        rows
	quarantined []quarantined
	accepted    []accepted
}

// car has the messages of one car.
type car struct {
	vin      vin.VIN
	first    int // index of the car's first record
	messages []telemetry.Received
	records  []int            // the index of each message's record
	sorted   []anomaly.Sample // the messages' samples; nil until first used

	rejected  []Envelope // alerts that were sent to the failure queue
	forgotten error      // the error of an unreadable stored memory; nil if it was readable
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
	b := &batch{records: records, rows: rows{index: make(map[rowKey]int, len(records))}}
	cars := map[vin.VIN]*car{}
	for n, record := range records {
		received, v, refused := judge(record)
		if refused == nil {
			refused = b.accept(n, received, v)
		}
		if refused != nil {
			b.quarantined = append(b.quarantined, quarantined{record: n, Envelope: envelope(record, received.VIN, refused)})
			continue
		}
		if cars[v] == nil {
			cars[v] = &car{vin: v, first: n}
			b.cars = append(b.cars, cars[v])
		}
		cars[v].messages, cars[v].records = append(cars[v].messages, received), append(cars[v].records, n)
	}
	return b
}

// accept adds a message's rows to the batch, unless one of them is too large.
func (b *batch) accept(n int, received telemetry.Received, v vin.VIN) *refusal {
	implausible := len(received.NullImplausible())
	samples := received.Rows(v)
	if why := b.rows.check(samples); why != nil {
		return why
	}
	for _, row := range samples {
		b.rows.add(row, n)
	}
	b.accepted = append(b.accepted, accepted{
		record: n, receivedAt: received.ReceivedAt(), late: received.Validate(received.ReceivedAt()).Skewed,
		implausible: implausible, unknown: received.Unknown(),
	})
	return nil
}

// refusal is the reason why a message is quarantined.
type refusal struct {
	reason message.Reason
	detail string
}

// judge validates a record and returns the car that it belongs to. The message's times are compared with its reception, not with the
// present: a message that waited in the stream or is redriven gets the same result as on arrival.
func judge(record Record) (telemetry.Received, vin.VIN, *refusal) {
	received, v, reason, err := Judge(record.Data, record.PartitionKey)
	if err != nil {
		return received, "", &refusal{reason, err.Error()}
	}
	return received, v, nil
}

// Judge validates a message from the stream and returns the car that it belongs to, or the reason why it is quarantined. The partition
// key is trusted: the rule derives it from the topic alone. All functions that read the stream accept the same messages.
func Judge(data []byte, partitionKey string) (telemetry.Received, vin.VIN, message.Reason, error) {
	received, err := telemetry.DecodeReceived(data)
	if errors.Is(err, message.ErrNotJSON) {
		return received, "", message.Undecodable, err
	}
	if err != nil {
		return received, "", message.SchemaInvalid, err
	}
	v, err := received.Car()
	if err != nil {
		return received, "", message.IdentityMismatch, err
	}
	if partitionKey != received.VIN {
		return received, "", message.IdentityMismatch, fmt.Errorf("partition key %.64q: allowed is the stamped vin, %s", partitionKey, v)
	}
	if verdict := received.Validate(received.ReceivedAt()); verdict.Quarantine != "" {
		return received, "", verdict.Quarantine, errors.New(verdict.Detail)
	}
	if len(data) > telemetry.MaxRowBytes { // a sample is never larger than its message
		if err := received.CheckSizes(); err != nil {
			return received, "", message.TooLarge, err
		}
	}
	return received, v, "", nil
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
