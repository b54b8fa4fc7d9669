package notification

import (
	"context"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/notification/preference"
)

// Queue keeps deliveries until they are due.
type Queue interface {
	// Send puts deliveries into the queue, each after its delay of at most MaxDelay. It returns the indexes of those that the queue
	// did not accept, and the reason.
	Send(ctx context.Context, messages []Queued) ([]int, error)
}

// Queued is a message for the queue.
type Queued struct {
	Body  []byte
	Delay time.Duration
}

// MaxDelay is the longest delay of a message in the queue (Amazon SQS, SendMessage: DelaySeconds).
const MaxDelay = 15 * time.Minute

// Failures stores deliveries that failed for good.
type Failures interface {
	Keep(ctx context.Context, e Envelope) error
}

// Envelope is a failed delivery, with the data that an operator needs to judge it. It is stored as JSON.
type Envelope struct {
	Reason    string    `json:"reason"` // name of a category of errs
	Detail    string    `json:"detail"`
	VIN       string    `json:"vin"`
	AlertID   string    `json:"alertId"`
	Channel   Channel   `json:"channel"`
	Event     EventType `json:"event"`
	To        string    `json:"to,omitempty"` // an audience or a user id
	Tries     int       `json:"tries"`
	GivenUpAt time.Time `json:"givenUpAt"`
	Payload   []byte    `json:"payload"` // the delivery in a form that may be put into the queue again, base64 in JSON
}

// LeaseState is the result of Ledger.Lease.
type LeaseState uint8

// The states.
const (
	Leased LeaseState = iota // the caller may send the delivery
	Done                     // it was sent before
	Busy                     // another caller is sending it
)

// Ledger records deliveries, so that none is sent twice.
type Ledger interface {
	// Lease reserves a delivery for the caller until now plus lease; after that another caller may lease it.
	Lease(ctx context.Context, id string, now time.Time, lease time.Duration) (LeaseState, error)
	// Finish records that a leased delivery is done.
	Finish(ctx context.Context, id string, now time.Time) error
	// Release ends a lease.
	Release(ctx context.Context, id string) error
}

// Notes stores the state that spans several deliveries.
type Notes interface {
	// LastNotified returns the beginning of the newest alert of that thread that was notified; zero if there is none.
	LastNotified(ctx context.Context, thread string) (time.Time, error)
	// SetNotified records that the thread's alert that began at firstAt was notified.
	SetNotified(ctx context.Context, thread string, firstAt, now time.Time) error
	// Count adds one to the counter of that name, which is kept until a time, and reports true; false if the counter has reached most.
	Count(ctx context.Context, name string, most int, until time.Time) (bool, error)
}

// Alerts reads the records of alerts.
type Alerts interface {
	// Alert returns the alert's present record; alert.ErrNotFound if there is none.
	Alert(ctx context.Context, vin, id string) (alert.Alert, error)
}

// Persons finds the owner and the borrowers of a car.
type Persons interface {
	// Persons returns the user ids of the car's owner and borrowers, if their right already existed at that time.
	Persons(ctx context.Context, vin string, at time.Time) ([]string, error)
}

// Preferences reads users' preferences and phones.
type Preferences interface {
	Preferences(ctx context.Context, userID string) (preference.Preferences, error)
	Phone(ctx context.Context, userID string) (preference.Phone, error)
}

// Addresses looks up e-mail addresses.
type Addresses interface {
	// Email returns the user's verified address; empty if there is none.
	Email(ctx context.Context, userID string) (string, error)
}

// Topics publishes to the audiences' topics.
type Topics interface {
	// Publish sends a message with attributes, by which subscribers filter.
	Publish(ctx context.Context, audience string, message []byte, attributes map[string]string) error
}

// EventBus is the event bus for integrations.
type EventBus interface {
	// Put sends an event with that detail type.
	Put(ctx context.Context, detailType string, detail []byte, at time.Time) error
}

// Cars publishes messages to cars.
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
