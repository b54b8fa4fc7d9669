package registration_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/domain/registration"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

func TestAllowedCarIsRegistered(t *testing.T) {
	w := newWorld(t)
	e := w.present(t, w.ca, string(car))
	result, err := w.registrar().Register(t.Context(), e)
	require.NoError(t, err)
	assert.Equal(t, registration.Result{Outcome: registration.Activated, VIN: car}, result)

	got := w.snapshot()
	assert.Equal(t, map[string]registration.Thing{string(car): {Name: string(car), Attributes: map[string]string{
		"make": "Alfa_Romeo", "model": "Giulia", "modelYear": "2026", "powertrain": "HYBRID",
	}}}, got.Things)
	assert.Equal(t, []string{acmeCars}, got.Groups[string(car)], "the manufacturer's group alone: the fleet's has the car by it")
	assert.Equal(t, []string{"arn:" + e.CertificateID}, got.Policies)
	assert.Equal(t, []string{"arn:" + e.CertificateID}, got.Attached[string(car)])
	assert.Equal(t, registration.Active, got.Statuses[e.CertificateID])
	assert.Equal(t, vehicle.Registered, got.Vehicles[car].Status)
	assert.Equal(t, string(car), got.Vehicles[car].ThingName)
	assert.Equal(t, noon, got.Vehicles[car].RegisteredAt)
	record := got.Records[[2]string{string(car), e.CertificateID}]
	assert.Equal(t, certificate.Active, record.Status)
	assert.Equal(t, id(w.ca), record.CACertificateID)
	assert.Equal(t, noon, record.RegisteredAt)
	assert.Equal(t, noon.AddDate(0, 0, 30), record.NotAfter)
	assert.NotEmpty(t, record.Serial)
	assert.Empty(t, got.Alerts)
}

func TestActivationComesLast(t *testing.T) {
	w := newWorld(t)
	e := w.present(t, w.ca, string(car))
	w.hook = func(step string) error {
		if step == "before set status" {
			got := w.snapshot()
			assert.NotEmpty(t, got.Things)
			assert.NotEmpty(t, got.Groups)
			assert.NotEmpty(t, got.Policies)
			assert.NotEmpty(t, got.Attached[string(car)])
			assert.NotEmpty(t, got.Records)
			assert.Equal(t, vehicle.Registered, got.Vehicles[car].Status)
		}
		return nil
	}
	_, err := w.registrar().Register(t.Context(), e)
	require.NoError(t, err)
	assert.Equal(t, []string{"ACTIVE"}, w.statuses)
}

