// Package realtime lets people listen to their cars over MQTT. Somebody who signed in has a Cognito identity; AWS IoT lets it do what
// the IoT policies say that are attached to it, and this package keeps those policies to exactly the cars that the person may
// use: recomputed from the tables whenever one of them changes, never patched.
package realtime

import (
	"context"
	"time"

	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// Car is a car that somebody may use.
type Car struct {
	VIN   vin.VIN
	Until time.Time // when the grant ends; zero for the owner
}

// cars is the tables of vehicles and grants.
type cars interface {
	// CarsOf is every car that the user owns or has an unexpired grant for, by the tables themselves and not by an index that may
	// lag behind them. The cars in also are looked up even if no index names them yet.
	CarsOf(ctx context.Context, userID string, at time.Time, also ...vin.VIN) ([]Car, error)
}

// identities holds the Amazon Cognito identities that a user has used, and a counter that detects overlapping changes of one user.
type identities interface {
	// Add records the identity as the user's.
	Add(ctx context.Context, userID, identityID string, at time.Time) error
	// Identities lists every identity that the user has used.
	Identities(ctx context.Context, userID string) ([]string, error)
	// Begin counts a change of the user's policies, and returns the count.
	Begin(ctx context.Context, userID string) (int64, error)
	// Begun counts the changes that began, read consistently.
	Begun(ctx context.Context, userID string) (int64, error)
	// Block says whether the user may listen to no car at all.
	Block(ctx context.Context, userID string, blocked bool) error
	// Blocked reports it, read consistently.
	Blocked(ctx context.Context, userID string) (bool, error)
}

// policies is AWS IoT's policies of one Cognito identity, by name.
type policies interface {
	// Attach makes the policy say the document and attaches it to the identity. Doing it again changes nothing.
	Attach(ctx context.Context, name, document, identityID string) error
	// Remove detaches the policy from the identity and deletes it. Removing what is not there is fine.
	Remove(ctx context.Context, name, identityID string) error
	// Attached is the names of the policies that are attached to the identity.
	Attached(ctx context.Context, identityID string) ([]string, error)
}

// alarms calls back at a time.
type alarms interface {
	// Set has the user's policies recomputed at that time, instead of any time set before. The zero time: not at all.
	Set(ctx context.Context, userID string, at time.Time) error
}

// Service keeps the policies.
type Service struct {
	Application names.Application
	ARN         string // see contract.EnvIoTARN
	Cars        cars
	Identities  identities
	Policies    policies
	Alarms      alarms // nil where another function keeps the ends of grants
	Now         func() time.Time
}

// Access has the MQTT rights of an Amazon Cognito identity.
type Access struct {
	IdentityID string
	ClientID   string    // the MQTT client id begins with this
	Cars       []vin.VIN // whose topics may be subscribed to, by VIN
	LeftOut    int       // cars that AWS IoT has no room for, see MaxPolicies; the highest VINs
	Filters    []string  // topic filters for one car, with {vin} in the place of its VIN
	// Until is the earliest end of the cars' grants; zero if none ends.
	Until time.Time
}
