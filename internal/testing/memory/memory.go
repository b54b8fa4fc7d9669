// Package memory stores the platform's records in the process, for tests and tools. Its stores pass the tests of
// internal/testing/storetest, as the database adapters do. All types are safe for concurrent use, and their zero values are empty stores.
package memory

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// table holds rows by key.
type table[K comparable, V any] struct {
	mu   sync.Mutex
	rows map[K]V
}

// update calls f with the row of that key, and stores the row that f returns if f also returns true.
func (t *table[K, V]) update(k K, f func(old V, there bool) (V, bool)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rows == nil {
		t.rows = map[K]V{}
	}
	old, there := t.rows[k]
	if next, store := f(old, there); store {
		t.rows[k] = next
	}
}

func (t *table[K, V]) get(k K) (V, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v, ok := t.rows[k]
	return v, ok
}

// all returns a copy of the rows.
func (t *table[K, V]) all() map[K]V {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.rows)
}

// Vehicles is a store of vehicles, the allow-list.
type Vehicles struct {
	rows table[vin.VIN, vehicle.Vehicle]
}

// Vehicle returns the car with that VIN; vehicle.ErrNotFound if there is none.
func (s *Vehicles) Vehicle(_ context.Context, v vin.VIN) (vehicle.Vehicle, error) {
	car, ok := s.rows.get(v)
	if !ok {
		return vehicle.Vehicle{}, fmt.Errorf("%s: %w", v, vehicle.ErrNotFound)
	}
	return car, nil
}

// PutVehicle writes a car's whole row, over an existing one.
func (s *Vehicles) PutVehicle(_ context.Context, v vehicle.Vehicle) error {
	s.rows.update(v.VIN, func(vehicle.Vehicle, bool) (vehicle.Vehicle, bool) { return v, true })
	return nil
}

// MarkRegistered sets a car's status to REGISTERED; vehicle.ErrNotAllowed if the car is not on that manufacturer's allow-list.
func (s *Vehicles) MarkRegistered(_ context.Context, v vin.VIN, manufacturer, thing string, at time.Time) (err error) {
	s.rows.update(v, func(car vehicle.Vehicle, there bool) (vehicle.Vehicle, bool) {
		if !there || car.AllowedFor(manufacturer) != nil {
			err = fmt.Errorf("%s: %w", v, vehicle.ErrNotAllowed)
			return car, false
		}
		car.Status, car.ThingName = vehicle.Registered, thing
		if car.RegisteredAt.IsZero() {
			car.RegisteredAt = at
		}
		return car, true
	})
	return err
}

// All returns all cars, by VIN.
func (s *Vehicles) All() map[vin.VIN]vehicle.Vehicle { return s.rows.all() }

// Certificates is a store of records of certificates.
type Certificates struct {
	rows table[[2]string, certificate.Record]
}

// PutRecord writes a record, but never over a revoked one: the revoked record stays, and PutRecord returns certificate.ErrRevoked if r is
// active.
func (s *Certificates) PutRecord(_ context.Context, r certificate.Record) (err error) {
	s.rows.update([2]string{r.VIN, r.CertificateID}, func(old certificate.Record, there bool) (certificate.Record, bool) {
		if !there || old.Status != certificate.Revoked {
			return r, true
		}
		if r.Status != certificate.Revoked {
			err = fmt.Errorf("%s: %w", r.CertificateID, certificate.ErrRevoked)
		}
		return old, false
	})
	return err
}

// Record returns the record of a certificate; certificate.ErrNotFound if there is none.
func (s *Certificates) Record(_ context.Context, v, certificateID string) (certificate.Record, error) {
	r, ok := s.rows.get([2]string{v, certificateID})
	if !ok {
		return certificate.Record{}, fmt.Errorf("%s of %s: %w", certificateID, v, certificate.ErrNotFound)
	}
	return r, nil
}

// All returns all records, by VIN and certificate id.
func (s *Certificates) All() map[[2]string]certificate.Record { return s.rows.all() }

// Records lists the records of the car's certificates, by id.
func (s *Certificates) Records(_ context.Context, v vin.VIN, p paging.Request) (paging.Page[certificate.Record], error) {
	var list []certificate.Record
	for _, r := range s.rows.all() {
		if r.VIN == string(v) {
			list = append(list, r)
		}
	}
	return ascending(list, p, func(r certificate.Record) string { return r.CertificateID })
}
