package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"connectedcar/internal/domain/ownership"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Ownership is a store of vehicles' owners, claim codes, counters and grants.
type Ownership struct {
	Vehicles

	mu     sync.Mutex
	codes  map[vin.VIN]ownership.Code
	counts map[string]int64
	grants map[[2]string]ownership.Grant
}

// AddVehicle puts a car on the allow-list; vehicle.ErrExists if it is there.
func (s *Vehicles) AddVehicle(_ context.Context, v vehicle.Vehicle) (err error) {
	s.rows.update(v.VIN, func(old vehicle.Vehicle, there bool) (vehicle.Vehicle, bool) {
		if there {
			err = vehicle.ErrExists
		}
		return v, !there
	})
	return err
}

// ChangeVehicle changes a car whose stored version is still that version, and returns the changed car; vehicle.ErrChanged otherwise.
func (s *Vehicles) ChangeVehicle(_ context.Context, v vin.VIN, version int64, c vehicle.Change) (now vehicle.Vehicle, err error) {
	s.rows.update(v, func(car vehicle.Vehicle, there bool) (vehicle.Vehicle, bool) {
		if !there || car.Version != version {
			err = vehicle.ErrChanged
			return car, false
		}
		if c.Nickname != nil {
			car.Nickname = *c.Nickname
		}
		if c.DealerID != nil {
			car.DealerID = *c.DealerID
			car.Consent.DealerID, car.Consent.DealerUntil = "", time.Time{}
		}
		if c.PlacardKPa != nil {
			car.PlacardKPa = *c.PlacardKPa
		}
		car.Version++
		now = car
		return car, true
	})
	return now, err
}

// OfOwner lists the cars of that owner, by VIN.
func (s *Vehicles) OfOwner(_ context.Context, user string, p paging.Request) (paging.Page[vehicle.Vehicle], error) {
	return s.of(p, func(v vehicle.Vehicle) bool { return v.OwnerID == user })
}

// OfDealer lists the cars assigned to that dealer, by VIN.
func (s *Vehicles) OfDealer(_ context.Context, dealer string, p paging.Request) (paging.Page[vehicle.Vehicle], error) {
	return s.of(p, func(v vehicle.Vehicle) bool { return v.DealerID == dealer })
}

// OfManufacturer lists the cars of that manufacturer, by VIN.
func (s *Vehicles) OfManufacturer(_ context.Context, manufacturer string, p paging.Request) (paging.Page[vehicle.Vehicle], error) {
	return s.of(p, func(v vehicle.Vehicle) bool { return v.Manufacturer == manufacturer })
}

func (s *Vehicles) of(p paging.Request, takes func(vehicle.Vehicle) bool) (paging.Page[vehicle.Vehicle], error) {
	var list []vehicle.Vehicle
	for _, v := range s.rows.all() {
		if takes(v) {
			list = append(list, v)
		}
	}
	return ascending(list, p, func(v vehicle.Vehicle) string { return string(v.VIN) })
}

// ascending returns a page of a list, sorted by position in ascending order.
func ascending[T any](all []T, p paging.Request, position func(T) string) (paging.Page[T], error) {
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(position(a), position(b)) })
	if p.After != "" {
		after, ok := strings.CutPrefix(p.After, cursorPrefix)
		if !ok {
			return paging.Page[T]{}, errs.As(errs.Invalid, fmt.Errorf("the page %.40q is none that a list gave", p.After))
		}
		all = slices.DeleteFunc(all, func(t T) bool { return position(t) <= after })
	}
	if len(all) <= p.Size() {
		return paging.Page[T]{Items: all}, nil
	}
	return paging.Page[T]{Items: all[:p.Size()], Next: cursorPrefix + position(all[p.Size()-1])}, nil
}

// PutCode stores a code over the car's earlier one.
func (s *Ownership) PutCode(_ context.Context, c ownership.Code) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.codes == nil {
		s.codes = map[vin.VIN]ownership.Code{}
	}
	s.codes[c.VIN] = c
	return nil
}

// Code returns the car's code; the zero Code if there is none.
func (s *Ownership) Code(_ context.Context, v vin.VIN) (ownership.Code, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.codes[v], nil
}

// Count adds one to the counter of that name and returns its value.
func (s *Ownership) Count(_ context.Context, name string, _ time.Time) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts == nil {
		s.counts = map[string]int64{}
	}
	s.counts[name]++
	return s.counts[name], nil
}

// Own makes the user the owner of a car without an owner and uses up the code.
func (s *Ownership) Own(_ context.Context, c ownership.Code, user string, at time.Time) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows.update(c.VIN, func(car vehicle.Vehicle, there bool) (vehicle.Vehicle, bool) {
		switch {
		case !there || car.OwnerID != "" || car.WipeOf != "":
			err = vehicle.ErrOwned
		case s.codes[c.VIN].Hash != c.Hash:
			err = ownership.ErrWrongCode
		default:
			car.OwnerID, car.OwnedSince = user, at
			car.Version++
			delete(s.codes, c.VIN)
		}
		return car, err == nil
	})
	return err
}

