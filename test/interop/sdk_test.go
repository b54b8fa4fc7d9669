//go:build integration

package interop

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// step is the report of client.mjs about one step.
type step struct {
	Did         string `json:"did"`
	ReasonCode  *int   `json:"reasonCode"`
	ReasonCodes []int  `json:"reasonCodes"`
	Topic       string `json:"topic"`
	Payload     string `json:"payload"`
	Version     int    `json:"version"`
	State       struct {
		Reported map[string]any `json:"reported"`
	} `json:"state"`
}

const (
	granted       = 1   // SUBACK reason code: granted QoS 1
	notAuthorized = 135 // DISCONNECT reason code: not authorized
)

func TestAWSDeviceSDKForJavaScript(t *testing.T) {
	if _, err := os.Stat("node_modules/aws-iot-device-sdk-v2"); err != nil {
		t.Skip("the SDK is not installed: npm ci --ignore-scripts --prefix test/interop")
	}
	c := registered(t, 2)
	payload, speed := sample(t)
	node, lines := startSDK(t, c, payload)
	next := func(did string) step {
		t.Helper()
		require.True(t, lines.until(`"did":"`+did+`"`), "waiting for %s, the SDK told:\n%s", did, lines.told())
		var s step
		require.NoError(t, json.Unmarshal(lines.lines.Bytes(), &s))
		return s
	}
	assert.Equal(t, 0, *next("connect").ReasonCode)
	assert.Equal(t, 0, *next("publish").ReasonCode)
	c.requireStored(t, speed)
	assert.Equal(t, []int{granted}, next("subscribe").ReasonCodes)
	topic := c.app.CommandRequest(c.vin, "honk")
	command(t, topic, `{"honk":2}`)
	got := next("receive")
	assert.Equal(t, topic, got.Topic)
	assert.JSONEq(t, `{"honk":2}`, got.Payload)
	updated := next("updateShadow")
	assert.Positive(t, updated.Version)
	read := next("getShadow")
	assert.Equal(t, updated.Version, read.Version)
	assert.Equal(t, map[string]any{"cabinCelsius": 21.5}, read.State.Reported)
	assert.Equal(t, notAuthorized, *next("disconnected").ReasonCode)
	lines.drain()
	require.NoError(t, node.Wait(), lines.told())
	assert.NotContains(t, lines.told(), "trespass", "a forbidden message was acknowledged")
}

// startSDK runs client.mjs as that car.
func startSDK(t *testing.T, c car, payload string) (*exec.Cmd, *following) {
	t.Helper()
	settings, err := json.Marshal(map[string]any{
		"host": local.MQTT.Host, "port": local.MQTT.Port, "serverCA": local.MQTT.ServerCA,
		"vin": c.vin, "certificate": c.certificate, "key": c.key, "seconds": patience.Seconds(),
		"publish": c.app.Topic(c.vin, "telemetry"), "payload": payload, "subscribe": c.app.CommandRequest(c.vin, "+"),
		"forbidden": c.app.Topic(local.Vehicles[0], "telemetry"),
		"shadow":    "climate", "state": map[string]any{"cabinCelsius": 21.5},
	})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "node", "client.mjs")
	cmd.Env = append(os.Environ(), "CAR="+string(settings))
	return cmd, follow(t, cmd)
}
