package realtime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"connectedcar/internal/domain/optimistic"
	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

// soonest is the shortest delay of an alarm: EventBridge Scheduler has a resolution of a minute, and rejects times in the past.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
const soonest = time.Minute

// ErrContended is returned when other changes of the same user's policies overlapped every attempt of this one. It may be retried later.
var ErrContended = errs.As(errs.Conflict, errors.New("other changes of the user's policies overlapped this one"))

// Attach lets the identity listen to the user's cars, now and after changes of the cars. The identity must be the user's own: the caller
// must have it from Amazon Cognito, for a token of that user.
func (s *Service) Attach(ctx context.Context, userID, identityID string) (Access, error) {
	if err := CheckIdentity(identityID); err != nil {
		return Access{}, err
	}
	if err := s.Identities.Add(ctx, userID, identityID, s.Now()); err != nil {
		return Access{}, fmt.Errorf("record the identity: %w", err)
	}
	cars, err := s.keep(ctx, userID, []string{identityID}, nil)
	if err != nil {
		return Access{}, err
	}
	cars, until := listed(cars)
	_, leftOut := s.Documents(identityID, cars)
	var vins []vin.VIN
	for _, c := range cars[:len(cars)-leftOut] {
		vins = append(vins, c.VIN)
	}
	return Access{
		IdentityID: identityID, ClientID: identityID, Cars: vins, LeftOut: leftOut,
		Filters: Filters(s.Application), Until: until,
	}, nil
}

// Recompute sets the policies of all the user's identities by the present tables, and sets the alarm for the end of the next
// grant. also are cars that have just changed: an index may not have them yet. Recompute may be called at any time, in any order, and
// any number of times.
func (s *Service) Recompute(ctx context.Context, userID string, also ...vin.VIN) error {
	ids, err := s.Identities.Identities(ctx, userID)
	if err != nil {
		return fmt.Errorf("find the user's identities: %w", err)
	}
	if len(ids) == 0 && s.Alarms == nil {
		return nil // there are no policies, and another function keeps the ends of grants
	}
	_, err = s.keep(ctx, userID, ids, also)
	return err
}

// Block ends all listening of a user who is no longer allowed to sign in, or permits it again. AWS IoT does not know Amazon Cognito's
// users: the MQTT session of a disabled user goes on for as long as its policies permit.
func (s *Service) Block(ctx context.Context, userID string, blocked bool) error {
	if err := s.Identities.Block(ctx, userID, blocked); err != nil {
		return fmt.Errorf("block the user's listening: %w", err)
	}
	if !blocked {
		return nil // the next Attach attaches the policies
	}
	ids, err := s.Identities.Identities(ctx, userID)
	if err != nil {
		return fmt.Errorf("find the user's identities: %w", err)
	}
	_, err = s.keep(ctx, userID, ids, nil)
	return err
}

// keep writes the policies until no other change of the same user has begun meanwhile: so the last writer has read the newest tables.
func (s *Service) keep(ctx context.Context, userID string, identityIDs []string, also []vin.VIN) ([]Car, error) {
	var cars []Car
	err := optimistic.Retry(ctx, ErrContended, func() error {
		mine, err := s.Identities.Begin(ctx, userID)
		if err != nil {
			return fmt.Errorf("begin a change of the user's policies: %w", err)
		}
		if cars, err = s.write(ctx, userID, identityIDs, also); err != nil {
			return err
		}
		newest, err := s.Identities.Begun(ctx, userID)
		if err != nil {
			return fmt.Errorf("end a change of the user's policies: %w", err)
		}
		if newest != mine {
			return ErrContended
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return cars, nil
}

func (s *Service) write(ctx context.Context, userID string, identityIDs []string, also []vin.VIN) ([]Car, error) {
	cars, err := s.usable(ctx, userID, also)
	if err != nil {
		return nil, err
	}
	cars, until := listed(cars)
	for _, id := range identityIDs {
		if err := s.apply(ctx, id, cars); err != nil {
			return nil, err
		}
	}
	if s.Alarms == nil {
		return cars, nil
	}
	if earliest := s.Now().Add(soonest); !until.IsZero() && until.Before(earliest) {
		until = earliest
	}
	if err := s.Alarms.Set(ctx, userID, until); err != nil {
		return nil, fmt.Errorf("set the alarm for the end of a grant: %w", err)
	}
	return cars, nil
}

// usable returns the cars that the user may listen to; none for a blocked user.
func (s *Service) usable(ctx context.Context, userID string, also []vin.VIN) ([]Car, error) {
	blocked, err := s.Identities.Blocked(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("look up whether the user is blocked: %w", err)
	}
	if blocked {
		return nil, nil
	}
	cars, err := s.Cars.CarsOf(ctx, userID, s.Now(), also...)
	if err != nil {
		return nil, fmt.Errorf("find the user's cars: %w", err)
	}
	return cars, nil
}

// apply sets the identity's policies to those of the cars. It removes before it adds: a change that stops half-way permits too little.
func (s *Service) apply(ctx context.Context, identityID string, cars []Car) error {
	documents, _ := s.Documents(identityID, cars)
	attached, err := s.Policies.Attached(ctx, identityID)
	if err != nil {
		return fmt.Errorf("list the identity's policies: %w", err)
	}
	var wanted []string
	for n := range documents {
		wanted = append(wanted, s.policyName(identityID, n))
	}
	for _, name := range attached {
		if !strings.HasPrefix(name, s.Application.IdentityPolicyPrefix()) || slices.Contains(wanted, name) {
			continue
		}
		if err := s.Policies.Remove(ctx, name, identityID); err != nil {
			return fmt.Errorf("remove policy %s: %w", name, err)
		}
	}
	for n, name := range wanted {
		if err := s.Policies.Attach(ctx, name, documents[n], identityID); err != nil {
			return fmt.Errorf("attach policy %s: %w", name, err)
		}
	}
	return nil
}

// listed returns the cars by VIN, each once, and the time at which the first of their grants ends.
func listed(cars []Car) (sorted []Car, until time.Time) {
	for _, c := range cars {
		if !c.Until.IsZero() && (until.IsZero() || c.Until.Before(until)) {
			until = c.Until
		}
	}
	sorted = slices.SortedFunc(slices.Values(cars), func(a, b Car) int { return cmp.Compare(a.VIN, b.VIN) })
	return slices.CompactFunc(sorted, func(a, b Car) bool { return a.VIN == b.VIN }), until
}
