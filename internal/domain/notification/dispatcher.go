package notification

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/errs"
)

// Dispatcher sends the deliveries of the queue. All fields are required but Mailer: without one there is no e-mail.
type Dispatcher struct {
	Queue       Queue
	Failures    Failures
	Ledger      Ledger
	Notes       Notes
	Alerts      Alerts
	Vehicles    alert.Cars
	Persons     Persons
	Preferences Preferences
	Addresses   Addresses
	Topics      Topics
	Bus         EventBus
	Cars        Cars
	Mailer      Mailer
	Texter      Texter
	Now         func() time.Time
}

// Outcome is the result of a delivery.
type Outcome string

// The outcomes.
const (
	Sent      Outcome = "sent"
	Shared    Outcome = "shared"    // it was split into one delivery for each person and channel
	Held      Outcome = "held"      // quiet hours or a limit apply: it is sent later
	Retried   Outcome = "retried"   // it failed and will be retried
	Failed    Outcome = "failed"    // it failed for good: it is in Failures, with the reason
	Unwanted  Outcome = "unwanted"  // the person does not want it, or cannot be reached by this channel
	Duplicate Outcome = "duplicate" // it was sent before
	Expired   Outcome = "expired"   // it was delayed for so long that it is no longer useful
	Folded    Outcome = "folded"    // replaced by another message: for the same message of the car, or the digest beyond a limit
)

// Result is the outcome of a delivery, with the reason of Retried and Failed.
type Result struct {
	Channel Channel
	Outcome Outcome
	Reason  error
}

const (
	lease = time.Minute // longer than any call with its retries
	// maxTries is the number of attempts of a delivery, which with the waits in between take about half an hour.
	maxTries  = 8
	firstWait = 15 * time.Second
	// maxWait is the longest wait for quiet hours and limits. Quiet hours are shorter than a day.
	maxWait = 48 * time.Hour
)

// Deliver processes one message of the queue. An error means that the queue must deliver it again.
func (c *Dispatcher) Deliver(ctx context.Context, body []byte) (Result, error) {
	d, err := parse(body)
	if err != nil {
		return c.giveUp(ctx, d, body, err)
	}
	if d.Due.After(c.Now()) {
		return c.later(ctx, d, Held)
	}
	if d.Channel == People {
		return c.share(ctx, d, body)
	}
	send, next, err := c.prepare(ctx, d)
	switch {
	case err != nil:
		return c.failed(ctx, d, body, err)
	case send == nil:
		return Result{Channel: d.Channel, Outcome: next.outcome}, nil
	case next.due.After(c.Now()):
		d.Due, d.Held = next.due, true
		return c.later(ctx, d, Held)
	}
	return c.claimed(ctx, d, body, send)
}

// sender sends a delivery.
type sender func(ctx context.Context) error

// verdict is the time at which a delivery may be sent, or its outcome if it may not be sent.
type verdict struct {
	due     time.Time
	outcome Outcome
}

// prepare decides whether and how a delivery is sent. A nil sender means that there is nothing to send.
func (c *Dispatcher) prepare(ctx context.Context, d Delivery) (sender, verdict, error) {
	switch d.Channel {
	case Topic, Bus:
		return c.shared(ctx, d)
	case Car:
		body, err := carMessage(d)
		return func(ctx context.Context) error { return c.Cars.PublishAlert(ctx, d.Alert.VIN, body) }, verdict{}, err
	case Email, SMS:
		return c.personal(ctx, d)
	}
	return nil, verdict{}, errs.As(errs.Invalid, fmt.Errorf("channel is %.40q; allowed are topic, bus, car, people, email and sms", d.Channel))
}

// shared prepares a message to a topic or the bus, for the car's present audience: the alert in the queue has that of its announcement.
func (c *Dispatcher) shared(ctx context.Context, d Delivery) (sender, verdict, error) {
	var err error
	if d.Alert, err = alert.Today(ctx, c.Vehicles, d.Alert); err != nil {
		return nil, verdict{}, fmt.Errorf("look up who is told of alert %s: %w", d.Alert.ID, err)
	}
	if d.Channel == Topic && !slices.Contains(audiences(d.Alert), d.To) {
		return nil, verdict{outcome: Unwanted}, nil
	}
	body, err := notification(d)
	if d.Channel == Bus {
		return func(ctx context.Context) error { return c.Bus.Put(ctx, detailType(d.Event), body, d.At) }, verdict{}, err
	}
	return func(ctx context.Context) error { return c.Topics.Publish(ctx, d.To, body, attributes(d)) }, verdict{}, err
}

// claimed leases the delivery and sends it, unless it was sent before or another worker is sending it.
func (c *Dispatcher) claimed(ctx context.Context, d Delivery, body []byte, send sender) (Result, error) {
	state, err := c.Ledger.Lease(ctx, d.id(), c.Now(), lease)
	if err != nil {
		return c.failed(ctx, d, body, fmt.Errorf("claim the delivery: %w", err))
	}
	switch state {
	case Done:
		return Result{Channel: d.Channel, Outcome: Duplicate}, nil
	case Busy:
		d.Due = c.Now().Add(lease)
		return c.later(ctx, d, Retried)
	}
	outcome, err := c.limited(ctx, &d)
	if err == nil && outcome == Sent {
		err = send(ctx)
	}
	if err != nil || outcome == Held {
		return c.release(ctx, d, body, err)
	}
	return c.finish(ctx, d, outcome), nil
}

