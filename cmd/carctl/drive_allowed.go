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

// mayConnect checks that every car of the plan may connect. The platform refuses other cars without a reason at every attempt, so they
// would retry until the drive is interrupted.
func (w where) mayConnect(ctx context.Context, p plan) error {
	if _, err := w.Output(names.OutputVehiclesTable); err != nil {
		return nil // the description of a mere gateway has no allow-list
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

// whyRefused returns the reason that a car may not connect, as an error; nil if the car may connect.
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
