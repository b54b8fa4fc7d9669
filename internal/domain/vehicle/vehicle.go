// Package vehicle has the platform's data of a car: its manufacturer, its registration and owner, and its last reported signals.
package vehicle

import (
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

// Status is the state of a car's registration.
type Status string

// The statuses. A car is on the allow-list in the first two.
const (
	Allowed    Status = "ALLOWED"    // announced by its manufacturer, never connected
	Registered Status = "REGISTERED" // a certificate of the car has been activated
	Revoked    Status = "REVOKED"    // the car is no longer allowed to connect
)

// Errors of stores of vehicles.
var (
	ErrNotFound = errors.New("no such vehicle")
	// ErrNotAllowed is returned for a car that is not, or is no longer, on the allow-list of that manufacturer.
	ErrNotAllowed = errors.New("not on the manufacturer's allow-list")
)

// Vehicle is one row of the allow-list.
type Vehicle struct {
	VIN          vin.VIN
	Manufacturer string // manufacturerId
	Make         string
	Model        string
	ModelYear    int
	Powertrain   string // COMBUSTION, HYBRID or ELECTRIC
	Status       Status
	CreatedAt    time.Time
	RegisteredAt time.Time // zero until Registered
	ThingName    string    // empty until Registered
	DealerID     string    // the dealer that services the car; empty if there is none

	OwnerID    string    // user id (sub); empty if nobody owns it
	OwnedSince time.Time // zero if nobody owns it. The owner may not see data from before this time.
	Nickname   string    // the owner's name for it
	Consent    Consent
	PlacardKPa float64 // what pressure its tyres need; 0 if unknown
	// WipeOf is the former owner whose data is still to be removed; empty if there is none.
	WipeOf string
	// Endings are the ownerships that a user other than the owner ended, the oldest first.
	Endings []Ending
	// Version counts the changes that people made.
	Version int64
}

// Ending is the end of an ownership by an operator or by the car's manufacturer.
type Ending struct {
	By     string // user id (sub)
	As     string // role of By: operator or manufacturer
	Reason string // in the user's own words
	At     time.Time
}

// Consent is the owner's permission for others to see where the car is.
type Consent struct {
	DealerID       string    // the dealer that it is for: one that comes later has none
	DealerUntil    time.Time // zero for never
	OperatorsUntil time.Time // of trips too, for help with them; zero for never
}

// At returns the permissions that count at that time.
func (c Consent) At(now time.Time) Consent {
	if !c.DealerUntil.After(now) {
		c.DealerID, c.DealerUntil = "", time.Time{}
	}
	if !c.OperatorsUntil.After(now) {
		c.OperatorsUntil = time.Time{}
	}
	return c
}

// Change has the fields of a car that people may change beside its owner; nil leaves a field as it is, the zero value takes it away.
type Change struct {
	Nickname   *string
	DealerID   *string // ends the consent to the dealer before
	PlacardKPa *float64
}

// Errors of changes.
var (
	ErrExists = errs.As(errs.Conflict, errors.New("the vehicle is on the allow-list already"))
	// ErrChanged is returned when another user changed the car since it was read.
	ErrChanged = errs.As(errs.Conflict, errors.New("the vehicle has changed since it was read"))
	// ErrOwned is returned for a car that has an owner, or another owner than expected.
	ErrOwned = errs.As(errs.Conflict, errors.New("the vehicle has another owner"))
)

// AllowedFor returns an error if the manufacturer may not register the car. The error wraps ErrNotAllowed.
func (v Vehicle) AllowedFor(manufacturer string) error {
	switch {
	case v.Manufacturer != manufacturer:
		return fmt.Errorf("%s belongs to another manufacturer than %q: %w", v.VIN, manufacturer, ErrNotAllowed)
	case v.Status == Revoked:
		return fmt.Errorf("%s is revoked: %w", v.VIN, ErrNotAllowed)
	case v.Status != Allowed && v.Status != Registered:
		return fmt.Errorf("%s has status %q, allowed are %s and %s: %w", v.VIN, v.Status, Allowed, Registered, ErrNotAllowed)
	}
	return nil
}
