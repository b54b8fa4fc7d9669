package main

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// mayConnect looks for every car of the plan on the allow-list. The platform refuses others at each of their attempts without a reason, so
// that a drive of theirs would try until it is interrupted.
func (w where) mayConnect(ctx context.Context, p plan) error {
	if _, err := w.Output(names.OutputVehiclesTable); err != nil {
		return nil // the description of a gateway alone has no list
	}
	store, err := w.vehicles()
	if err != nil {
		return err
	}
	refused := make([]error, len(p.cars))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(lookups)
	for i, c := range p.cars {
		work.Go(func() (err error) {
			refused[i], err = whyRefused(ctx, store.Get, c.vin)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	return errors.Join(refused...)
}

// whyRefused is the reason for which a car may not connect; nil if it may.
func whyRefused(ctx context.Context, get func(context.Context, vin.VIN) (vehicle.Vehicle, error), v vin.VIN) (reason, err error) {
	car, err := get(ctx, v)
	switch {
	case errors.Is(err, vehicle.ErrNotFound):
		return fmt.Errorf("%s is not on the allow-list: --allow puts it there, or carctl vehicle add", v), nil
	case err != nil:
		return nil, err
	case car.Status == vehicle.Revoked:
		return fmt.Errorf("%s is %s: it may not connect any more", v, car.Status), nil
	}
	return nil, nil
}