func TestDenials(t *testing.T) {
	row := func(status vehicle.Status, manufacturer string) func(*testing.T, *world) registration.Event {
		return func(t *testing.T, w *world) registration.Event {
			w.allow(t, vehicle.Vehicle{VIN: car, Manufacturer: manufacturer, Status: status})
			return w.present(t, w.ca, string(car))
		}
	}
	tests := map[string]struct {
		present func(t *testing.T, w *world) registration.Event
		vin     string
		byCA    bool // the alert belongs to the authority, not to the car
		reason  string
	}{
		"a VIN that nobody announced": {
			present: func(t *testing.T, w *world) registration.Event { return w.present(t, w.ca, "WVWZZZ1JZXW000009") },
			byCA:    true, reason: "no such vehicle",
		},
		"a revoked car":              {present: row(vehicle.Revoked, acme), vin: string(car), reason: "is revoked"},
		"another manufacturer's car": {present: row(vehicle.Allowed, "other"), byCA: true, reason: "belongs to another manufacturer"},
		"a car of unknown status":    {present: row("LOST", acme), vin: string(car), reason: `has status "LOST"`},
		"a common name that is no VIN": {
			present: func(t *testing.T, w *world) registration.Event { return w.present(t, w.ca, "toaster") },
			byCA:    true, reason: `VIN "toaster"`,
		},
		"what is no certificate": {
			present: func(_ *testing.T, w *world) registration.Event {
				return w.presentPEM(strings.Repeat("ab", 32), id(w.ca), "no PEM")
			},
			byCA: true, reason: "not PEM",
		},
		"a certificate that the authority did not sign": {
			present: func(t *testing.T, w *world) registration.Event {
				e := w.present(t, w.foreignCA, string(car))
				return w.presentPEM(e.CertificateID, id(w.ca), w.presents[e.CertificateID].PEM)
			},
			vin: string(car), reason: "not signed by authority",
		},
		"an expired certificate": {
			present: func(t *testing.T, w *world) registration.Event {
				c, err := pki.NewCar(w.ca, string(car), 1, noon.AddDate(0, 0, -2))
				require.NoError(t, err)
				return w.presentPEM(id(c), id(w.ca), string(c.CertificatePEM()))
			},
			vin: string(car), reason: "expired at",
		},
		"a certificate whose record an operator revoked": {
			present: func(t *testing.T, w *world) registration.Event {
				e := w.present(t, w.ca, string(car))
				require.NoError(t, w.records.PutRecord(t.Context(), certificate.Record{
					VIN: string(car), CertificateID: e.CertificateID, Status: certificate.Revoked, Reason: "key lost",
				}))
				return e
			},
			vin: string(car), reason: "key lost",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			e := tc.present(t, w)
			before := w.snapshot()
			for range 2 { // the second run has nothing left to do
				_, err := w.registrar().Register(t.Context(), e)
				require.NoError(t, err)
			}
			got := w.snapshot()
			if tc.byCA {
				tc.vin = certificate.OfAuthority(id(w.ca))
			}
			assert.Equal(t, registration.Revoked, got.Statuses[e.CertificateID])
			assert.Equal(t, []string{"REVOKED"}, w.statuses)
			assert.Equal(t, before.Vehicles, got.Vehicles)
			record := got.Records[[2]string{tc.vin, e.CertificateID}]
			assert.Equal(t, certificate.Revoked, record.Status)
			assert.Contains(t, record.Reason, tc.reason)
			if tc.reason != "key lost" { // an operator's own reason stays
				assert.Contains(t, record.Reason, "this is final for this certificate", "and how to go on")
			}
			require.Len(t, got.Alerts, 1)
			for _, a := range got.Alerts {
				assert.Equal(t, alert.RegistrationDenied, a.Kind)
				assert.Equal(t, tc.vin, a.VIN)
				assert.Equal(t, noon, a.FirstAt)
				assert.Equal(t, alert.Operator, a.Audience)
				assert.Empty(t, a.DealerID)
			}
		})
	}
}

func TestWhatIsNotOursIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	foreign := w.present(t, w.foreignCA, string(car))
	gone := registration.Event{CertificateID: strings.Repeat("cd", 32), CACertificateID: id(w.ca), At: noon}
	before := w.snapshot()
	for e, want := range map[registration.Event]registration.Outcome{foreign: registration.Foreign, gone: registration.Gone} {
		result, err := w.registrar().Register(t.Context(), e)
		require.NoError(t, err)
		assert.Equal(t, want, result.Outcome)
	}
	assert.Equal(t, before, w.snapshot())
}

func TestEventThatContradictsTheRegistryIsKeptForAPerson(t *testing.T) {
	w := newWorld(t)
	e := w.present(t, w.foreignCA, string(car))
	e.CACertificateID = id(w.ca)
	before := w.snapshot()
	_, err := w.registrar().Register(t.Context(), e)
	assert.Equal(t, errs.Invalid, errs.Of(err))
	assert.Equal(t, before, w.snapshot())
}

func TestBrokenAuthorityDoesNotCostACarItsCertificate(t *testing.T) {
	w := newWorld(t)
	e := w.present(t, w.ca, string(car))
	w.cas[id(w.ca)] = "no PEM"
	_, err := w.registrar().Register(t.Context(), e)
	require.Error(t, err)
	assert.Equal(t, registration.Pending, w.snapshot().Statuses[e.CertificateID])
}

func TestRenewalKeepsTheThingAndTheOldCertificate(t *testing.T) {
	w := newWorld(t)
	first, second := w.present(t, w.ca, string(car)), w.present(t, w.ca, string(car))
	for _, e := range []registration.Event{first, second} {
		_, err := w.registrar().Register(t.Context(), e)
		require.NoError(t, err)
	}
	got := w.snapshot()
	assert.Len(t, got.Things, 1)
	assert.Len(t, got.Attached[string(car)], 2)
	assert.Equal(t, registration.Active, got.Statuses[first.CertificateID])
	assert.Equal(t, registration.Active, got.Statuses[second.CertificateID])
	assert.Len(t, got.Records, 2)
}

