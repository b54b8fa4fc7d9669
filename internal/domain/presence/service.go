package presence

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/optimistic"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

// ErrStale is returned when a car's presence was changed by another writer since it was read.
var ErrStale = errs.As(errs.Conflict, errors.New("the presence has changed since it was read"))

// Store keeps the presence of cars.
type Store interface {
	// Presence returns a car's state; one with only its VIN if the car never connected.
	Presence(ctx context.Context, v vin.VIN) (State, error)
	// PutPresence writes a state if the stored one still has its Revision, and increments the revision; otherwise it returns ErrStale.
	PutPresence(ctx context.Context, s State) error
}

// Cars looks up this environment's cars.
type Cars interface {
	// Vehicle returns the car with that VIN; vehicle.ErrNotFound if there is none.
	Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error)
}

// Signals reads the newest signals of cars.
type Signals interface {
	States(ctx context.Context, cars []vin.VIN) (map[vin.VIN]*vehicle.State, error)
}

// Alerts raises and resolves connectivity_lost. Repeated calls, in any order, change nothing.
type Alerts interface {
	Raise(ctx context.Context, n alert.Notice) (alert.Alert, bool, error)
	Resolve(ctx context.Context, vin, dedupKey string, at time.Time) (alert.Alert, bool, error)
}

// Later sends messages with a delay.
type Later interface {
	// CheckIn sends a check to the queue of presence; the delay is at most MaxDelay.
	CheckIn(ctx context.Context, c Check, delay time.Duration) error
	// TripEndedIn reports to the queue of trips that a car has probably ended one; the delay is at most MaxDelay.
	TripEndedIn(ctx context.Context, e trip.Ended, delay time.Duration) error
}

// MaxDelay is the longest delay of a message in Amazon SQS (DelaySeconds, 900). A longer delay takes several messages in a row.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html
const MaxDelay = 15 * time.Minute

// Service keeps the presence of cars and raises alerts for lost connections. All fields are required.
type Service struct {
	Store   Store
	Cars    Cars
	Signals Signals
	Alerts  Alerts
	Later   Later
	// Grace is the longest disconnection during a trip that raises no alert.
	Grace time.Duration
	Now   func() time.Time
}

// Outcome is the result of an event or a check.
type Outcome string

// The outcomes.
const (
	Applied  Outcome = "applied"
	NoNews   Outcome = "no_news"      // the event is older than the known state, or a repeat
	Unknown  Outcome = "unknown_kind" // an event of a car that is neither a connect nor a disconnect
	Foreign  Outcome = "not_a_car"    // a client that is none of this environment's cars
	Raised   Outcome = "lost"         // an alert was raised
	Returned Outcome = "not_lost"     // the car is connected again, or was not on a trip
	Waiting  Outcome = "checks_later"
)

// tripSettles is the wait from a disconnect until the trip is derived, if the car sends no summary: by then its samples are stored.
const tripSettles = 12 * time.Minute

// Handle processes an event. Events may come twice and in any order.
func (t *Service) Handle(ctx context.Context, e Event) (Outcome, error) {
	_, err := t.Cars.Vehicle(ctx, e.VIN)
	if errors.Is(err, vehicle.ErrNotFound) {
		return Foreign, nil
	}
	if err != nil {
		return "", fmt.Errorf("look up the car: %w", err)
	}
	changed := false
	s, err := t.change(ctx, e.VIN, func(s *State) bool {
		changed = s.Apply(e)
		return changed
	})
	if err != nil {
		return "", err
	}
	if err := t.follow(ctx, s, e); err != nil {
		return "", err
	}
	if !changed {
		return NoNews, nil
	}
	return Applied, nil
}

// follow takes the actions that follow from a state after an event. It repeats them for a repeated event, as the first attempt may have
// failed.
func (t *Service) follow(ctx context.Context, s State, e Event) error {
	if s.Connected && !s.LostAt.IsZero() {
		return t.back(ctx, s)
	}
	if s.Connected || e.Kind != Disconnected || !s.Since.Equal(e.At) {
		return nil
	}
	ended := trip.Ended{Schema: trip.EndedSchema, VIN: e.VIN, At: e.At.Add(tripSettles)}
	if err := t.Later.TripEndedIn(ctx, ended, min(tripSettles, MaxDelay)); err != nil {
		return fmt.Errorf("announce the end of a trip: %w", err)
	}
	if e.ByClient {
		return nil
	}
	return t.wait(ctx, Check{Schema: CheckSchema, VIN: e.VIN, At: e.At, Due: e.At.Add(t.Grace)})
}

// wait schedules a check for its due time, or for the longest delay of the queue.
func (t *Service) wait(ctx context.Context, c Check) error {
	delay := max(0, min(c.Due.Sub(t.Now()), MaxDelay))
	if err := t.Later.CheckIn(ctx, c, delay); err != nil {
		return fmt.Errorf("look again later: %w", err)
	}
	return nil
}

// back resolves the alert of a car that is connected again.
func (t *Service) back(ctx context.Context, s State) error {
	if _, _, err := t.Alerts.Resolve(ctx, string(s.VIN), string(alert.ConnectivityLost), s.Since); err != nil {
		return fmt.Errorf("resolve the alert: %w", err)
	}
	lost := s.LostAt
	_, err := t.change(ctx, s.VIN, func(now *State) bool {
		if !now.Connected || !now.LostAt.Equal(lost) {
			return false
		}
		now.LostAt = time.Time{}
		return true
	})
	return err
}

// Check checks whether a car is still disconnected since a check's disconnect, and raises an alert if it was on a trip then.
func (t *Service) Check(ctx context.Context, c Check) (Outcome, error) {
	if t.Now().Before(c.Due) {
		return Waiting, t.wait(ctx, c)
	}
	s, err := t.Store.Presence(ctx, c.VIN)
	if err != nil {
		return "", fmt.Errorf("read the presence: %w", err)
	}
	if s.Connected || !s.Since.Equal(c.At) {
		return Returned, nil
	}
	driving, tripID, err := t.driving(ctx, c)
	if err != nil || !driving {
		return Returned, err
	}
	return t.lost(ctx, c, tripID)
}

// lost stores that there is an alert before raising it, so that the alert is resolved in any case when the car connects again.
func (t *Service) lost(ctx context.Context, c Check, tripID string) (Outcome, error) {
	still := false
	_, err := t.change(ctx, c.VIN, func(s *State) bool {
		still = !s.Connected && s.Since.Equal(c.At)
		if !still || s.LostAt.Equal(c.At) {
			return false
		}
		s.LostAt = c.At
		return true
	})
	if err != nil || !still {
		return Returned, err
	}
	_, _, err = t.Alerts.Raise(ctx, alert.Notice{
		VIN: string(c.VIN), Kind: alert.ConnectivityLost, At: c.At, TripID: tripID,
		Detail: fmt.Sprintf("The car went silent in the middle of a trip and has been away for %s.", t.Grace),
	})
	if err != nil {
		return "", fmt.Errorf("raise the alert: %w", err)
	}
	return Raised, nil
}

// fresh is the greatest age of a car's last message at its disconnect with which the car counts as on a trip.
const fresh = 15 * time.Minute

// driving reports whether a car was on a trip when it disconnected: switched on, or else with a trip's id in its last message.
func (t *Service) driving(ctx context.Context, c Check) (bool, string, error) {
	states, err := t.Signals.States(ctx, []vin.VIN{c.VIN})
	if err != nil {
		return false, "", fmt.Errorf("read the state: %w", err)
	}
	s := states[c.VIN]
	if s == nil || time.UnixMilli(s.Newest.At).Before(c.At.Add(-fresh)) {
		return false, "", nil
	}
	if state, ok := s.Signals[telemetry.LowVoltageSystemState].Value.Text(); ok {
		return state == "ON" || state == "START", s.Newest.TripID, nil
	}
	return s.Newest.TripID != "", s.Newest.TripID, nil
}

// change reads a state, lets do change it, and writes it if do reports a change. It returns the new state.
func (t *Service) change(ctx context.Context, v vin.VIN, do func(*State) bool) (State, error) {
	var s State
	err := optimistic.Retry(ctx, ErrStale, func() error {
		var err error
		if s, err = t.Store.Presence(ctx, v); err != nil {
			return fmt.Errorf("read the presence: %w", err)
		}
		if !do(&s) {
			return nil
		}
		if err := t.Store.PutPresence(ctx, s); err != nil {
			return fmt.Errorf("write the presence: %w", err)
		}
		s.Revision++
		return nil
	})
	return s, err
}
