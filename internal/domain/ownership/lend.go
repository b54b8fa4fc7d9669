package ownership

import (
	"context"
	"fmt"
	"strings"
	"time"

	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Lend lends the car to the driver with that e-mail address until a time. Lending it to the same person again replaces the end.
func (s *Service) Lend(ctx context.Context, v vin.VIN, owner, email string, until time.Time) (Grant, error) {
	until = until.UTC().Truncate(time.Second) // the table's expiry is in seconds
	if err := s.within("until", until, LongestGrant); err != nil {
		return Grant{}, err
	}
	user, err := s.People.ByEmail(ctx, strings.TrimSpace(email))
	if err != nil {
		return Grant{}, fmt.Errorf("find the person to lend to: %w", err)
	}
	if user == owner {
		return Grant{}, errs.As(errs.Invalid, fmt.Errorf("email: it is yours: you own the car"))
	}
	if err := s.room(ctx, v, user); err != nil {
		return Grant{}, err
	}
	g := Grant{VIN: v, UserID: user, Email: strings.TrimSpace(email), GrantedBy: owner, GrantedAt: s.now(), Until: until}
	if err := s.Store.PutGrant(ctx, g); err != nil {
		return Grant{}, fmt.Errorf("lend %s: %w", v.Redacted(), err)
	}
	return g, nil
}

// room fails if the car already has the most grants to other users.
func (s *Service) room(ctx context.Context, v vin.VIN, user string) error {
	car, err := s.Store.Vehicle(ctx, v)
	if err != nil {
		return fmt.Errorf("read vehicle %s: %w", v.Redacted(), err)
	}
	lent, err := s.Store.Grants(ctx, v, paging.Request{Limit: paging.MaxLimit})
	if err != nil {
		return fmt.Errorf("list the grants of %s: %w", v.Redacted(), err)
	}
	others := 0
	for _, g := range lent.Items {
		if g.UserID != user && g.Holds(car, s.now()) {
			others++
		}
	}
	if others >= GrantsOfOneCar {
		return ErrTooManyGrants
	}
	return nil
}

// Recipient receives a consent of the owner.
type Recipient string

// The recipients.
const (
	ToDealer    Recipient = "dealer" // of the time of the consent, and no later one
	ToOperators Recipient = "operators"
)

// Consent lets the car's dealer of now, or who runs the platform, see where the car is until then.
func (s *Service) Consent(ctx context.Context, v vin.VIN, owner string, to Recipient, until time.Time) (vehicle.Consent, error) {
	until = until.UTC().Truncate(time.Millisecond)
	if err := s.within("until", until, LongestConsent); err != nil {
		return vehicle.Consent{}, err
	}
	car, err := s.Store.Vehicle(ctx, v)
	if err != nil {
		return vehicle.Consent{}, fmt.Errorf("read vehicle %s: %w", v.Redacted(), err)
	}
	switch {
	case to == ToOperators:
		car.Consent.OperatorsUntil, err = until, s.Store.LetOperators(ctx, v, owner, until)
	case car.DealerID == "":
		return vehicle.Consent{}, ErrNoDealer
	default:
		car.Consent.DealerID, car.Consent.DealerUntil, err = car.DealerID, until, s.Store.LetDealer(ctx, v, owner, car.DealerID, until)
	}
	if err != nil {
		return vehicle.Consent{}, fmt.Errorf("set a consent of %s: %w", v.Redacted(), err)
	}
	return car.Consent.At(s.now()), nil
}

// within checks that a time is in the future, and not after longest from now.
func (s *Service) within(field string, at time.Time, longest time.Duration) error {
	if now := s.now(); at.After(now) && !at.After(now.Add(longest)) {
		return nil
	}
	return errs.As(errs.Invalid, fmt.Errorf("%s: allowed is a time to come, at most %d days from now", field, int(longest.Hours()/24)))
}
