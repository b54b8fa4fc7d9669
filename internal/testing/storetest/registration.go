// Package storetest has the tests that every store must pass, in memory or in a database.
package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

const (
	carOne vin.VIN = "WVWZZZ1JZXW000001"
	carTwo vin.VIN = "WVWZZZ1JZXW000002"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 123_000_000, time.UTC)

// VehiclesStore is a store of vehicles.
type VehiclesStore interface {
	Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error)
	PutVehicle(ctx context.Context, v vehicle.Vehicle) error
	MarkRegistered(ctx context.Context, v vin.VIN, manufacturer, thing string, at time.Time) error
}

// Vehicles tests a store of vehicles; empty makes a new store.
func Vehicles(t *testing.T, empty func(t *testing.T) VehiclesStore) {
	full := vehicle.Vehicle{
		VIN: carOne, Manufacturer: "acme", Make: "Acme", Model: "Road Runner", ModelYear: 2026, Powertrain: "ELECTRIC",
		Status: vehicle.Allowed, CreatedAt: noon,
	}
	with := func(change func(*vehicle.Vehicle)) vehicle.Vehicle {
		v := full
		change(&v)
		return v
	}
	t.Run("a car that was never added is not found", func(t *testing.T) {
		_, err := empty(t).Vehicle(t.Context(), carOne)
		assert.ErrorIs(t, err, vehicle.ErrNotFound)
	})
	t.Run("a car comes back as it was put", func(t *testing.T) {
		s := empty(t)
		for _, v := range []vehicle.Vehicle{full, with(func(v *vehicle.Vehicle) {
			*v = vehicle.Vehicle{VIN: carTwo, Manufacturer: "acme", Status: vehicle.Allowed, CreatedAt: noon}
		})} {
			require.NoError(t, s.PutVehicle(t.Context(), v))
			got, err := s.Vehicle(t.Context(), v.VIN)
			require.NoError(t, err)
			assert.Equal(t, v, got)
		}
	})
	t.Run("registering keeps the first time and may be repeated", func(t *testing.T) {
		s := empty(t)
		require.NoError(t, s.PutVehicle(t.Context(), full))
		require.NoError(t, s.MarkRegistered(t.Context(), carOne, "acme", "thing", noon))
		require.NoError(t, s.MarkRegistered(t.Context(), carOne, "acme", "thing", noon.Add(time.Hour)))
		got, err := s.Vehicle(t.Context(), carOne)
		require.NoError(t, err)
		assert.Equal(t, with(func(v *vehicle.Vehicle) {
			v.Status, v.ThingName, v.RegisteredAt = vehicle.Registered, "thing", noon
		}), got)
	})
	for name, v := range map[string]vehicle.Vehicle{
		"a revoked car cannot be registered":              with(func(v *vehicle.Vehicle) { v.Status = vehicle.Revoked }),
		"another manufacturer's car cannot be registered": with(func(v *vehicle.Vehicle) { v.Manufacturer = "other" }),
		"a car that was never added cannot be registered": with(func(v *vehicle.Vehicle) { v.VIN = carTwo }),
		"a car of an unknown status cannot be registered": with(func(v *vehicle.Vehicle) { v.Status = "LOST" }),
	} {
		t.Run(name, func(t *testing.T) {
			s := empty(t)
			require.NoError(t, s.PutVehicle(t.Context(), v))
			assert.ErrorIs(t, s.MarkRegistered(t.Context(), carOne, "acme", "thing", noon), vehicle.ErrNotAllowed)
			got, err := s.Vehicle(t.Context(), v.VIN)
			require.NoError(t, err)
			assert.Equal(t, v, got, "nothing changed")
		})
	}
}

// CertificatesStore is a store of records of certificates.
type CertificatesStore interface {
	PutRecord(ctx context.Context, r certificate.Record) error
	Record(ctx context.Context, v, certificateID string) (certificate.Record, error)
}

// Certificates tests a store of records of certificates; empty makes a new store.
func Certificates(t *testing.T, empty func(t *testing.T) CertificatesStore) {
	active := certificate.Record{
		VIN: string(carOne), CertificateID: "c1", CACertificateID: "ca", Status: certificate.Active, Serial: "42",
		NotBefore: noon.Truncate(time.Second), NotAfter: noon.Truncate(time.Second).AddDate(1, 0, 0), RegisteredAt: noon,
	}
	revoked, again := active, active
	revoked.Status, revoked.Reason = certificate.Revoked, "key lost"
	again.Status, again.Reason = certificate.Revoked, "another reason"
	unreadable := certificate.Record{VIN: certificate.OfAuthority("ca1"), CertificateID: "c2", Status: certificate.Revoked, RegisteredAt: noon}

	tests := map[string]struct {
		put  []certificate.Record
		last error // error of the last put
		want certificate.Record
	}{
		"a record comes back as it was put":         {put: []certificate.Record{active}, want: active},
		"a record of a certificate nobody can read": {put: []certificate.Record{unreadable}, want: unreadable},
		"a record may be put twice":                 {put: []certificate.Record{active, active}, want: active},
		"an active one can be revoked":              {put: []certificate.Record{active, revoked}, want: revoked},
		"a revoked one cannot become active":        {put: []certificate.Record{revoked, active}, last: certificate.ErrRevoked, want: revoked},
		"a revoked one keeps the first reason":      {put: []certificate.Record{revoked, again}, want: revoked},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := empty(t)
			var err error
			for _, r := range tc.put {
				err = s.PutRecord(t.Context(), r)
			}
			require.ErrorIs(t, err, tc.last)
			got, err := s.Record(t.Context(), tc.want.VIN, tc.want.CertificateID)
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
	t.Run("a record that was never put is not found", func(t *testing.T) {
		_, err := empty(t).Record(t.Context(), string(carOne), "c1")
		assert.ErrorIs(t, err, certificate.ErrNotFound)
	})
}
