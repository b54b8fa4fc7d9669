package alert

import (
	"context"
	"errors"
	"fmt"

	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Today returns an alert with the present audience and dealer of its car. Lists and notifications use these, not those of the
// stored record, which follows a change of the dealer a moment later.
func Today(ctx context.Context, cars Cars, a Alert) (Alert, error) {
	of, err := audience(ctx, cars, a)
	a.Audience, a.DealerID = of.Audience, of.DealerID
	return a, err
}

// audience looks up who is notified of an alert besides the car's users. Only alerts about a car move with it to another dealer.
func audience(ctx context.Context, cars Cars, a Alert) (told, error) {
	policy, _ := a.Kind.Policy()
	if policy.Scope != Car {
		return told{Audience: a.Audience, DealerID: a.DealerID}, nil
	}
	v, err := vin.Parse(a.VIN)
	if err != nil {
		return told{Audience: Operator}, nil
	}
	car, err := cars.Vehicle(ctx, v)
	if errors.Is(err, vehicle.ErrNotFound) {
		return told{Audience: Operator}, nil
	}
	if err != nil {
		return told{}, fmt.Errorf("look up the car: %w", err)
	}
	return told{Audience: ManufacturerAudience(car.Manufacturer), DealerID: car.DealerID}, nil
}

// madeBy returns the audience of a notice that is about no car.
func (n Notice) madeBy() string {
	policy, _ := n.Kind.Policy()
	switch {
	case policy.Scope == Driving:
		return ""
	case policy.Scope == Maker && n.Manufacturer != "":
		return ManufacturerAudience(n.Manufacturer)
	}
	return Operator
}

// Assign gives a car's unresolved alerts to its new dealer alone; an empty dealerID leaves them without a dealer.
func (b *Service) Assign(ctx context.Context, v vin.VIN, dealerID string) error {
	for _, status := range []Status{Open, Acknowledged} {
		for after := ""; ; {
			list, err := b.store.OfVehicle(ctx, string(v), Filter{Status: status}, paging.Request{Limit: paging.MaxLimit, After: after})
			if err != nil {
				return fmt.Errorf("list the alerts to assign: %w", err)
			}
			for _, a := range list.Items {
				if err := b.assign(ctx, a, dealerID); err != nil {
					return err
				}
			}
			if after = list.Next; after == "" {
				break
			}
		}
	}
	return nil
}

func (b *Service) assign(ctx context.Context, a Alert, dealerID string) error {
	if policy, _ := a.Kind.Policy(); policy.Scope != Car || a.DealerID == dealerID {
		return nil
	}
	err := b.change(ctx, a.VIN, a.DedupKey, func(t *Thread) (bool, error) {
		t.adopt(a)
		t.Told = &told{Audience: a.Audience, DealerID: dealerID}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("assign alert %s: %w", a.ID, err)
	}
	return nil
}