// The holder of a manufacturer's CA can make a second certificate for a car. It works, but raises an alert.
func TestASecondLiveCertificateRaisesAnAlert(t *testing.T) {
	w := newWorld(t)
	first, second := w.present(t, w.ca, string(car)), w.present(t, w.ca, string(car))
	for n, e := range []registration.Event{first, first, second, second} {
		_, err := w.registrar().Register(t.Context(), e)
		require.NoError(t, err)
		if n < 2 {
			require.Empty(t, w.alerts.All(), "one certificate is no news")
		}
	}
	require.Len(t, w.alerts.All(), 1)
	for _, a := range w.alerts.All() {
		assert.Equal(t, alert.SecondCertificate, a.Kind)
		assert.Equal(t, string(car), a.VIN)
		assert.Equal(t, alert.Operator, a.Audience)
		assert.Contains(t, a.Detail, "2 live certificates")
	}
}

// A renewal leaves the old certificate for a while. Once it is revoked, the alert is resolved.
func TestTheAlertOfASecondCertificateEndsWithIt(t *testing.T) {
	w := newWorld(t)
	alerts := &memory.Alerts{}
	book := alert.NewService(alerts, &w.vehicles)
	three := []string{"a", "b", "c"}
	for _, id := range three {
		require.NoError(t, w.records.PutRecord(t.Context(), certificate.Record{
			VIN: string(car), CertificateID: id, Status: certificate.Active, NotAfter: noon.Add(time.Hour), RegisteredAt: noon,
		}))
	}
	raised, _, err := book.Raise(t.Context(), alert.Notice{VIN: string(car), Kind: alert.SecondCertificate, At: noon, Detail: "3 live certificates"})
	require.NoError(t, err)
	for n, want := range []alert.Status{alert.Open, alert.Resolved, alert.Resolved} {
		require.NoError(t, w.records.PutRecord(t.Context(), certificate.Record{
			VIN: string(car), CertificateID: three[n], Status: certificate.Revoked, NotAfter: noon.Add(time.Hour), RegisteredAt: noon,
		}))
		require.NoError(t, registration.ResolveSecond(t.Context(), &w.records, book, car, noon.Add(time.Duration(n+1)*time.Minute)))
		now, err := alerts.Alert(t.Context(), string(car), raised.ID)
		require.NoError(t, err)
		assert.Equal(t, want, now.Status, "%d are revoked", n+1)
	}
}

// A manufacturer's CA cannot add records to another manufacturer's car, and its denials are one alert with a counter.
func TestAForeignAuthorityPlantsNothingOnACar(t *testing.T) {
	w := newWorld(t)
	w.allow(t, vehicle.Vehicle{VIN: car, Manufacturer: "other", DealerID: "north", OwnerID: "owner", Status: vehicle.Allowed})
	for n := range 20 {
		for _, name := range []string{string(car), fmt.Sprintf("WVWZZZ1JZXW1000%02d", n), "toaster"} {
			e := w.present(t, w.ca, name)
			p := w.presents[e.CertificateID]
			p.CreatedAt = noon.Add(time.Duration(n) * 2 * time.Minute)
			w.presents[e.CertificateID] = p
			result, err := w.registrar().Register(t.Context(), e)
			require.NoError(t, err)
			require.Equal(t, registration.Denied, result.Outcome)
		}
	}
	got := w.snapshot()
	assert.Len(t, got.Records, 60, "every refused certificate is on record")
	for key := range got.Records {
		assert.Equal(t, certificate.OfAuthority(id(w.ca)), key[0], "under its authority")
	}
	require.Len(t, got.Alerts, 2, "one for the announced car, one for all that nobody announced")
	for key, a := range got.Alerts {
		assert.Equal(t, certificate.OfAuthority(id(w.ca)), key[0])
		assert.Equal(t, 20, a.Count)
		assert.Equal(t, alert.Operator, a.Audience)
		assert.Empty(t, a.DealerID)
	}
}

