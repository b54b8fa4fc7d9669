package testcar_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/platform"
	"connectedcar/internal/tool/testcar"
	"connectedcar/internal/vin"
)

func gateway(t *testing.T, at platform.MQTT) testcar.Gateway {
	t.Helper()
	issuer, err := pki.NewRoot("Acme", time.Now())
	require.NoError(t, err)
	return testcar.Gateway{MQTT: at, Application: "cars", Issuer: issuer}
}

func TestVINsAreValidAndNew(t *testing.T) {
	first, second := testcar.NewVIN(), testcar.NewVIN()
	assert.NotEqual(t, first, second)
	_, err := vin.Parse(string(first))
	assert.NoError(t, err)
}

func TestAGatewayThatIsAbsentOrUnknown(t *testing.T) {
	for name, tc := range map[string]struct {
		at   platform.MQTT
		want string
	}{
		"nothing listens":                {platform.MQTT{Host: "127.0.0.1", Port: 1}, "TLS"},
		"the server's CA has no file":    {platform.MQTT{Host: "127.0.0.1", Port: 1, ServerCA: "absent.pem"}, "absent.pem"},
		"the server's CA is no PEM file": {platform.MQTT{Host: "127.0.0.1", Port: 1, ServerCA: "testcar_test.go"}, "no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := testcar.New(gateway(t, tc.at), testcar.NewVIN())
			require.NoError(t, err)
			refused, err := c.MustRefuse(t.Context(), gateway(t, tc.at).Issuer)
			require.NoError(t, err)
			assert.Contains(t, refused, tc.want)
			c.Leave() // without a session, Leave does nothing
		})
	}
}

func TestEventually(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		err := testcar.Eventually(t.Context(), "wait", func(context.Context) error {
			if looks++; looks < 5 {
				return errors.New("not yet")
			}
			return nil
		})
		assert.NoError(t, err)
		assert.Equal(t, 5, looks)

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err = testcar.Eventually(ctx, "wait for the sample", func(context.Context) error { return errors.New("0 are stored") })
		assert.EqualError(t, err, "wait for the sample: 0 are stored")
	})
}
