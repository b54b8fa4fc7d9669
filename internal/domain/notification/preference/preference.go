// Package preference has people's preferences for notifications: the channels, the lowest severity of each, quiet hours, and how
// often at most.
package preference

import (
	"context"
	"errors"
	"time"
	_ "time/tzdata" // the function's system has no time zones

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/errs"
)

// Channel is a means of telling a person.
type Channel string

// The channels.
const (
	Email Channel = "email"
	SMS   Channel = "sms"
)

// Preferences are those of one person.
type Preferences struct {
	UserID  string `json:"-"` // Cognito sub
	Version int64  `json:"-"` // counts the writes; 0 where nobody has said anything yet

	Email Rule `json:"email"`
	SMS   Rule `json:"sms"` // needs a verified Phone besides
	// Kinds are the kinds of alert that are told otherwise than Email and SMS say.
	Kinds map[alert.Kind]Choice `json:"kinds"`
	// ResolvedToo tells also of the end of what was told.
	ResolvedToo bool   `json:"resolvedToo"`
	Quiet       *Quiet `json:"quiet"` // nil: none
	Limit       Limit  `json:"limit"`
}

// Rule selects the alerts of a channel.
type Rule struct {
	On      bool           `json:"on"`
	Minimum alert.Severity `json:"minimum"` // and graver
}

// Choice overrides the rules for one kind of alert, whatever its severity.
type Choice struct {
	Email bool `json:"email"`
	SMS   bool `json:"sms"`
}

// Limit bounds a person's messages over all channels together. CRITICAL ones, crashes and tows have limits of
// their own (notification.CriticalPerHour) and do not count.
type Limit struct {
	PerHour int `json:"perHour"` // of the clock, in UTC
	PerDay  int `json:"perDay"`  // of the calendar, in UTC
}

// Most that a Limit may be.
const (
	MostPerHour = 60
	MostPerDay  = 500
)

// Default are the preferences of a person who has not said any: e-mail from HIGH on, and no messages to a phone.
func Default(userID string) Preferences {
	return Preferences{
		UserID: userID, Email: Rule{On: true, Minimum: alert.High}, SMS: Rule{Minimum: alert.High}, Kinds: map[alert.Kind]Choice{},
		Limit: Limit{PerHour: 10, PerDay: 50},
	}
}

// Wants reports whether an alert of that kind and severity is to be told by that channel.
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

// Due returns the earliest time at which a message of that severity may reach the person, not before now: at once if it is CRITICAL, else when the quiet hours
// end.
func (p Preferences) Due(severity alert.Severity, now time.Time) time.Time {
	if p.Quiet == nil || severity == alert.Critical {
		return now
	}
	return p.Quiet.Over(now)
}

// Errors of stores of preferences.
var (
	// ErrStale says that the preferences were changed since they were read.
	ErrStale = errs.As(errs.Conflict, errors.New("the preferences have changed since they were read"))
)

// Store keeps preferences and phones.
type Store interface {
	// Preferences are that user's; Default if there are none.
	Preferences(ctx context.Context, userID string) (Preferences, error)
	// PutPreferences writes preferences if the stored ones still have their Version, and returns them as they are now, with the
	// next Version; otherwise ErrStale.
	PutPreferences(ctx context.Context, p Preferences) (Preferences, error)
	// Phone is that user's; the zero Phone if there is none.
	Phone(ctx context.Context, userID string) (Phone, error)
	// PutPhone writes a user's phone, whatever there was. The zero Phone removes it.
	PutPhone(ctx context.Context, userID string, p Phone) error
}