// All environments of an account share its registry: a certificate of one must not register a car of another.
func TestACarOfAnotherEnvironmentIsNotTakenOver(t *testing.T) {
	w := newWorld(t)
	w.hook = func(step string) error {
		if step == "before ensure thing" {
			return fmt.Errorf("%w: its type is cars-vehicle", registration.ErrElsewhere)
		}
		return nil
	}
	e := w.present(t, w.ca, string(car))
	result, err := w.registrar().Register(t.Context(), e)
	require.NoError(t, err)
	assert.Equal(t, registration.Denied, result.Outcome)
	got := w.snapshot()
	assert.Equal(t, registration.Revoked, got.Statuses[e.CertificateID])
	assert.Equal(t, vehicle.Allowed, got.Vehicles[car].Status)
	assert.Empty(t, got.Attached)
}

var errCrash = errors.New("crash")

// scenarios are a car whose registration succeeds and one whose registration is denied.
func scenarios() map[string]vin.VIN {
	return map[string]vin.VIN{"an allowed car": car, "a car that is not allowed": "WVWZZZ1JZXW000009"}
}

// If a run stops before or after any step, and a second one stops anywhere too, the next run completes the registration.
func TestEveryCrashIsMadeGood(t *testing.T) {
	for name, v := range scenarios() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			e := w.present(t, w.ca, string(v))
			steps := 0
			w.hook = func(string) error { steps++; return nil }
			_, err := w.registrar().Register(t.Context(), e)
			require.NoError(t, err)
			want := w.snapshot()
			require.Greater(t, steps, 10)

			pem := w.presents[e.CertificateID].PEM
			for first := range steps {
				for second := range steps {
					w := world2(t, w, e, pem)
					crashing(t, w, e, first)
					crashing(t, w, e, second)
					w.hook = func(string) error { return nil }
					_, err := w.registrar().Register(t.Context(), e)
					require.NoError(t, err)
					require.Equal(t, want, w.snapshot(), "crash at %d, then at %d", first, second)
				}
			}
		})
	}
}

// world2 returns a new world with the CAs of another one, in which the same certificate is presented.
func world2(t *testing.T, like *world, e registration.Event, pem string) *world {
	t.Helper()
	w := &world{presents: map[string]registration.Presented{}, cas: like.cas, ca: like.ca, foreignCA: like.foreignCA}
	w.addGroups()
	w.allow(t, vehicle.Vehicle{VIN: car, Manufacturer: acme, Make: "Alfa Romeo", Model: "Giulia", ModelYear: 2026, Powertrain: "HYBRID", Status: vehicle.Allowed})
	w.presentPEM(e.CertificateID, e.CACertificateID, pem)
	return w
}

// crashing registers and makes the n-th step fail.
func crashing(t *testing.T, w *world, e registration.Event, n int) {
	t.Helper()
	steps := 0
	w.hook = func(string) error {
		if steps++; steps > n {
			return errCrash
		}
		return nil
	}
	if _, err := w.registrar().Register(t.Context(), e); err != nil {
		require.ErrorIs(t, err, errCrash)
	}
}

// Two events for one certificate, in any interleaving and with failing steps, have the same result as one event.
func TestConcurrentEventsEndAsOne(t *testing.T) {
	for name, v := range scenarios() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			e := w.present(t, w.ca, string(v))
			pem := w.presents[e.CertificateID].PEM
			_, err := w.registrar().Register(t.Context(), e)
			require.NoError(t, err)
			want := w.snapshot()
			for seed := range uint64(300) {
				w := world2(t, w, e, pem)
				disturb(w, seed)
				var wait sync.WaitGroup
				for range 2 {
					wait.Go(func() {
						for { // retry, as the queue does
							if _, err := w.registrar().Register(context.Background(), e); err == nil {
								return
							}
						}
					})
				}
				wait.Wait()
				require.Equal(t, want, w.snapshot(), "seed %d", seed)
			}
		})
	}
}

// disturb makes the scheduler switch between steps, and one step in ten fail.
func disturb(w *world, seed uint64) {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 7))
	w.hook = func(step string) error {
		mu.Lock()
		yields, fails := random.IntN(4), random.IntN(10) == 0
		mu.Unlock()
		for range yields {
			runtime.Gosched()
		}
		if fails {
			return fmt.Errorf("%s: %w", step, errCrash)
		}
		return nil
	}
}

