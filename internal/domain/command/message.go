package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"connectedcar/internal/domain/message"
	"connectedcar/internal/vin"
)

// Schemas of the messages. The schema directory has them as JSON Schema.
const (
	RequestSchema = "command/1"
	ResultSchema  = "commandresult/1"
)

// Message is the command's message to the car.
type Message struct {
	Schema     string         `json:"schema"` // always RequestSchema
	ID         string         `json:"id"`     // id of the command
	Kind       Kind           `json:"kind"`
	Parameters map[string]any `json:"parameters,omitempty"`
	IssuedAt   time.Time      `json:"issuedAt"`
	ExpiresAt  time.Time      `json:"expiresAt"` // the car must not begin the command after this time
}

func (c Command) message() Message {
	return Message{Schema: RequestSchema, ID: c.ID, Kind: c.Kind, Parameters: c.Parameters, IssuedAt: c.IssuedAt, ExpiresAt: c.ExpiresAt}
}

// ResultStatus is the car's answer to a command.
type ResultStatus string

// The statuses that a car may report.
const (
	ResultSucceeded ResultStatus = "succeeded"
	ResultFailed    ResultStatus = "failed"
	ResultRejected  ResultStatus = "rejected"
)

// Result is a car's answer, with the rules engine's stamps.
type Result struct {
	ID         string // ULID of the message
	CommandID  string // from the topic
	VIN        vin.VIN
	TS         time.Time // by the car's clock
	Status     ResultStatus
	Reason     string
	Result     map[string]any
	ReceivedAt time.Time
}

func (r Result) status() Status {
	return map[ResultStatus]Status{ResultSucceeded: Succeeded, ResultFailed: Failed, ResultRejected: Rejected}[r.Status]
}

// Limits of an answer.
const (
	maxReason = 500      // characters of a reason
	maxResult = 16 << 10 // bytes of a result
)

var ulidPattern = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)

// wire is an answer as the car sent it.
type wire struct {
	Schema string          `json:"schema"`
	ID     string          `json:"id"`
	TS     time.Time       `json:"ts"`
	Status ResultStatus    `json:"status"`
	Reason string          `json:"reason"`
	Result json.RawMessage `json:"result"`
}

// DecodeResult reads an answer from the queue. Every error is a *message.Rejection.
func DecodeResult(b []byte) (Result, error) {
	stamped, err := message.Open(b)
	if err != nil {
		return Result{}, err
	}
	car, err := stamped.Car()
	if err != nil {
		return Result{}, message.Reject(message.IdentityMismatch, stamped.VIN(), err)
	}
	var w wire
	if err := stamped.DecodeKnown(&w); err != nil { // the car repeats commandId, which the stamp has too
		return Result{}, message.Reject(message.SchemaInvalid, stamped.VIN(), err)
	}
	r := Result{
		ID: w.ID, CommandID: stamped.CommandID(), VIN: car, TS: w.TS.UTC(), Status: w.Status, Reason: w.Reason, ReceivedAt: stamped.ReceivedAt(),
	}
	if err := w.check(&r); err != nil {
		return Result{}, message.Reject(message.SchemaInvalid, stamped.VIN(), err)
	}
	return r, nil
}

func (w wire) check(r *Result) error {
	switch {
	case w.Schema != ResultSchema:
		return fmt.Errorf("schema %.40q: allowed is %s", w.Schema, ResultSchema)
	case !ulidPattern.MatchString(w.ID) || !ulidPattern.MatchString(r.CommandID):
		return fmt.Errorf("id %.40q, commandId %.40q: allowed are ULIDs", w.ID, r.CommandID)
	case w.TS.IsZero():
		return errors.New("ts is missing: allowed is a time in RFC 3339")
	case r.status() == "":
		return fmt.Errorf("status %.40q: allowed are %s, %s and %s", w.Status, ResultSucceeded, ResultFailed, ResultRejected)
	case len(w.Reason) > maxReason || len(w.Result) > maxResult:
		return fmt.Errorf("reason has %d characters and result %d bytes: allowed are %d and %d", len(w.Reason), len(w.Result), maxReason, maxResult)
	}
	if len(w.Result) == 0 || bytes.Equal(w.Result, []byte("null")) {
		return nil
	}
	if err := json.Unmarshal(w.Result, &r.Result); err != nil {
		return errors.New("result: allowed is an object")
	}
	return nil
}
