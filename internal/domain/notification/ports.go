package notification

import (
	"context"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/notification/preference"
)

// Queue keeps deliveries until they are due.
type Queue interface {
	// Send puts deliveries into the queue, each after its delay, of MaxDelay at most. It returns the indexes of those that the queue
	// did not take, and why.
	Send(ctx context.Context, messages []Queued) ([]int, error)
}

// Queued is a message for the queue.
type Queued struct {
	Body  []byte
	Delay time.Duration
}

// MaxDelay is the longest that a queue holds a message back (Amazon SQS, SendMessage: DelaySeconds).
const MaxDelay = 15 * time.Minute

// Failures keeps what could not be delivered.
type Failures interface {
	Keep(ctx context.Context, e Envelope) error
}

// Envelope is a rejected delivery, with what a person needs to judge it. It is stored as JSON.
type Envelope struct {
	Reason    string    `json:"reason"` // a category of errs
	Detail    string    `json:"detail"`
	VIN       string    `json:"vin"`
	AlertID   string    `json:"alertId"`
	Channel   Channel   `json:"channel"`
	Event     EventType `json:"event"`
	To        string    `json:"to,omitempty"` // an audience or a user id
	Tries     int       `json:"tries"`
	GivenUpAt time.Time `json:"givenUpAt"`
	Payload   []byte    `json:"payload"` // the delivery as it may go into the queue again, base64 in JSON
}

// LeaseState is the result of a claim.
type LeaseState uint8

// The states.
const (
	Leased LeaseState = iota // this caller may send
	Done                     // it was sent before
	Busy                     // another caller is sending it just now
)

// Ledger records deliveries, so that nothing is sent twice.
type Ledger interface {
	// Lease takes a delivery for `lease`; another may take it after that.
	Lease(ctx context.Context, id string, now time.Time, lease time.Duration) (LeaseState, error)
	// Finish notes that a claimed delivery is done.
	Finish(ctx context.Context, id string, now time.Time) error
	// Release gives a claimed delivery back.
	Release(ctx context.Context, id string) error
}

// Notes keeps state between deliveries.
type Notes interface {
	// LastNotified returns the beginning of the newest alert of that thread that was notified; zero if there is none.
	LastNotified(ctx context.Context, thread string) (time.Time, error)
	// SetNotified notes it.
	SetNotified(ctx context.Context, thread string, firstAt, now time.Time) error
	// Count adds one to a counter that begins anew with every new name, unless it is at its most; false if it is.
	Count(ctx context.Context, name string, most int, until time.Time) (bool, error)
}

// Alerts is the record.
type Alerts interface {
	// Alert is the alert as it is now; alert.ErrNotFound if there is none any more.
	Alert(ctx context.Context, vin, id string) (alert.Alert, error)
}

// Persons finds the owner and the borrowers of a car.
type Persons interface {
	// Persons are the user ids of the car's owner and of those who may use it, as far as they had to do with it at that time.
	Persons(ctx context.Context, vin string, at time.Time) ([]string, error)
}

// Preferences knows what people want.
type Preferences interface {
	Preferences(ctx context.Context, userID string) (preference.Preferences, error)
	Phone(ctx context.Context, userID string) (preference.Phone, error)
}

// Addresses knows where people get e-mail.
type Addresses interface {
	// Email is the user's verified address; "" if there is none.
	Email(ctx context.Context, userID string) (string, error)
}

// Topics are the topics by audience.
type Topics interface {
	// Publish sends a message with attributes that subscribers filter by.
	Publish(ctx context.Context, audience string, message []byte, attributes map[string]string) error
}

// EventBus is the event bus of integrations.
type EventBus interface {
	// Put sends an event of that detail type.
	Put(ctx context.Context, detailType string, detail []byte, at time.Time) error
}

// Cars talks to cars.
type Cars interface {
	// PublishAlert publishes a message on the car's alert topic.
	PublishAlert(ctx context.Context, vin string, message []byte) error
}

// Texter sends text messages.
type Texter interface {
	Text(ctx context.Context, number, message string) error
}

// Mailer sends e-mail.
type Mailer interface {
	Mail(ctx context.Context, to, subject, text string) error
}