// release ends the lease: the delivery waits for its due time, or has failed.
func (c *Dispatcher) release(ctx context.Context, d Delivery, body []byte, reason error) (Result, error) {
	if err := c.Ledger.Release(ctx, d.id()); err != nil && reason == nil {
		return Result{}, fmt.Errorf("release delivery of alert %s: %w", d.Alert.ID, err)
	}
	if reason != nil {
		return c.failed(ctx, d, body, reason)
	}
	return c.later(ctx, d, Held)
}

// finish records that a leased delivery was sent or folded. If that fails it does not end the lease, as the delivery would be sent again:
// the open lease blocks that until it ends.
func (c *Dispatcher) finish(ctx context.Context, d Delivery, outcome Outcome) Result {
	result := Result{Channel: d.Channel, Outcome: outcome}
	if err := c.Ledger.Finish(ctx, d.id(), c.Now()); err != nil {
		result.Reason = fmt.Errorf("note that a delivery of alert %s is sent: %w", d.Alert.ID, err)
	}
	return result
}

// failed retries a delivery later, or gives up.
func (c *Dispatcher) failed(ctx context.Context, d Delivery, body []byte, reason error) (Result, error) {
	d.Tries++
	if !errs.Of(reason).Retry() || d.Tries >= maxTries {
		return c.giveUp(ctx, d, body, reason)
	}
	d.Due = c.Now().Add(min(firstWait<<(d.Tries-1), MaxDelay))
	result, err := c.later(ctx, d, Retried)
	result.Reason = reason
	return result, err
}

// giveUp stores a delivery with the reason, in a form that may be put into the queue again.
func (c *Dispatcher) giveUp(ctx context.Context, d Delivery, body []byte, reason error) (Result, error) {
	tries := max(1, d.Tries)
	if d.Alert.ID != "" {
		d.Tries, d.Due = 0, time.Time{}
		if fresh, err := json.Marshal(d); err == nil {
			body = fresh
		}
	}
	err := c.Failures.Keep(ctx, Envelope{
		Reason: errs.Of(reason).String(), Detail: reason.Error(), VIN: d.Alert.VIN, AlertID: d.Alert.ID, Channel: d.Channel,
		Event: d.Event, To: d.To, Tries: tries, GivenUpAt: c.Now().UTC(), Payload: body,
	})
	if err != nil {
		return Result{}, fmt.Errorf("keep a failed delivery of alert %s: %w", d.Alert.ID, err)
	}
	return Result{Channel: d.Channel, Outcome: Failed, Reason: reason}, nil
}

// later puts a delivery back into the queue until it is due. One that is due after more than MaxDelay is put back several times.
func (c *Dispatcher) later(ctx context.Context, d Delivery, outcome Outcome) (Result, error) {
	if d.Due.Sub(d.At) > maxWait {
		return Result{Channel: d.Channel, Outcome: Expired}, nil
	}
	if err := c.put(ctx, []Delivery{d}); err != nil {
		return Result{}, err
	}
	return Result{Channel: d.Channel, Outcome: outcome}, nil
}

// share splits a delivery into one for each person and channel.
func (c *Dispatcher) share(ctx context.Context, d Delivery, body []byte) (Result, error) {
	persons, err := c.Persons.Persons(ctx, d.Alert.VIN, d.Alert.FirstAt)
	if err != nil {
		return c.failed(ctx, d, body, fmt.Errorf("look up whose car it is: %w", err))
	}
	slices.Sort(persons)
	var all []Delivery
	for _, person := range slices.Compact(persons) {
		for _, channel := range []Channel{Email, SMS} {
			one := d
			one.Channel, one.To = channel, person
			all = append(all, one)
		}
	}
	return Result{Channel: People, Outcome: Shared}, c.put(ctx, all)
}

func (c *Dispatcher) put(ctx context.Context, deliveries []Delivery) error {
	if len(deliveries) == 0 {
		return nil
	}
	messages := make([]Queued, len(deliveries))
	for n, d := range deliveries {
		body, err := json.Marshal(d)
		if err != nil {
			return fmt.Errorf("write a delivery: %w", err)
		}
		messages[n] = Queued{Body: body, Delay: max(0, min(d.Due.Sub(c.Now()), MaxDelay))}
	}
	if _, err := c.Queue.Send(ctx, messages); err != nil {
		return fmt.Errorf("put deliveries of alert %s into the queue: %w", deliveries[0].Alert.ID, err)
	}
	return nil
}

// current returns the alert's present record, or the given one if the record is gone.
func (c *Dispatcher) current(ctx context.Context, a alert.Alert) (alert.Alert, error) {
	now, err := c.Alerts.Alert(ctx, a.VIN, a.ID)
	if errors.Is(err, alert.ErrNotFound) {
		return a, nil
	}
	return now, err
}