// If an operator revokes the car or its certificate during a registration, the certificate ends revoked. This holds until the run last
// reads the row; after that the operator's own call to the registry follows the activation.
func TestRevocationDuringRegistrationWins(t *testing.T) {
	tests := map[string]struct {
		lastLook string
		revoke   func(w *world, e registration.Event)
	}{
		"of the car": {"after read vehicle", func(w *world, _ registration.Event) {
			v, _ := w.vehicles.Vehicle(context.Background(), car)
			v.Status = vehicle.Revoked
			_ = w.vehicles.PutVehicle(context.Background(), v)
		}},
		"of the certificate": {"after read record", func(w *world, e registration.Event) {
			_ = w.records.PutRecord(context.Background(), certificate.Record{
				VIN: string(car), CertificateID: e.CertificateID, Status: certificate.Revoked, Reason: "key lost",
			})
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			template := newWorld(t)
			e := template.present(t, template.ca, string(car))
			pem := template.presents[e.CertificateID].PEM
			var steps []string
			template.hook = func(step string) error { steps = append(steps, step); return nil }
			_, err := template.registrar().Register(t.Context(), e)
			require.NoError(t, err)
			last := len(steps) - 1 - slices.Index(reversed(steps), tc.lastLook)
			require.Greater(t, last, slices.Index(steps, "after set status"), "it looks again after the activation")

			for at := range last {
				w := world2(t, template, e, pem)
				n := 0
				w.hook = func(string) error {
					if n == at {
						tc.revoke(w, e)
					}
					n++
					return nil
				}
				_, err := w.registrar().Register(t.Context(), e)
				require.NoError(t, err)
				assert.Equal(t, registration.Revoked, w.snapshot().Statuses[e.CertificateID], "revoked at %s", steps[at])
			}
		})
	}
}

func reversed(s []string) []string {
	s = slices.Clone(s)
	slices.Reverse(s)
	return s
}

func TestParseEvent(t *testing.T) {
	one, other := strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	body := func(times string) string {
		return fmt.Sprintf(`{"certificateId":"%s","caCertificateId":"%s","certificateStatus":"PENDING_ACTIVATION","awsAccountId":"000000000000"%s}`, one, other, times)
	}
	at := time.UnixMilli(1_795_420_800_123).UTC()
	tests := map[string]struct {
		body string
		want time.Time
		err  string
	}{
		"both times, the registration's as text": {body: body(`,"timestamp":1795420900000,"certificateRegistrationTimestamp":"1795420800123"`), want: at},
		"the registration's time is null":        {body: body(`,"timestamp":1795420800123,"certificateRegistrationTimestamp":null`), want: at},
		"the registration's time is a number":    {body: body(`,"timestamp":1,"certificateRegistrationTimestamp":1795420800123`), want: at},
		"no JSON":                                {body: "x", err: "registration event: invalid character"},
		"a time that is none":                    {body: body(`,"timestamp":"soon"`), err: "allowed are milliseconds since 1970"},
		"no certificate":                         {body: `{"caCertificateId":"` + other + `"}`, err: `certificateId is ""; allowed are 64`},
		"a certificate id of an ARN":             {body: strings.Replace(body(""), one, "arn:aws:iot", 1), err: "allowed are 64 lower-case hexadecimal digits"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := registration.ParseEvent([]byte(tc.body))
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				assert.Equal(t, errs.Invalid, errs.Of(err))
				return
			}
			require.NoError(t, err)
			assert.Equal(t, registration.Event{CertificateID: one, CACertificateID: other, At: tc.want}, got)
		})
	}
}

func TestACertificateThatIsNotValidYetWaits(t *testing.T) {
	w := newWorld(t)
	c, err := pki.NewCar(w.ca, string(car), 30, noon.Add(2*time.Hour))
	require.NoError(t, err)
	e := w.presentPEM(id(c), id(w.ca), string(c.CertificatePEM()))
	before := w.snapshot()
	result, err := w.registrar().Register(t.Context(), e)
	require.NoError(t, err)
	assert.Equal(t, registration.Waiting, result.Outcome)
	assert.Contains(t, result.Reason, "not valid yet")
	assert.Equal(t, before, w.snapshot(), "it stays pending, and nothing is recorded or reported")

	r := w.registrar()
	r.Now = func() time.Time { return noon.Add(2 * time.Hour) }
	result, err = r.Register(t.Context(), e)
	require.NoError(t, err)
	assert.Equal(t, registration.Activated, result.Outcome, "the next connection registers the car")
}
