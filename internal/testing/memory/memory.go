// Package memory keeps the platform's records in the process, for tests and tools. It passes internal/testing/storetest, as the database
// adapters do. All types are safe for concurrent use, and their zero values are empty stores.
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

// table is rows by key.
type table[K comparable, V any] struct {
	mu   sync.Mutex
	rows map[K]V
}

// update calls f with the row of that key and stores what f returns with true.
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

// all is a copy of the table.
func (t *table[K, V]) all() map[K]V {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.rows)
}

// Vehicles is the allow-list.
type Vehicles struct {
	rows table[vin.VIN, vehicle.Vehicle]
}

// Vehicle is the car with that VIN; vehicle.ErrNotFound if there is none.
func (s *Vehicles) Vehicle(_ context.Context, v vin.VIN) (vehicle.Vehicle, error) {
	car, ok := s.rows.get(v)
	if !ok {
		return vehicle.Vehicle{}, fmt.Errorf("%s: %w", v, vehicle.ErrNotFound)
	}
	return car, nil
}

// PutVehicle writes a car's whole row, whether there is one or not.
func (s *Vehicles) PutVehicle(_ context.Context, v vehicle.Vehicle) error {
	s.rows.update(v.VIN, func(vehicle.Vehicle, bool) (vehicle.Vehicle, bool) { return v, true })
	return nil
}

// MarkRegistered makes a car REGISTERED; vehicle.ErrNotAllowed if it is not on that manufacturer's allow-list.
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

// All are all rows.
func (s *Vehicles) All() map[vin.VIN]vehicle.Vehicle { return s.rows.all() }

// Certificates is the history of certificates.
type Certificates struct {
	rows table[[2]string, certificate.Record]
}

// PutRecord writes a record unless there is a revoked one: that stays, and an active record is refused.
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

// Record is the record of a certificate; certificate.ErrNotFound if there is none.
func (s *Certificates) Record(_ context.Context, v, certificateID string) (certificate.Record, error) {
	r, ok := s.rows.get([2]string{v, certificateID})
	if !ok {
		return certificate.Record{}, fmt.Errorf("%s of %s: %w", certificateID, v, certificate.ErrNotFound)
	}
	return r, nil
}

// All are all records, by VIN and certificate id.
func (s *Certificates) All() map[[2]string]certificate.Record { return s.rows.all() }

// Records are the car's certificates, by id.
func (s *Certificates) Records(_ context.Context, v vin.VIN, p paging.Request) (paging.Page[certificate.Record], error) {
	var list []certificate.Record
	for _, r := range s.rows.all() {
		if r.VIN == string(v) {
			list = append(list, r)
		}
	}
	return ascending(list, p, func(r certificate.Record) string { return r.CertificateID })
}
