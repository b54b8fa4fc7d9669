package gateway_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/twin/iot/gateway"
	"connectedcar/internal/twin/iot/gateway/registry"
)

const registered = "SELECT * FROM '$aws/events/certificates/registered/+'"

func TestUnknownCertificateIsRegisteredJustInTime(t *testing.T) {
	w := newWorld(t)
	w.addRule(toSink("registered", registered, "events"))
	car := w.car("CAR1")
	id := pki.CertificateID(car.Certificate)

	_, _, err := w.attempt(car, 5, "CAR1")
	require.Error(t, err, "the first connection is closed")
	assert.Equal(t, registry.Pending, w.registry.status(id))
	in, e := w.next("events")
	assert.Equal(t, "$aws/events/certificates/registered/"+w.ca.ID, in.Message.Topic)
	assert.Equal(t, id, e["certificateId"])
	assert.Equal(t, w.ca.ID, e["caCertificateId"])
	assert.Equal(t, "PENDING_ACTIVATION", e["certificateStatus"])
	assert.Equal(t, account, e["awsAccountId"])
	assert.InDelta(t, time.Now().UnixMilli(), e["timestamp"], 60_000)
	assert.Nil(t, e["certificateRegistrationTimestamp"])
	assert.Equal(t, "127.0.0.1", e["sourceIp"])

	_, _, err = w.attempt(car, 5, "CAR1")
	require.Error(t, err, "it is closed again while the certificate is pending")
	_, e = w.next("events")
	assert.IsType(t, "", e["certificateRegistrationTimestamp"])

	w.registry.provision(car, w.ca, "CAR1", "car")
	_, ack, err := w.attempt(car, 5, "CAR1")
	require.NoError(t, err)
	assert.Equal(t, byte(0), ack.ReasonCode)
}

func TestConnectionsThatAreRefused(t *testing.T) {
	now := time.Now()
	other, err := pki.NewRoot("Other", now)
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		prepare func(w *world) (car pki.Pair)
		reason  string
	}{
		"an unknown authority": {func(w *world) pki.Pair {
			p, err := pki.NewCar(other, "CAR1", 30, now)
			require.NoError(t, err)
			return p
		}, "so is the authority that signed it"},
		"an authority of the same name with another key": {func(w *world) pki.Pair {
			root, err := pki.NewRoot("Acme", now)
			require.NoError(t, err)
			forged, err := pki.NewIntermediate(root, "Acme", now)
			require.NoError(t, err)
			p, err := pki.NewCar(forged, "CAR1", 30, now)
			require.NoError(t, err)
			return p
		}, "so is the authority that signed it"},
		"an inactive authority": {func(w *world) pki.Pair {
			w.registry.addCA(w.issuer, func(c *registry.CA) { c.Active = false })
			return w.car("CAR1")
		}, "is INACTIVE"},
		"an authority without auto-registration": {func(w *world) pki.Pair {
			w.registry.addCA(w.issuer, func(c *registry.CA) { c.AutoRegister = false })
			return w.car("CAR1")
		}, "has auto-registration off"},
		"a revoked certificate": {func(w *world) pki.Pair {
			car := w.car("CAR1")
			w.registry.provision(car, w.ca, "CAR1", "car")
			w.registry.setStatus(pki.CertificateID(car.Certificate), registry.Revoked)
			return car
		}, "certificate is REVOKED"},
		"an inactive certificate": {func(w *world) pki.Pair {
			car := w.car("CAR1")
			w.registry.provision(car, w.ca, "CAR1", "car")
			w.registry.setStatus(pki.CertificateID(car.Certificate), "INACTIVE")
			return car
		}, "certificate is INACTIVE"},
		"an expired certificate": {func(w *world) pki.Pair {
			car, err := pki.NewCar(w.issuer, "CAR1", 1, now.AddDate(0, 0, -3))
			require.NoError(t, err)
			w.registry.provision(car, w.ca, "CAR1", "car")
			return car
		}, "certificate is valid from"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			car := tc.prepare(w)
			require.NoError(t, w.gateway.Refresh(context.Background()))
			require.Eventually(t, func() bool {
				_, _, err := w.attempt(car, 5, "CAR1")
				require.Error(t, err)
				return strings.Contains(w.log.text(), tc.reason)
			}, patience, time.Millisecond, "the reason %q is logged", tc.reason)
		})
	}
}

