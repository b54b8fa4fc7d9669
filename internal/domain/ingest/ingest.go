// Package ingest takes batches of telemetry from the stream into the tables: the newest values of each car, and every sample as
// a row of its hot history. It looks at what they say and tells what is wrong. Messages that cannot be taken are quarantined with the reason, whole.
//
// Taking a record twice, or records in another order, changes nothing; so a batch may be tried again from any record on.
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
	Data           []byte // a telemetry.Received in JSON, if all is well
	PartitionKey   string
	SequenceNumber string
	ArrivedAt      time.Time // in the stream
}

// ErrStale says that a state was changed by somebody else since it was read.
var ErrStale = errors.New("the state has changed since it was read")

// States keeps the newest state of every car.
type States interface {
	// States are the states of those cars, a new one for a car that has none yet.
	States(ctx context.Context, cars []vin.VIN) (map[vin.VIN]*vehicle.State, error)
	// PutState writes a state if the stored one still has its Version; otherwise ErrStale.
	PutState(ctx context.Context, s *vehicle.State) error
}

// Unstored is a row that was not written. Its error's category is errs.Invalid if the row will never be taken.
type Unstored struct {
	Row int // its index
	Err error
}

// History keeps rows.
type History interface {
	// PutRows writes rows with distinct keys. It returns those that are not written, by index, and the first one's error.
	PutRows(ctx context.Context, rows []telemetry.Row) ([]Unstored, error)
}

// Failures keeps messages that were quarantined.
type Failures interface {
	// Keep returns the indexes of those that are not kept, and why.
	Keep(ctx context.Context, envelopes []Envelope) ([]int, error)
}

// InvalidAlert is the reason of an envelope that holds an alert in place of a message: the detector raised it and the book of alerts
// refused it for good, which is a fault of the platform.
const InvalidAlert message.Reason = "invalid_alert"

// Envelope is a rejected message, with what a person needs to judge and repair it. It is stored as JSON.
type Envelope struct {
	Reason         message.Reason `json:"reason"`
	Detail         string         `json:"detail"`
	VIN            string         `json:"vin"`     // as stamped; empty if the record does not say
	Payload        []byte         `json:"payload"` // the record's data, base64 in JSON
	PartitionKey   string         `json:"partitionKey"`
	SequenceNumber string         `json:"sequenceNumber"`
	ReceivedAt     time.Time      `json:"receivedAt"` // arrival in the stream

	// Alert is the rejected one, with InvalidAlert; else nil.
	Alert *alert.Notice `json:"alert,omitempty"`
}

// Service takes batches. All fields are required but Priors.
type Service struct {
	States   States
	History  History
	Failures Failures
	Alerts   Alerts
	Cars     Cars
	Detector *anomaly.Detector
	// Priors are of the fleet; without them a new car is judged by its own baselines alone, when it has them.
	Priors anomaly.Priors
}

// Result is the result of a batch.
type Result struct {
	// FirstFailed is the index of the first record that must be tried again, with all after it; -1 if there is none.
	FirstFailed int
	Errors      []error // why; each is worth a line in the log
	Counts      Counts
	Quarantined []Envelope // rejected messages and alerts
	Forgotten   []error    // for each car whose stored memory was unreadable: the detector starts anew
}

// Counts are a batch's numbers. Those of records cover the ones before FirstFailed only.
type Counts struct {
	Accepted    int
	Late        int // accepted with a clock off by more than telemetry.MaxSkew
	Implausible int // values that no working sensor says, taken as Null
	Unknown     int // values of signals outside the catalogue
	Rows        int
	Lag         time.Duration // the newest message's reception to its arrival here; 0 if nothing was accepted
}

// Handle takes a batch. Records must be in the stream's order. now is the time for measuring lag and the age of
// samples: old ones raise no alert.
func (i *Service) Handle(ctx context.Context, records []Record, now time.Time) Result {
	b := sort(records)
	failed := newTracker()
	b.storeRows(ctx, i.History, failed)
	i.storeStates(ctx, b, now, failed)
	// What comes after the first failure is tried again, so it would be quarantined twice.
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

// tracker remembers the first record that failed.
type tracker struct {
	first int
	errs  []error
}

func newTracker() *tracker { return &tracker{first: -1} }

func (t *tracker) add(record int, err error) {
	if t.first < 0 || record < t.first {
		t.first = record
	}
	const enough = 10 // one cause fails many records
	if len(t.errs) < enough {
		t.errs = append(t.errs, err)
	}
}

// before reports whether a record comes before the first failure.
func (t *tracker) before(record int) bool { return t.first < 0 || record < t.first }
