// Package realtime lets people listen to their cars over MQTT. A user who has signed in has a Cognito identity, whose rights in AWS IoT
// are its attached IoT policies. This package keeps those policies to exactly the cars that the user may
// use: it recomputes them from the tables whenever one of the tables changes, and never patches them.
package realtime

import (
	"context"
	"time"

	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// Car is a car that a user may use.
type Car struct {
	VIN   vin.VIN
	Until time.Time // end of the grant; zero for the owner
}

// cars reads the tables of vehicles and grants.
type cars interface {
	// CarsOf returns every car that the user owns or has an unexpired grant for, from the tables themselves and not from an index that may
	// lag behind them. The cars in also are looked up even if no index has them yet.
	CarsOf(ctx context.Context, userID string, at time.Time, also ...vin.VIN) ([]Car, error)
}

// identities holds the Amazon Cognito identities that a user has used, and a counter that detects overlapping changes of one user.
type identities interface {
	// Add records the identity as the user's.
	Add(ctx context.Context, userID, identityID string, at time.Time) error
	// Identities lists every identity that the user has used.
	Identities(ctx context.Context, userID string) ([]string, error)
	// Begin increments the counter of the user's changes, and returns it.
	Begin(ctx context.Context, userID string) (int64, error)
	// Begun returns that count, read consistently.
	Begun(ctx context.Context, userID string) (int64, error)
	// Block sets whether the user is blocked and may listen to no car at all.
	Block(ctx context.Context, userID string, blocked bool) error
	// Blocked reports whether the user is blocked, read consistently.
	Blocked(ctx context.Context, userID string) (bool, error)
}

// policies manages the AWS IoT policies of Cognito identities, by name.
type policies interface {
	// Attach sets the policy to the document and attaches it to the identity. Repeating it changes nothing.
	Attach(ctx context.Context, name, document, identityID string) error
	// Remove detaches the policy from the identity and deletes it. It is no error if it does not exist.
	Remove(ctx context.Context, name, identityID string) error
	// Attached returns the names of the policies that are attached to the identity.
	Attached(ctx context.Context, identityID string) ([]string, error)
}

// alarms schedules recomputations.
type alarms interface {
	// Set schedules a recomputation of the user's policies, and replaces any earlier schedule. The zero time removes it.
	Set(ctx context.Context, userID string, at time.Time) error
}

// Service keeps the policies of users' identities.
type Service struct {
	Application names.Application
	ARN         string // see names.EnvIoTARN
	Cars        cars
	Identities  identities
	Policies    policies
	Alarms      alarms // nil if another function keeps the ends of grants
	Now         func() time.Time
}

// Access has the MQTT rights of an Amazon Cognito identity.
type Access struct {
	IdentityID string
	ClientID   string    // prefix that the MQTT client id must have
	Cars       []vin.VIN // the cars whose topics the identity may subscribe to, by VIN
	LeftOut    int       // number of cars that do not fit into MaxPolicies policies; those with the highest VINs
	Filters    []string  // topic filters for one car, with {vin} in the place of its VIN
	// Until is the earliest end of the cars' grants; zero if none ends.
	Until time.Time
}
