// Package allowlist is for operators: it maintains the list of cars that may register, in the table of vehicles.
package allowlist

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	rows "connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// database lists the calls of Amazon DynamoDB that Store makes. Functions have no permission for Scan.
type database interface {
	rows.API
	dynamodb.ScanAPIClient
}

// Store is the table of vehicles, for operators.
type Store struct {
	DB    database
	Table string
	Now   func() time.Time
}

func (s Store) vehicles() *rows.Vehicles { return rows.NewVehicles(s.DB, s.Table) }

// Add puts the car on the list. If the table already has a row with that VIN, nothing changes; the error is then a *ConflictError unless
// the row describes the same car.
func (s Store) Add(ctx context.Context, v vehicle.Vehicle) (added bool, err error) {
	v.Status, v.CreatedAt = vehicle.Allowed, s.Now()
	err = s.vehicles().AddVehicle(ctx, v)
	if !errors.Is(err, vehicle.ErrExists) {
		if err != nil {
			return false, fmt.Errorf("add vehicle %s: %w", v.VIN, err)
		}
		return true, nil
	}
	there, err := s.Get(ctx, v.VIN)
	if err != nil {
		return false, err
	}
	if d := differences(there, v); d != "" {
		return false, &ConflictError{VIN: v.VIN, Differences: d}
	}
	return false, nil
}

// ConflictError means that the table has another car with the same VIN.
type ConflictError struct {
	VIN         vin.VIN
	Differences string
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("vehicle %s exists already and is not overwritten; it differs in %s", e.VIN, e.Differences)
}

func differences(there, want vehicle.Vehicle) string {
	text := ""
	for _, f := range []struct{ name, there, want string }{
		{"manufacturer", there.Manufacturer, want.Manufacturer},
		{"make", there.Make, want.Make},
		{"model", there.Model, want.Model},
		{"model year", fmt.Sprint(there.ModelYear), fmt.Sprint(want.ModelYear)},
		{"powertrain", there.Powertrain, want.Powertrain},
	} {
		if f.there == f.want {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%s (%q, not %q)", f.name, f.there, f.want)
	}
	return text
}

// Get reads one car; vehicle.ErrNotFound if there is none.
func (s Store) Get(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error) {
	car, err := s.vehicles().Vehicle(ctx, v)
	if err != nil {
		return vehicle.Vehicle{}, fmt.Errorf("read vehicle %s: %w", v, err)
	}
	return car, nil
}

// List calls each for every car of the manufacturer, or of all manufacturers if manufacturer is empty, until each returns false.
func (s Store) List(ctx context.Context, manufacturer string, each func(vehicle.Vehicle) bool) error {
	if manufacturer == "" {
		return s.vehicles().Each(ctx, s.DB, each)
	}
	for p := (paging.Request{Limit: paging.MaxLimit}); ; {
		page, err := s.vehicles().OfManufacturer(ctx, manufacturer, p)
		if err != nil {
			return fmt.Errorf("list vehicles: %w", err)
		}
		for _, car := range page.Items {
			if !each(car) {
				return nil
			}
		}
		if p.After = page.Next; p.After == "" {
			return nil
		}
	}
}