// Release ends the ownership of that owner and deletes the car's claim code. It changes nothing if the user is not the owner.
func (s *Ownership) Release(_ context.Context, v vin.VIN, owner string, by *vehicle.Ending) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ofOwner(v, owner, nil, func(car *vehicle.Vehicle) {
		given(car)
		delete(s.codes, v)
		if by != nil {
			car.Endings = append(slices.Clone(car.Endings), *by)
		}
	})
}

// HandOver ends the ownership of the owner who issued the code. It changes nothing if that user is not the owner.
func (s *Ownership) HandOver(_ context.Context, c ownership.Code) error {
	return s.ofOwner(c.VIN, c.IssuedBy, nil, given)
}

func given(car *vehicle.Vehicle) {
	car.WipeOf, car.OwnerID, car.OwnedSince, car.Nickname, car.Consent = car.OwnerID, "", time.Time{}, "", vehicle.Consent{}
}

// LetDealer lets that dealer see the car's position until that time; vehicle.ErrOwned if that user does not own the car,
// vehicle.ErrChanged if another dealer looks after the car.
func (s *Ownership) LetDealer(_ context.Context, v vin.VIN, owner, dealer string, until time.Time) error {
	other := false
	err := s.ofOwner(v, owner, vehicle.ErrOwned, func(car *vehicle.Vehicle) {
		if other = car.DealerID != dealer; !other {
			car.Consent.DealerID, car.Consent.DealerUntil = dealer, until
		}
	})
	if other {
		return vehicle.ErrChanged
	}
	return err
}

// LetOperators lets the platform's operators see the car's position until that time; vehicle.ErrOwned if that user does not own the car.
func (s *Ownership) LetOperators(_ context.Context, v vin.VIN, owner string, until time.Time) error {
	return s.ofOwner(v, owner, vehicle.ErrOwned, func(car *vehicle.Vehicle) { car.Consent.OperatorsUntil = until })
}

// EndConsent withdraws every consent of the owner; vehicle.ErrOwned if that user does not own the car.
func (s *Ownership) EndConsent(_ context.Context, v vin.VIN, owner string) error {
	return s.ofOwner(v, owner, vehicle.ErrOwned, func(car *vehicle.Vehicle) { car.Consent = vehicle.Consent{} })
}

func (s *Ownership) ofOwner(v vin.VIN, owner string, otherwise error, change func(*vehicle.Vehicle)) (err error) {
	s.rows.update(v, func(car vehicle.Vehicle, _ bool) (vehicle.Vehicle, bool) {
		if owner == "" || car.OwnerID != owner {
			err = otherwise
			return car, false
		}
		change(&car)
		car.Version++
		return car, true
	})
	return err
}

// Wiped records that the data of the car's former owner has been erased.
func (s *Ownership) Wiped(_ context.Context, v vin.VIN, owner string) error {
	s.rows.update(v, func(car vehicle.Vehicle, _ bool) (vehicle.Vehicle, bool) {
		if owner == "" || car.WipeOf != owner {
			return car, false
		}
		car.WipeOf = ""
		return car, true
	})
	return nil
}

// PutGrant writes a grant over an earlier one to the same user; vehicle.ErrOwned if the issuer of the grant does not own the car.
func (s *Ownership) PutGrant(_ context.Context, g ownership.Grant) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if car, _ := s.rows.get(g.VIN); car.OwnerID == "" || car.OwnerID != g.GrantedBy {
		return vehicle.ErrOwned
	}
	if s.grants == nil {
		s.grants = map[[2]string]ownership.Grant{}
	}
	s.grants[[2]string{string(g.VIN), g.UserID}] = g
	return nil
}

// Grant returns the car's grant to that user; ownership.ErrNoGrant if there is none.
func (s *Ownership) Grant(_ context.Context, v vin.VIN, user string) (ownership.Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.grants[[2]string{string(v), user}]
	if !ok {
		return ownership.Grant{}, ownership.ErrNoGrant
	}
	return g, nil
}

// RemoveGrant deletes a grant; ownership.ErrNoGrant if there is none.
func (s *Ownership) RemoveGrant(_ context.Context, v vin.VIN, user string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.grants[[2]string{string(v), user}]; !ok {
		return ownership.ErrNoGrant
	}
	delete(s.grants, [2]string{string(v), user})
	return nil
}

// Grants lists the car's grants, by user.
func (s *Ownership) Grants(_ context.Context, v vin.VIN, p paging.Request) (paging.Page[ownership.Grant], error) {
	return s.grantsWhere(p, func(g ownership.Grant) bool { return g.VIN == v }, func(g ownership.Grant) string { return g.UserID })
}

// GrantsTo lists the grants to that user, by VIN.
func (s *Ownership) GrantsTo(_ context.Context, user string, p paging.Request) (paging.Page[ownership.Grant], error) {
	return s.grantsWhere(p, func(g ownership.Grant) bool { return g.UserID == user }, func(g ownership.Grant) string { return string(g.VIN) })
}

func (s *Ownership) grantsWhere(p paging.Request, takes func(ownership.Grant) bool, position func(ownership.Grant) string) (paging.Page[ownership.Grant], error) {
	s.mu.Lock()
	var list []ownership.Grant
	for _, g := range s.grants {
		if takes(g) {
			list = append(list, g)
		}
	}
	s.mu.Unlock()
	return ascending(list, p, position)
}
