package redrive

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"connectedcar/internal/domain/ingest"
)

// streamAPI lists the calls of Amazon Kinesis that Stream makes.
type streamAPI interface {
	PutRecord(context.Context, *kinesis.PutRecordInput, ...func(*kinesis.Options)) (*kinesis.PutRecordOutput, error)
}

// Stream is a stream of telemetry.
type Stream struct {
	API  streamAPI
	Name string
}

// Put puts a record on the stream, with the VIN as its partition key.
func (s Stream) Put(ctx context.Context, vin string, data []byte) error {
	if _, err := s.API.PutRecord(ctx, &kinesis.PutRecordInput{StreamName: &s.Name, PartitionKey: &vin, Data: data}); err != nil {
		return fmt.Errorf("put record on stream %s: %w", s.Name, err)
	}
	return nil
}

// Telemetry reads the messages of a stream that a function quarantined, and puts them on the stream again.
type Telemetry struct {
	Stream Stream
	// Key is the partition key of messages that have neither a car nor a partition key. Empty: such messages are stuck.
	Key string
	// Judge returns an error for a message that the function would quarantine again. Default: none is rejected.
	Judge func(key string, payload []byte) error
}

// Read decodes an envelope.
func (t Telemetry) Read(f Failure) Item {
	var e ingest.Envelope
	if err := json.Unmarshal([]byte(f.Body), &e); err != nil || e.Reason == "" {
		return stuck("unreadable", "the message is no envelope of the function")
	}
	if e.Alert != nil {
		i := stuck(string(e.Reason), "an alert that the platform cannot make, %s: drop it once the deployed platform can", e.Alert.DedupKey)
		i.VIN, i.Detail, i.Occurrence = e.VIN, e.Detail, e.SequenceNumber
		return i
	}
	key := cmp.Or(e.VIN, e.PartitionKey, t.Key)
	if key == "" || len(e.Payload) == 0 {
		i := stuck(string(e.Reason), "the envelope has no payload or partition key")
		i.VIN, i.Detail = e.VIN, e.Detail
		return i
	}
	return t.item(e, key)
}

func (t Telemetry) item(e ingest.Envelope, key string) Item {
	i := Item{
		Reason: string(e.Reason), Detail: e.Detail, VIN: e.VIN, First: e.ReceivedAt, Payload: e.Payload, Occurrence: e.SequenceNumber,
		IDs:   []string{idOf(t.Stream.Name, key, string(e.Payload))},
		Again: func(ctx context.Context) error { return t.Stream.Put(ctx, key, e.Payload) },
		With: func(payload []byte) Item {
			e.Payload = payload
			return t.item(e, key)
		},
	}
	if at := receivedAt(e.Payload); !at.IsZero() {
		i.First = at
	}
	if t.Judge == nil {
		return i
	}
	return i.judged(t.Judge(key, e.Payload))
}

// Registration reads the dead-letter queue of registrations, and sends its messages to the queue of registrations again.
type Registration struct{ Queue Queue }

// Read decodes the event by which AWS IoT announced the certificate.
func (r Registration) Read(f Failure) Item {
	var e struct{ CertificateID, CACertificateID string }
	if err := json.Unmarshal([]byte(f.Body), &e); err != nil || e.CertificateID == "" {
		return stuck("unreadable", "the message is no registration event")
	}
	return Item{
		Reason: "registration failed; CA " + shortID(e.CACertificateID), Payload: []byte(f.Body),
		Again: func(ctx context.Context) error { return r.Queue.Send(ctx, f.Body) },
	}
}

// Worked reads the dead-letter queue of a function with a queue, and sends its messages to that queue again.
type Worked struct {
	Queue Queue
	// Judge returns an error for a message that the function would reject again. Default: none is rejected.
	Judge func(payload []byte) error
}

// givenUp is the reason of messages that failed until the last retry.
const givenUp = "failed until given up"

// Read decodes a message of the function's dead-letter queue: either an envelope, in which the function gave the reason, or the original
// message, which SQS moved there after the last retry.
func (w Worked) Read(f Failure) Item {
	var m struct {
		Reason     string    `json:"reason"`
		Detail     string    `json:"detail"`
		VIN        string    `json:"vin"`
		Payload    []byte    `json:"payload"`
		ReceivedAt time.Time `json:"receivedAt"`
	}
	if err := json.Unmarshal([]byte(f.Body), &m); err != nil {
		return stuck("unreadable", "the message is neither an envelope nor a message of a car")
	}
	i := Item{Reason: m.Reason, Detail: m.Detail, VIN: m.VIN, First: m.ReceivedAt}
	if m.Reason != "" && len(m.Payload) > 0 {
		return w.item(i, m.Payload)
	}
	return w.item(Item{Reason: givenUp, VIN: m.VIN}, []byte(f.Body))
}

// item adds the message to bring back to an Item.
func (w Worked) item(i Item, payload []byte) Item {
	if at := receivedAt(payload); !at.IsZero() {
		i.First = at
	}
	i.Payload, i.IDs = payload, []string{idOf(w.Queue.URL, string(payload))}
	i.Again = func(ctx context.Context) error { return w.Queue.Send(ctx, string(payload)) }
	i.With = func(next []byte) Item { return w.item(i, next) }
	if w.Judge == nil {
		return i
	}
	return i.judged(w.Judge(payload))
}

func shortID(id string) string {
	const enough = 12
	if len(id) > enough {
		return id[:enough] + "..."
	}
	return id
}
