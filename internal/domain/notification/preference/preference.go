// Package preference holds people's preferences for notifications: the channels, the lowest severity of each, quiet hours, and the most
// messages.
package preference

import (
	"context"
	"errors"
	"time"
	_ "time/tzdata" // the Lambda runtime has no time zone database

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/errs"
)

// Channel is a means of notifying a person.
type Channel string

// The channels.
const (
	Email Channel = "email"
	SMS   Channel = "sms"
)

// Preferences are the preferences of one person.
type Preferences struct {
	UserID  string `json:"-"` // Cognito sub
	Version int64  `json:"-"` // counts the writes; 0 for the defaults

	Email Rule `json:"email"`
	SMS   Rule `json:"sms"` // also needs a verified Phone
	// Kinds are the exceptions from Email and SMS for single kinds of alert.
	Kinds map[alert.Kind]Choice `json:"kinds"`
	// ResolvedToo requests notifications about the resolution of alerts too.
	ResolvedToo bool   `json:"resolvedToo"`
	Quiet       *Quiet `json:"quiet"` // nil: no quiet hours
	Limit       Limit  `json:"limit"`
}

// Rule selects the alerts of a channel.
type Rule struct {
	On      bool           `json:"on"`
	Minimum alert.Severity `json:"minimum"` // the lowest severity that is sent
}

// Choice overrides the rules for one kind of alert, whatever its severity.
type Choice struct {
	Email bool `json:"email"`
	SMS   bool `json:"sms"`
}

// Limit bounds a person's messages over all channels together. CRITICAL alerts, crashes and tows have limits of
// their own (notification.CriticalPerHour) and do not count.
type Limit struct {
	PerHour int `json:"perHour"` // per hour of the clock, in UTC
	PerDay  int `json:"perDay"`  // per calendar day, in UTC
}

// The greatest values of a Limit.
const (
	MostPerHour = 60
	MostPerDay  = 500
)

// Default returns the preferences of a person who has not set any: e-mail from HIGH on, and no SMS.
func Default(userID string) Preferences {
	return Preferences{
		UserID: userID, Email: Rule{On: true, Minimum: alert.High}, SMS: Rule{Minimum: alert.High}, Kinds: map[alert.Kind]Choice{},
		Limit: Limit{PerHour: 10, PerDay: 50},
	}
}

// Wants reports whether the person wants alerts of that kind and severity on that channel.
func (p Preferences) Wants(c Channel, kind alert.Kind, severity alert.Severity) bool {
	rule, choice := p.Email, p.Kinds[kind].Email
	if c == SMS {
		rule, choice = p.SMS, p.Kinds[kind].SMS
	}
	if _, chosen := p.Kinds[kind]; chosen {
		return rule.On && choice
	}
	return rule.On && severity.AtLeast(rule.Minimum)
}

// Due returns the earliest time at which a message of that severity may be sent to the person: now if it is CRITICAL or it is not a quiet
// hour, else the end of the quiet hours.
func (p Preferences) Due(severity alert.Severity, now time.Time) time.Time {
	if p.Quiet == nil || severity == alert.Critical {
		return now
	}
	return p.Quiet.Over(now)
}

// Errors of stores of preferences.
var (
	// ErrStale is returned when the preferences were changed since they were read.
	ErrStale = errs.As(errs.Conflict, errors.New("the preferences have changed since they were read"))
)

// Store keeps preferences and phones.
type Store interface {
	// Preferences returns the user's preferences; Default if there are none.
	Preferences(ctx context.Context, userID string) (Preferences, error)
	// PutPreferences writes preferences if the stored ones still have their Version, and returns them with the next Version; otherwise
	// it returns ErrStale.
	PutPreferences(ctx context.Context, p Preferences) (Preferences, error)
	// Phone returns the user's phone; the zero Phone if there is none.
	Phone(ctx context.Context, userID string) (Phone, error)
	// PutPhone overwrites a user's phone. The zero Phone removes it.
	PutPhone(ctx context.Context, userID string, p Phone) error
}
