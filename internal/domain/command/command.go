// Package command handles users' commands to cars: the sender, the time, the deadline and the result.
package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Kind is the kind of a command.
type Kind string

// The kinds.
const (
	Lock         Kind = "lock"
	Unlock       Kind = "unlock"
	Climate      Kind = "climate"      // heat or cool before the drive; parameter targetTemperatureC
	Honk         Kind = "honk"         // horn and lights, to find the car
	Diagnose     Kind = "diagnose"     // send a snapshot of the trouble codes
	HealthReport Kind = "healthreport" // send a health report; parameter reportId
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{Lock, Unlock, Climate, Honk, Diagnose, HealthReport} }

// Status is the state of a command.
type Status string

// The statuses; the last four are final.
const (
	Pending   Status = "PENDING" // about to be sent
	Sent      Status = "SENT"
	Succeeded Status = "SUCCEEDED"
	Failed    Status = "FAILED"   // the car could not do it, or the command could not be sent
	Rejected  Status = "REJECTED" // the car declined
	TimedOut  Status = "TIMED_OUT"
)

// Final reports whether the status can no longer change.
func (s Status) Final() bool { return s != Pending && s != Sent }

// Retention is the time that a command is kept.
const Retention = 90 * 24 * time.Hour

// Errors.
var (
	ErrNotFound = errs.As(errs.NotFound, errors.New("no such command"))
	// ErrFinal is returned for a command whose status is final.
	ErrFinal = errs.As(errs.Conflict, errors.New("the command has come to its end"))
)

// Command is one command to one car.
type Command struct {
	VIN        vin.VIN
	ID         string // ULID
	Kind       Kind
	Parameters map[string]any
	Status     Status
	IssuedAt   time.Time
	ExpiresAt  time.Time // the car must not begin the command after this time
	IssuedBy   string    // user id (sub)
	IssuedAs   string    // role of IssuedBy
	AnsweredAt time.Time // time of the answer; zero if there is none
	Reason     string    // why it failed or was rejected, or that the answer came late
	Result     map[string]any
}

// At returns the command with its status at a time: a command without an answer by ExpiresAt has timed out.
func (c Command) At(now time.Time) Command {
	if !c.Status.Final() && !now.Before(c.ExpiresAt) {
		c.Status = TimedOut
	}
	return c
}

// Store keeps commands.
type Store interface {
	PutCommand(ctx context.Context, c Command) error
	// Command returns the car's command with that id; ErrNotFound if there is none.
	Command(ctx context.Context, v vin.VIN, id string) (Command, error)
	// Commands lists the car's commands that were issued at since or later, the newest first.
	Commands(ctx context.Context, v vin.VIN, since time.Time, p paging.Request) (paging.Page[Command], error)
	// Advance writes status, reason, answer and result of c if the stored command's status is not final; ErrFinal otherwise,
	// ErrNotFound if there is none.
	Advance(ctx context.Context, c Command) error
}

// Publisher publishes to cars.
type Publisher interface {
	// SendCommand publishes the message on the car's topic for that command, at least once.
	SendCommand(ctx context.Context, v vin.VIN, commandID string, message []byte) error
}

// Service sends commands. It does not authorise: the caller must have done so. All fields are required.
type Service struct {
	Store     Store
	Publisher Publisher
	NewID     func(at time.Time, random io.Reader) (string, error) // returns a ULID
	Random    io.Reader
	Now       func() time.Time
}

// Send sends a command to a car. A command that cannot be sent is stored as Failed, and returned with the error.
func (s *Service) Send(ctx context.Context, v vin.VIN, kind Kind, parameters map[string]any, by, as string) (Command, error) {
	clean, err := Check(kind, parameters)
	if err != nil {
		return Command{}, err
	}
	now := s.now()
	id, err := s.NewID(now, s.Random)
	if err != nil {
		return Command{}, fmt.Errorf("make a command's id: %w", err)
	}
	c := Command{
		VIN: v, ID: id, Kind: kind, Parameters: clean, Status: Pending, IssuedAt: now, ExpiresAt: now.Add(kind.timeout()),
		IssuedBy: by, IssuedAs: as,
	}
	message, err := json.Marshal(c.message())
	if err != nil {
		return Command{}, fmt.Errorf("encode command %s: %w", id, err)
	}
	// Store it before sending: the car's answer may arrive before the broker acknowledges the publish.
	if err := s.Store.PutCommand(ctx, c); err != nil {
		return Command{}, fmt.Errorf("keep command %s: %w", id, err)
	}
	if err := s.Publisher.SendCommand(ctx, v, id, message); err != nil {
		c.Status, c.Reason = Failed, "it could not be sent"
		return c, errors.Join(fmt.Errorf("send command %s: %w", id, err), s.advance(ctx, c))
	}
	c.Status = Sent
	return c, s.advance(ctx, c)
}

// advance calls Store.Advance and ignores ErrFinal: the car may have answered already.
func (s *Service) advance(ctx context.Context, c Command) error {
	if err := s.Store.Advance(ctx, c); err != nil && !errors.Is(err, ErrFinal) {
		return fmt.Errorf("note that command %s is %s: %w", c.ID, c.Status, err)
	}
	return nil
}

// Outcome is the result of processing an answer.
type Outcome string

// The outcomes.
const (
	Taken Outcome = "taken"
	Late  Outcome = "late"  // the command had timed out: the answer is stored with the status TimedOut
	Again Outcome = "again" // the command had an answer already
)

// Answers processes the cars' answers to commands. All fields are required.
type Answers struct{ Store Store }

// Answer stores a car's answer. Storing it twice changes nothing; ErrNotFound if there is no such command.
func (s Answers) Answer(ctx context.Context, r Result) (Outcome, error) {
	c, err := s.Store.Command(ctx, r.VIN, r.CommandID)
	if err != nil {
		return "", fmt.Errorf("read command %s: %w", r.CommandID, err)
	}
	outcome := Taken
	c.AnsweredAt, c.Result, c.Reason, c.Status = r.ReceivedAt, r.Result, r.Reason, r.status()
	if r.ReceivedAt.After(c.ExpiresAt) {
		outcome, c.Status, c.Reason = Late, TimedOut, "the car answered too late: "+string(r.Status)
	}
	err = s.Store.Advance(ctx, c)
	if errors.Is(err, ErrFinal) {
		return Again, nil
	}
	if err != nil {
		return "", fmt.Errorf("keep the answer to command %s: %w", r.CommandID, err)
	}
	return outcome, nil
}

// AskReport sends the car the command to publish a health report under that id, and returns the command's id.
func (s *Service) AskReport(ctx context.Context, v vin.VIN, reportID, by string) (string, error) {
	c, err := s.Send(ctx, v, HealthReport, map[string]any{"reportId": reportID}, by, "")
	return c.ID, err
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }
