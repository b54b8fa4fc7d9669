// Package ownership keeps the ownership of cars: a user claims a car with a code, lends it, lets the dealer see its location, and gives
// it up, after which the next owner sees no data of the former one.
package ownership

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Limits.
const (
	CodeLifetime    = 24 * time.Hour
	AttemptsAnHour  = 10 // right or wrong codes, by one user for all cars
	LongestGrant    = 366 * 24 * time.Hour
	LongestConsent  = 90 * 24 * time.Hour
	GrantsOfOneCar  = 50
	attemptsCounted = time.Hour
)

// Errors.
var (
	// ErrWrongCode does not reveal whether the car exists or has a code.
	ErrWrongCode       = errs.As(errs.Invalid, errors.New("the code is wrong, used or too old: allowed is the newest code for that car, once, for 24 hours"))
	ErrTooManyAttempts = errs.As(errs.Throttled, fmt.Errorf("too many claims: allowed are %d an hour", AttemptsAnHour))
	ErrNoOwner         = errs.As(errs.Conflict, errors.New("nobody owns the vehicle"))
	ErrNoGrant         = errs.As(errs.NotFound, errors.New("no such grant"))
	ErrNobody          = errs.As(errs.Invalid, errors.New("nobody with that e-mail address drives here"))
	ErrNoDealer        = errs.As(errs.Conflict, errors.New("no dealer looks after the vehicle: there is nobody to consent to"))
	ErrTooManyGrants   = errs.As(errs.Conflict, fmt.Errorf("a car can be lent to %d people at a time", GrantsOfOneCar))
)

// Code is the stored form of a claim code: a hash, never the code.
type Code struct {
	VIN       vin.VIN
	Hash      string // see hashOf
	IssuedBy  string // user id (sub)
	Owner     string // the car's owner when the code was made; empty if it had none
	Dealer    string // the car's dealer when the code was made; empty if it had none
	ExpiresAt time.Time
}

// Store keeps owners, codes and grants.
type Store interface {
	Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error)
	// PutCode stores a code and replaces the car's previous one.
	PutCode(ctx context.Context, c Code) error
	// Code returns the car's code; the zero Code if there is none.
	Code(ctx context.Context, v vin.VIN) (Code, error)
	// Count increments the counter of a name, which may be deleted after until, and returns the count.
	Count(ctx context.Context, name string, until time.Time) (int64, error)
	// Own makes the user the owner of a car that has no owner and no data left to wipe, and removes the code, in one transaction:
	// vehicle.ErrOwned if the car is not free, ErrWrongCode if the code is gone.
	Own(ctx context.Context, c Code, user string, at time.Time) error
	// Release ends the ownership of that owner, the car's claim code, consent and name, and records the owner as one whose data must be
	// wiped. It does nothing if the car is not theirs. by is stored with the car if another user ends the ownership; nil if the owner does.
	Release(ctx context.Context, v vin.VIN, owner string, by *vehicle.Ending) error
	// HandOver is a Release by the owner who made the code; the code stays until it is used.
	HandOver(ctx context.Context, c Code) error
	// Wiped records that all data of that former owner is removed.
	Wiped(ctx context.Context, v vin.VIN, owner string) error
	// LetDealer lets that dealer see where the car is until then: vehicle.ErrOwned if it is not that owner's, vehicle.ErrChanged if
	// another dealer looks after it.
	LetDealer(ctx context.Context, v vin.VIN, owner, dealer string, until time.Time) error
	// LetOperators lets who runs the platform see where the car is until then: vehicle.ErrOwned if it is not that owner's.
	LetOperators(ctx context.Context, v vin.VIN, owner string, until time.Time) error
	// EndConsent takes every consent back: vehicle.ErrOwned if it is not that owner's car.
	EndConsent(ctx context.Context, v vin.VIN, owner string) error

	// PutGrant writes a grant and replaces one to the same user: vehicle.ErrOwned if GrantedBy does not own the car.
	PutGrant(ctx context.Context, g Grant) error
	// Grant returns the grant of the car to that user, expired or not; ErrNoGrant if there is none.
	Grant(ctx context.Context, v vin.VIN, user string) (Grant, error)
	RemoveGrant(ctx context.Context, v vin.VIN, user string) error
	Grants(ctx context.Context, v vin.VIN, p paging.Request) (paging.Page[Grant], error)
}

// People looks up users.
type People interface {
	// ByEmail returns the id of the driver with that address; ErrNobody if there is none.
	ByEmail(ctx context.Context, email string) (userID string, err error)
}

// Eraser removes data of a car's former owner. It is called again after a failure, and must accept that the data is gone.
type Eraser interface {
	Erase(ctx context.Context, v vin.VIN, before time.Time) error
}

// Listeners keeps users' rights to listen to cars.
type Listeners interface {
	// Recompute sets the user's rights to those that follow from the present tables. also are cars that have just changed.
	Recompute(ctx context.Context, userID string, also ...vin.VIN) error
}

// Service changes ownership. It does not authorise: the caller must have done so. All fields are required but Erasers.
type Service struct {
	Store     Store
	People    People
	Listeners Listeners
	Erasers   []Eraser
	Random    io.Reader // must be secure: crypto/rand.Reader
	Now       func() time.Time
}

// IssueCode makes a new code for a car, which replaces the previous one. The code is stored only as a hash, so it can be shown only once.
func (s *Service) IssueCode(ctx context.Context, v vin.VIN, by string) (code string, c Code, err error) {
	if code, err = newCode(s.Random); err != nil {
		return "", Code{}, err
	}
	car, err := s.Store.Vehicle(ctx, v)
	if err != nil {
		return "", Code{}, fmt.Errorf("read vehicle %s: %w", v.Redacted(), err)
	}
	c = Code{VIN: v, Hash: hashOf(v, code), IssuedBy: by, Owner: car.OwnerID, Dealer: car.DealerID, ExpiresAt: s.now().Add(CodeLifetime)}
	if err := s.Store.PutCode(ctx, c); err != nil {
		return "", Code{}, fmt.Errorf("keep the claim code of %s: %w", v.Redacted(), err)
	}
	return code, c, nil
}

// Claim makes the user the owner of the car if the code is right. It fails with ErrWrongCode, ErrTooManyAttempts or vehicle.ErrOwned.
func (s *Service) Claim(ctx context.Context, v vin.VIN, code, user string) error {
	if err := s.count(ctx, user); err != nil {
		return err
	}
	kept, err := s.Store.Code(ctx, v)
	if err != nil {
		return fmt.Errorf("read the claim code of %s: %w", v.Redacted(), err)
	}
	if !kept.fits(v, code, s.now()) {
		return ErrWrongCode
	}
	car, err := s.Store.Vehicle(ctx, v)
	if errors.Is(err, vehicle.ErrNotFound) {
		return ErrWrongCode
	}
	if err != nil {
		return fmt.Errorf("read vehicle %s: %w", v.Redacted(), err)
	}
	if err := s.free(ctx, car, kept); err != nil {
		return err
	}
	if err := s.Store.Own(ctx, kept, user, s.now()); err != nil {
		return fmt.Errorf("claim vehicle %s: %w", v.Redacted(), err)
	}
	return nil
}

// free prepares the car for a claim: it ends the ownership of an owner who handed the car over, and wipes a former owner's data.
func (s *Service) free(ctx context.Context, car vehicle.Vehicle, c Code) error {
	if err := c.standsFor(car); err != nil {
		return err
	}
	if car.OwnerID != "" {
		if err := s.Store.HandOver(ctx, c); err != nil {
			return fmt.Errorf("hand vehicle %s over: %w", car.VIN.Redacted(), err)
		}
		car.WipeOf = car.OwnerID
	}
	return s.wipe(ctx, car)
}

// count limits the attempts per person only: a limit per car would let ten guesses by strangers lock out its buyer.
func (s *Service) count(ctx context.Context, user string) error {
	hour := s.now().Truncate(attemptsCounted)
	n, err := s.Store.Count(ctx, "claims#user#"+user+"#"+hour.Format("2006-01-02T15"), hour.Add(2*attemptsCounted))
	if err != nil {
		return fmt.Errorf("count claims: %w", err)
	}
	if n > AttemptsAnHour {
		return ErrTooManyAttempts
	}
	return nil
}

// Release gives up the car. If wiping the owner's data fails, nobody can claim the car until it is done: another Release or the next
// claim continues it.
func (s *Service) Release(ctx context.Context, v vin.VIN, owner string) error {
	return s.release(ctx, v, owner, nil)
}

// End ends the ownership of any owner who cannot, or will not, release the car. by is stored with the car.
func (s *Service) End(ctx context.Context, v vin.VIN, by vehicle.Ending) error {
	car, err := s.Store.Vehicle(ctx, v)
	if err != nil {
		return fmt.Errorf("read vehicle %s: %w", v.Redacted(), err)
	}
	if car.OwnerID == "" && car.WipeOf == "" {
		return ErrNoOwner
	}
	by.At = s.now()
	return s.release(ctx, v, car.OwnerID, &by)
}

func (s *Service) release(ctx context.Context, v vin.VIN, owner string, by *vehicle.Ending) error {
	if err := s.Store.Release(ctx, v, owner, by); err != nil {
		return fmt.Errorf("release vehicle %s: %w", v.Redacted(), err)
	}
	car, err := s.Store.Vehicle(ctx, v)
	if err != nil {
		return fmt.Errorf("read vehicle %s: %w", v.Redacted(), err)
	}
	return s.wipe(ctx, car)
}

// wipe removes the data of the former owner: grants, rights to listen, and whatever the Erasers remove.
func (s *Service) wipe(ctx context.Context, car vehicle.Vehicle) error {
	if car.WipeOf == "" {
		return nil
	}
	if err := s.wipeGrants(ctx, car.VIN); err != nil {
		return err
	}
	if err := s.unlisten(ctx, car.VIN, car.WipeOf); err != nil {
		return err
	}
	for _, e := range s.Erasers {
		if err := e.Erase(ctx, car.VIN, s.now()); err != nil {
			return fmt.Errorf("wipe %s: %w", car.VIN.Redacted(), err)
		}
	}
	if err := s.Store.Wiped(ctx, car.VIN, car.WipeOf); err != nil {
		return fmt.Errorf("note that %s is wiped: %w", car.VIN.Redacted(), err)
	}
	return nil
}

// Revoke ends a grant, and with it the right to listen; ErrNoGrant if there is none.
func (s *Service) Revoke(ctx context.Context, v vin.VIN, user string) error {
	removed := s.Store.RemoveGrant(ctx, v, user)
	if removed != nil && !errors.Is(removed, ErrNoGrant) {
		return fmt.Errorf("end a grant of %s: %w", v.Redacted(), removed)
	}
	return errors.Join(s.unlisten(ctx, v, user), removed) // a repeat after a failure continues with the rest
}

// unlisten ends the right to listen to a car within the call. The function that follows the tables does so too, but seconds later, or
// minutes if it is behind, and until then a former owner would receive the car's location.
func (s *Service) unlisten(ctx context.Context, v vin.VIN, user string) error {
	if err := s.Listeners.Recompute(ctx, user, v); err != nil {
		return fmt.Errorf("end the right to listen to %s: %w", v.Redacted(), err)
	}
	return nil
}

func (s *Service) wipeGrants(ctx context.Context, v vin.VIN) error {
	for after := ""; ; {
		p, err := s.Store.Grants(ctx, v, paging.Request{Limit: paging.MaxLimit, After: after})
		if err != nil {
			return fmt.Errorf("list the grants of %s: %w", v.Redacted(), err)
		}
		for _, g := range p.Items {
			if err := s.Revoke(ctx, v, g.UserID); err != nil && !errors.Is(err, ErrNoGrant) {
				return err
			}
		}
		if after = p.Next; after == "" {
			return nil
		}
	}
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }
