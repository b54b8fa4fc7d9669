package registration_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/domain/registration"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/names"
	"connectedcar/internal/paging"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

const car vin.VIN = "WVWZZZ1JZXW000001"

const (
	fleet    = "fleet"
	acme     = "acme"
	acmeCars = "acme-cars"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// world has all dependencies of a registration. Before and after every step it calls hook, which may fail the step: a failure
// after the step simulates a crash before its result was received.
type world struct {
	mu       sync.Mutex
	presents map[string]registration.Presented
	cas      map[string]string
	statuses []string // every change of a status, in order

	things   memory.Things
	vehicles memory.Vehicles
	records  memory.Certificates
	alerts   memory.Alerts
	hook     func(step string) error

	ca, foreignCA pki.Pair
}

// newWorld returns a world with one allowed car and the CA of its manufacturer.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{
		presents: map[string]registration.Presented{}, cas: map[string]string{}, hook: func(string) error { return nil },
	}
	w.addGroups()
	w.ca, w.foreignCA = authority(t, "Acme"), authority(t, "Other")
	w.cas[id(w.ca)], w.cas[id(w.foreignCA)] = string(w.ca.CertificatePEM()), string(w.foreignCA.CertificatePEM())
	w.allow(t, vehicle.Vehicle{VIN: car, Manufacturer: acme, Make: "Alfa Romeo", Model: "Giulia", ModelYear: 2026, Powertrain: "HYBRID", Status: vehicle.Allowed})
	return w
}

func (w *world) addGroups() {
	w.things.AddGroup(fleet, "")
	w.things.AddGroup(acmeCars, fleet)
}

func authority(t testing.TB, organization string) pki.Pair {
	t.Helper()
	root, err := pki.NewRoot(organization, noon)
	require.NoError(t, err)
	ca, err := pki.NewIntermediate(root, organization, noon)
	require.NoError(t, err)
	return ca
}

func id(p pki.Pair) string { return pki.CertificateID(p.Certificate) }

func (w *world) allow(t testing.TB, v vehicle.Vehicle) {
	t.Helper()
	require.NoError(t, w.vehicles.PutVehicle(context.Background(), v))
}

// present simulates a car that presents a certificate for the first time, and returns the event.
func (w *world) present(t testing.TB, ca pki.Pair, name string) registration.Event {
	t.Helper()
	c, err := pki.NewCar(ca, name, 30, noon)
	require.NoError(t, err)
	return w.presentPEM(id(c), id(ca), string(c.CertificatePEM()))
}

func (w *world) presentPEM(certificateID, caID, pem string) registration.Event {
	w.presents[certificateID] = registration.Presented{
		ID: certificateID, ARN: "arn:" + certificateID, CACertificateID: caID, PEM: pem, Status: registration.Pending, CreatedAt: noon,
	}
	return registration.Event{CertificateID: certificateID, CACertificateID: caID, At: noon}
}

func (w *world) registrar() *registration.Service {
	return &registration.Service{
		Authorities:  map[string]names.CertificateAuthority{id(w.ca): {Manufacturer: acme, ThingGroup: acmeCars}},
		Certificates: w, Things: w, Vehicles: w, Records: w, Alerts: w, Longest: certificate.DefaultLifetime,
		Now: func() time.Time { return noon.Add(time.Minute) },
	}
}

// snapshot is the final state, for comparison with require.Equal.
type snapshot struct {
	Statuses map[string]registration.Status
	memory.Registry
	Vehicles map[vin.VIN]vehicle.Vehicle
	Records  map[[2]string]certificate.Record
	Alerts   map[[2]string]alert.Alert
}

func (w *world) snapshot() snapshot {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := snapshot{
		Statuses: map[string]registration.Status{}, Registry: w.things.All(),
		Vehicles: w.vehicles.All(), Records: w.records.All(), Alerts: w.alerts.All(),
	}
	for name, c := range w.presents {
		s.Statuses[name] = c.Status
	}
	return s
}

// step performs one call: the hook, the effect, the hook again.
func (w *world) step(name string, effect func() error) error {
	if err := w.hook("before " + name); err != nil {
		return err
	}
	w.mu.Lock()
	err := effect()
	w.mu.Unlock()
	if err != nil {
		return err
	}
	return w.hook("after " + name)
}

func (w *world) Certificate(_ context.Context, certificateID string) (c registration.Presented, err error) {
	err = w.step("describe certificate", func() error {
		var there bool
		if c, there = w.presents[certificateID]; !there {
			return registration.ErrUnknownCertificate
		}
		return nil
	})
	return c, err
}

func (w *world) AuthorityPEM(_ context.Context, caID string) (pem string, err error) {
	err = w.step("describe authority", func() error { pem = w.cas[caID]; return nil })
	return pem, err
}

func (w *world) SetStatus(_ context.Context, certificateID string, status registration.Status) error {
	return w.step("set status", func() error {
		c := w.presents[certificateID]
		c.Status = status
		w.presents[certificateID] = c
		w.statuses = append(w.statuses, string(status))
		return nil
	})
}

func (w *world) EnsureThing(ctx context.Context, thing registration.Thing) error {
	return w.step("ensure thing", func() error { return w.things.EnsureThing(ctx, thing) })
}

func (w *world) Join(ctx context.Context, thing, group string) error {
	return w.step("join "+group, func() error { return w.things.Join(ctx, thing, group) })
}

func (w *world) AttachPolicies(ctx context.Context, arn string) error {
	return w.step("attach policy", func() error { return w.things.AttachPolicies(ctx, arn) })
}

func (w *world) AttachCertificate(ctx context.Context, thing, arn string) error {
	return w.step("attach certificate", func() error { return w.things.AttachCertificate(ctx, thing, arn) })
}

func (w *world) Vehicle(ctx context.Context, v vin.VIN) (got vehicle.Vehicle, err error) {
	err = w.step("read vehicle", func() (err error) { got, err = w.vehicles.Vehicle(ctx, v); return err })
	return got, err
}

func (w *world) MarkRegistered(ctx context.Context, v vin.VIN, manufacturer, thing string, at time.Time) error {
	return w.step("mark registered", func() error { return w.vehicles.MarkRegistered(ctx, v, manufacturer, thing, at) })
}

func (w *world) PutRecord(ctx context.Context, r certificate.Record) error {
	return w.step("put record", func() error { return w.records.PutRecord(ctx, r) })
}

func (w *world) Record(ctx context.Context, v, certificateID string) (got certificate.Record, err error) {
	err = w.step("read record", func() (err error) { got, err = w.records.Record(ctx, v, certificateID); return err })
	return got, err
}

func (w *world) Records(ctx context.Context, v vin.VIN, p paging.Request) (got paging.Page[certificate.Record], err error) {
	err = w.step("list records", func() (err error) { got, err = w.records.Records(ctx, v, p); return err })
	return got, err
}

func (w *world) Raise(ctx context.Context, n alert.Notice) (a alert.Alert, created bool, err error) {
	err = w.step("raise alert", func() (err error) {
		a, created, err = alert.NewService(&w.alerts, &w.vehicles).Raise(ctx, n)
		return err
	})
	return a, created, err
}
