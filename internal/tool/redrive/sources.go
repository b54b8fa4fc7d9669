package redrive

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"connectedcar/internal/domain/ingest"
)

// streamAPI lists the calls of Amazon Kinesis that a Stream makes.
type streamAPI interface {
	PutRecord(context.Context, *kinesis.PutRecordInput, ...func(*kinesis.Options)) (*kinesis.PutRecordOutput, error)
}

// Stream is the stream of telemetry.
type Stream struct {
	API  streamAPI
	Name string
}

// Put puts a record of that car on the stream.
func (s Stream) Put(ctx context.Context, vin string, data []byte) error {
	if _, err := s.API.PutRecord(ctx, &kinesis.PutRecordInput{StreamName: &s.Name, PartitionKey: &vin, Data: data}); err != nil {
		return fmt.Errorf("put record on stream %s: %w", s.Name, err)
	}
	return nil
}

// Telemetry reads what a function that takes records of a stream set aside, and puts it on the stream again.
type Telemetry struct {
	Stream Stream
	// Key is the partition key of messages that name neither a car nor their own. Default: those are stuck.
	Key string
}

// Read understands an envelope.
func (t Telemetry) Read(f Failure) Item {
	var e ingest.Envelope
	if err := json.Unmarshal([]byte(f.Body), &e); err != nil || e.Reason == "" {
		return stuck("unreadable", "the message is no envelope of the function")
	}
	i := Item{Reason: string(e.Reason), VIN: e.VIN}
	if e.Alert != nil {
		i.Stuck = "an alert that the platform cannot make, " + e.Alert.DedupKey + ": delete it once the deployed platform can"
		return i
	}
	key := e.VIN
	if key == "" {
		key = e.PartitionKey
	}
	if key == "" {
		key = t.Key
	}
	if key == "" || len(e.Payload) == 0 {
		i.Stuck = "the envelope has no payload or partition key"
		return i
	}
	i.Again = func(ctx context.Context) error { return t.Stream.Put(ctx, key, e.Payload) }
	return i
}

// Registration reads the dead letters of registration, and sends them to the queue of registrations again.
type Registration struct{ Queue Queue }

// Read understands the event that AWS IoT announced the certificate with.
func (r Registration) Read(f Failure) Item {
	var e struct{ CertificateID, CACertificateID string }
	if err := json.Unmarshal([]byte(f.Body), &e); err != nil || e.CertificateID == "" {
		return stuck("unreadable", "the message is no registration event")
	}
	return Item{
		Reason: "registration failed; CA " + shortID(e.CACertificateID),
		Again:  func(ctx context.Context) error { return r.Queue.Send(ctx, f.Body) },
	}
}

// Worked reads what a function that takes messages from a queue gave up on, and sends it to that queue again.
type Worked struct{ Queue Queue }

// Read understands an envelope, in which a function set a message aside with the reason, and a message as it was, which failed
// until its attempts were used up.
func (w Worked) Read(f Failure) Item {
	var m struct {
		Reason  string `json:"reason"`
		VIN     string `json:"vin"`
		Payload []byte `json:"payload"`
	}
	if err := json.Unmarshal([]byte(f.Body), &m); err != nil {
		return stuck("unreadable", "the message is neither an envelope nor a message of a car")
	}
	if m.Reason != "" && len(m.Payload) > 0 {
		return Item{Reason: m.Reason, VIN: m.VIN, Again: func(ctx context.Context) error { return w.Queue.Send(ctx, string(m.Payload)) }}
	}
	return Item{Reason: "failed until given up", VIN: m.VIN, Again: func(ctx context.Context) error { return w.Queue.Send(ctx, f.Body) }}
}

func shortID(id string) string {
	const enough = 12
	if len(id) > enough {
		return id[:enough] + "..."
	}
	return id
}