func TestServerNameIsRequiredByTheAuthority(t *testing.T) {
	for name, tc := range map[string]struct {
		relaxed bool
	}{
		"without a server name the device is refused":        {false},
		"relaxed, a device of this machine may leave it out": {true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *gateway.Config) { c.RelaxSNI = tc.relaxed })
			car := w.car("CAR1")
			w.registry.provision(car, w.ca, "CAR1", "car")
			conn, err := dial(t, w.address, "", w.roots, car, w.issuer)
			if err == nil {
				_, _, err = connect(t, conn, 5, "CAR1")
			}
			if tc.relaxed {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			w.eventually(func() bool { return strings.Contains(w.log.text(), "SNI") }, "the reason is logged")
		})
	}
}

func TestRevokedCertificateIsDisconnectedWithinASecond(t *testing.T) {
	for name, version := range map[string]byte{"MQTT 3.1.1": 4, "MQTT 5": 5} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *gateway.Config) { c.Poll = 500 * time.Millisecond })
			car := w.car("CAR1")
			w.registry.provision(car, w.ca, "CAR1", "car")
			d, _, err := w.attempt(car, version, "CAR1")
			require.NoError(t, err)
			d.quiet()
			w.registry.setStatus(pki.CertificateID(car.Certificate), registry.Revoked)
			at := time.Now()
			code := d.ended()
			assert.Less(t, time.Since(at), 1500*time.Millisecond)
			if version == 5 {
				assert.Equal(t, byte(0x98), code)
			}
		})
	}
}

func TestCarComesBackWhileTheRegistryIsAway(t *testing.T) {
	w := newWorld(t)
	car := w.car("CAR1")
	w.registry.provision(car, w.ca, "CAR1", "car")
	require.NoError(t, w.gateway.Refresh(t.Context()))
	_, _, err := w.attempt(car, 5, "CAR1")
	require.NoError(t, err)
	w.registry.do(func() { w.registry.failing = errors.New("connection refused") })
	w.eventually(func() bool { return strings.Contains(w.log.text(), "service does not answer") }, "the outage is logged")
	d, ack, err := w.attempt(car, 5, "CAR1")
	require.NoError(t, err)
	assert.Zero(t, ack.ReasonCode)
	d.quiet()
	w.registry.do(func() { w.registry.failing = nil })
	w.eventually(func() bool { return strings.Contains(w.log.text(), "service answers again") }, "its end is logged")
	assert.Equal(t, 1, strings.Count(w.log.text(), "service does not answer"))
}

// A registration attaches one policy after the other and activates the certificate last. A snapshot of the registry from the middle of a
// registration must not decide on the car's publications.
func TestACarHasAllPoliciesAsSoonAsItIsActive(t *testing.T) {
	w := newWorld(t, func(c *gateway.Config) { c.Poll = time.Hour })
	w.registry.setPolicy(t, "connects", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}]}`)
	w.registry.setPolicy(t, "publishes", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Publish","Resource":"*"}]}`)
	car := w.car("CAR1")
	id := pki.CertificateID(car.Certificate)
	w.registry.provision(car, w.ca, "CAR1", "connects")
	w.registry.setStatus(id, registry.Pending)
	require.NoError(t, w.gateway.Refresh(t.Context()), "between the two policies")
	w.registry.do(func() {
		arn := w.registry.certificates[id].ARN
		w.registry.attached[arn] = append(w.registry.attached[arn], "publishes")
	})
	w.registry.setStatus(id, registry.Active)

	d, ack, err := w.attempt(car, 5, "CAR1")
	require.NoError(t, err)
	require.Equal(t, byte(0), ack.ReasonCode)
	d.acknowledged(d.publish("dt/cars/CAR1/telemetry", 1, "{}"))
}
