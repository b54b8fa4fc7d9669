// Package ingest writes batches of telemetry from the stream into the tables: the newest values of each car, and every sample as
// a row of its hot history. It runs the anomaly detector on the samples and raises its alerts. Messages that cannot be processed are
// quarantined whole, with the reason.
//
// Processing a record twice, or records in another order, changes nothing; so a batch may be retried from any record on.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// Record is one record of the stream.
type Record struct {
	Data           []byte // a telemetry.Received in JSON, if the record is valid
	PartitionKey   string
	SequenceNumber string
	ArrivedAt      time.Time // when the record entered the stream
}

// ErrStale is returned when a state was changed by another writer since it was read.
var ErrStale = errors.New("the state has changed since it was read")

// States keeps the newest state of every car.
type States interface {
	// States returns the states of those cars, and a new one for a car without any.
	States(ctx context.Context, cars []vin.VIN) (map[vin.VIN]*vehicle.State, error)
	// PutState writes a state if the stored one still has its Version; otherwise it returns ErrStale.
	PutState(ctx context.Context, s *vehicle.State) error
}

// Unstored is a row that was not written. Its error is of category errs.Invalid if the row will never be accepted.
type Unstored struct {
	Row int // index of the row
	Err error
}

// History stores the rows of the hot history.
type History interface {
	// PutRows writes rows with distinct keys. It returns those that were not written, by index, and the first one's error.
	PutRows(ctx context.Context, rows []telemetry.Row) ([]Unstored, error)
}

// Failures stores quarantined messages.
type Failures interface {
	// Keep returns the indexes of the envelopes that were not stored, and the reason.
	Keep(ctx context.Context, envelopes []Envelope) ([]int, error)
}

// InvalidAlert is the reason of an envelope that holds an alert instead of a message: the detector raised it and the alert service
// rejected it for good, which is a bug of the platform.
const InvalidAlert message.Reason = "invalid_alert"

// Envelope is a rejected message, with the data that an operator needs to judge and repair it. It is stored as JSON.
type Envelope struct {
	Reason         message.Reason `json:"reason"`
	Detail         string         `json:"detail"`
	VIN            string         `json:"vin"`     // as stamped; empty if the record has none
	Payload        []byte         `json:"payload"` // the record's data, base64 in JSON
	PartitionKey   string         `json:"partitionKey"`
	SequenceNumber string         `json:"sequenceNumber"`
	ReceivedAt     time.Time      `json:"receivedAt"` // when the record entered the stream

	// Alert is the rejected alert, with InvalidAlert; else nil.
	Alert *alert.Notice `json:"alert,omitempty"`
}

// Service processes batches. All fields are required but Priors.
type Service struct {
	States   States
	History  History
	Failures Failures
	Alerts   Alerts
	Cars     Cars
	Detector *anomaly.Detector
	// Priors are the fleet's usual values; without them a new car is judged by its own baselines alone, once they are learned.
	Priors anomaly.Priors
}

// Result is the result of a batch.
type Result struct {
	// FirstFailed is the index of the first record that must be retried, with all after it; -1 if there is none.
	FirstFailed int
	Errors      []error // the causes, each to be logged
	Counts      Counts
	Quarantined []Envelope // rejected messages and alerts
	Forgotten   []error    // one for each car whose stored memory was unreadable: its detector starts afresh
}

// Counts are a batch's counters. Those of records cover only the records before FirstFailed.
type Counts struct {
	Accepted    int
	Late        int // accepted messages whose clock is off by more than telemetry.MaxSkew
	Implausible int // values that no working sensor reports, stored as Null
	Unknown     int // values of signals outside the catalogue
	Rows        int
	Lag         time.Duration // from the newest message's reception to now; 0 if nothing was accepted
}

// Handle processes a batch. Records must be in the stream's order. now is used to measure the lag and the age of
// samples: old ones raise no alert.
func (i *Service) Handle(ctx context.Context, records []Record, now time.Time) Result {
	b := sort(records)
	failed := newTracker()
	b.storeRows(ctx, i.History, failed)
	i.storeStates(ctx, b, now, failed)
	// Records after the first failure are retried, so quarantining them now would quarantine them twice.
	due := b.quarantinedBefore(failed.first)
	i.keep(ctx, due, failed)
	return b.result(failed, now)
}

func (i *Service) keep(ctx context.Context, due []quarantined, failed *tracker) {
	if len(due) == 0 {
		return
	}
	envelopes := make([]Envelope, len(due))
	for n, q := range due {
		envelopes[n] = q.Envelope
	}
	lost, err := i.Failures.Keep(ctx, envelopes)
	for _, n := range lost {
		failed.add(due[n].record, fmt.Errorf("keep record %s: %w", due[n].SequenceNumber, err))
	}
}

// tracker keeps the first record that failed.
type tracker struct {
	first int
	errs  []error
}

func newTracker() *tracker { return &tracker{first: -1} }

func (t *tracker) add(record int, err error) {
	if t.first < 0 || record < t.first {
		t.first = record
	}
	const enough = 10 // one cause often fails many records
	if len(t.errs) < enough {
		t.errs = append(t.errs, err)
	}
}

// before reports whether a record comes before the first failure.
func (t *tracker) before(record int) bool { return t.first < 0 || record < t.first }
