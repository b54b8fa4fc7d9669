package gateway_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/twin/iot/gateway"
	"connectedcar/internal/twin/iot/gateway/actions"
)

// reservedTopics are topics of responses and events, on which only the services publish.
var reservedTopics = []string{
	"$aws/things/CAR1/shadow/update/accepted", "$aws/things/CAR1/shadow/update/delta", "$aws/things/CAR1/shadow/update/documents",
	"$aws/things/CAR1/shadow/name/x/get/rejected", "$aws/things/CAR1/jobs/notify", "$aws/things/CAR1/jobs/j/update/accepted",
	"$aws/events/presence/connected/CAR1", "$aws/things/CAR1/else", "$SYS/broker", "$$aws/things/CAR1/shadow/update",
}

func TestAnswersAndEventsCannotBeForged(t *testing.T) {
	w := newWorld(t)
	w.registry.setPolicy(t, "car", anyPolicy)
	require.NoError(t, w.gateway.Refresh(t.Context()))
	for _, topic := range reservedTopics {
		t.Run(topic, func(t *testing.T) {
			d := w.joined(5, "CAR1")
			d.publish(topic, 1, "{}")
			assert.Equal(t, byte(0x90), d.ended(), "by a device")
			_, ack, err := w.attempt(w.registered("CAR1"), 5, "CAR1", will(topic))
			require.NoError(t, err)
			assert.Equal(t, byte(0x90), ack.ReasonCode, "by a last will")
			_, err = w.api().Publish(t.Context(), &iotdataplane.PublishInput{Topic: &topic, Payload: []byte("{}")})
			assert.ErrorContains(t, err, "reserved", "over HTTP")
		})
	}
}

func TestRepublishReachesShadows(t *testing.T) {
	for name, topic := range map[string]string{
		"with the doubled dollar sign that AWS asks for": "$$aws/things/CAR1/shadow/update",
		"with one dollar sign":                           "$aws/things/CAR1/shadow/update",
	} {
		t.Run(name, func(t *testing.T) {
			var republish actions.Republisher
			w := newWorld(t, func(c *gateway.Config) {
				make := c.Actions
				c.Actions = func(r actions.Republisher) gateway.ActionBuilder {
					republish = r
					return make(r)
				}
			})
			w.addRule(toSink("documents", "SELECT * FROM '$aws/things/+/shadow/update/documents'", "documents"))
			require.NoError(t, republish(t.Context(), actions.Republished{Topic: topic, Payload: []byte(`{"state":{"reported":{"n":1}}}`)}))
			_, out := w.next("documents")
			assert.Contains(t, out, "current")
			err := republish(t.Context(), actions.Republished{Topic: strings.TrimSuffix(topic, "update") + "update/accepted", Payload: []byte("{}")})
			assert.ErrorContains(t, err, "reserved")
		})
	}
}

func TestClientIDMayBeAnyText(t *testing.T) {
	w := newWorld(t)
	w.registry.setPolicy(t, "car", anyPolicy)
	for _, id := range []string{"a.b", "thing#1", "a b", "a/b", "ü", "a+b"} {
		w.joined(5, id).quiet()
	}
}

// registered returns the certificate of a car that may connect.
func (w *world) registered(name string) pki.Pair {
	w.t.Helper()
	car := w.car(name)
	w.registry.provision(car, w.ca, name, "car")
	return car
}

// Tests the statement [MQTT311-3.1.0-2] of the specification.
func TestMalformedPacketsEndTheConnectionWithTheirReason(t *testing.T) {
	for name, tc := range map[string]struct {
		bytes  []byte
		reason byte
	}{
		"a payload format indicator of 2": {[]byte{0x30, 6, 0, 1, 'a', 2, 1, 2}, 0x82},
		"retain handling of 3":            {[]byte{0x82, 7, 0, 1, 0, 0, 1, 'a', 0x31}, 0x82},
		"a packet type from the server":   {[]byte{0xd0, 0}, 0x82},
		"a second CONNECT [MQTT-3.1.0-2]": {[]byte{0x10, 14, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 30, 0, 0, 1, 'c'}, 0x82},
		"reserved flags":                  {[]byte{0xc4, 0}, 0x81},
		"a packet of 256 MB":              {[]byte{0x30, 0xff, 0xff, 0xff, 0x7f}, 0x95},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			d := w.joined(5, "CAR1")
			_, err := d.conn.Write(tc.bytes)
			require.NoError(t, err)
			assert.Equal(t, tc.reason, d.ended())
			old := w.joined(4, "CAR1")
			_, err = old.conn.Write(tc.bytes)
			require.NoError(t, err)
			_, err = old.read()
			assert.Error(t, err, "MQTT 3.1.1 ends without a word")
		})
	}
}
