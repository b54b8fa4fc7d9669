package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/twin/iot/gateway"
)

// Tests the statements [MQTT-3.1.3-8], [MQTT-3.1.4-1], [MQTT-3.1.4-2] and [MQTT311-3.1.3-9] of the specifications.
func TestPolicyDecidesOnConnect(t *testing.T) {
	for name, tc := range map[string]struct {
		clientID string
		change   func(*memory, pki.Pair)
		options  []connectOption
		v3, v5   byte
	}{
		"a client id that is not the thing's is refused": {clientID: "CAR2", v3: 5, v5: 0x87},
		"a thing that the certificate is not attached to is refused": {clientID: "CAR1", change: func(m *memory, _ pki.Pair) {
			t := m.things["CAR1"]
			t.Principals = nil
			m.things["CAR1"] = t
		}, v3: 5, v5: 0x87},
		"without a policy the client is refused": {clientID: "CAR1", change: func(m *memory, car pki.Pair) {
			clear(m.attached)
		}, v3: 5, v5: 0x87},
		"a last will on another car's topic is refused": {clientID: "CAR1", options: []connectOption{will("dt/cars/CAR2/event")}, v3: 5, v5: 0x87},
		"a last will on the car's own topic is allowed": {clientID: "CAR1", options: []connectOption{will("dt/cars/CAR1/event")}},
		"a client id that is too long is refused":       {clientID: strings.Repeat("x", 129), v3: 2, v5: 0x85},
	} {
		for version, code := range map[byte]byte{4: tc.v3, 5: tc.v5} {
			t.Run(fmt.Sprintf("%s, MQTT version %d", name, version), func(t *testing.T) {
				w := newWorld(t)
				car := w.car("CAR1")
				w.registry.provision(car, w.ca, "CAR1", "car")
				if tc.change != nil {
					w.registry.do(func() { tc.change(w.registry, car) })
				}
				_, ack, err := w.attempt(car, version, tc.clientID, tc.options...)
				require.NoError(t, err)
				assert.Equal(t, code, ack.ReasonCode)
			})
		}
	}
}

func will(topic string) connectOption {
	return func(pk *packets.Packet) {
		pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, topic, []byte(`{"lost": true}`)
	}
}

// Tests the statement [MQTT311-3.3.5-2] of the specification.
func TestWhatEndsTheConnection(t *testing.T) {
	retain := func(pk *packets.Packet) { pk.FixedHeader.Retain = true }
	for name, tc := range map[string]struct {
		do   func(d *device)
		code byte
	}{
		"publish on another car's topic":     {func(d *device) { d.publish("dt/cars/CAR2/telemetry", 1, "{}") }, 0x87},
		"publish QoS 0 on a foreign topic":   {func(d *device) { d.publish("elsewhere", 0, "{}") }, 0x87},
		"publish with QoS 2":                 {func(d *device) { d.publish("dt/cars/CAR1/telemetry", 2, "{}") }, 0x9b},
		"publish on a topic with 8 slashes":  {func(d *device) { d.publish("dt/cars/CAR1/a/b/c/d/e/f", 1, "{}") }, 0x90},
		"publish on a topic of 257 bytes":    {func(d *device) { d.publish("dt/cars/CAR1/"+strings.Repeat("x", 244), 1, "{}") }, 0x90},
		"publish a payload of 128 KB and 1":  {func(d *device) { d.publish("dt/cars/CAR1/telemetry", 1, strings.Repeat("x", 128<<10+1)) }, 0x95},
		"publish on a reserved topic":        {func(d *device) { d.publish("$aws/events/presence/connected/CAR1", 1, "{}") }, 0x90},
		"retain a message on a rule's topic": {func(d *device) { d.publish("$aws/rules/x/dt/cars/CAR1/a", 1, "{}", retain) }, 0x9a},
		"subscribe to another car's topics":  {func(d *device) { d.trySubscribe("cmd/cars/CAR2/#") }, 0x87},
		"subscribe to everything":            {func(d *device) { d.trySubscribe("#") }, 0x87},
		"subscribe by a shared subscription": {func(d *device) { d.trySubscribe("$share/g/cmd/cars/CAR2/#") }, 0x87},
		"subscribe to a rule's topic":        {func(d *device) { d.trySubscribe("$aws/rules/x") }, 0x8f},
		"an alias that stands for nothing": {func(d *device) {
			d.publish("", 0, "{}", func(pk *packets.Packet) { pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = 3, true })
		}, 0x82},
		"an alias beyond the limit": {func(d *device) {
			d.publish("dt/cars/CAR1/a", 0, "{}", func(pk *packets.Packet) { pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = 9, true })
		}, 0x94},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			d := w.joined(5, "CAR1")
			tc.do(d)
			assert.Equal(t, fmt.Sprintf("%#x", tc.code), fmt.Sprintf("%#x", d.ended()))
			assert.NotContains(t, w.log.text(), "{}", "payloads are not logged")
			old := w.joined(4, "CAR1")
			if !strings.Contains(name, "alias") {
				tc.do(old)
				assert.Zero(t, old.ended(), "MQTT 3.1.1 knows no DISCONNECT from the server")
			}
		})
	}
}

func (d *device) trySubscribe(filter string) {
	d.id++
	d.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: d.id, Filters: packets.Subscriptions{{Filter: filter, Qos: 1}},
	})
}

func TestLargestPayloadIsTaken(t *testing.T) {
	w := newWorld(t)
	w.addRule(toSink("raw", "SELECT * FROM 'dt/cars/+/raw'", "stream"))
	d := w.joined(5, "CAR1")
	payload := `"` + strings.Repeat("x", 128<<10-2) + `"`
	d.acknowledged(d.publish("dt/cars/CAR1/raw", 1, payload))
	in := <-w.sinks.sink("stream").got
	assert.Len(t, in.Output, 128<<10)
}

func TestTopicAliasReachesRulesAndPolicy(t *testing.T) {
	w := newWorld(t)
	w.addRule(toSink("telemetry", telemetry, "stream"))
	d := w.joined(5, "CAR1")
	alias := func(pk *packets.Packet) { pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = 1, true }
	d.acknowledged(d.publish("dt/cars/CAR1/telemetry", 1, `{"n": 1}`, alias))
	d.acknowledged(d.publish("", 1, `{"n": 2}`, alias))
	w.next("stream")
	in, out := w.next("stream")
	assert.Equal(t, "dt/cars/CAR1/telemetry", in.Message.Topic)
	assert.Equal(t, map[string]any{"n": 2.0}, out["message"])
}

func TestMessagesReachSubscribers(t *testing.T) {
	w := newWorld(t)
	w.addRule(toSink("telemetry", telemetry, "stream")) // a rule does not take messages from subscribers
	d := w.joined(5, "CAR1")
	require.Equal(t, byte(1), d.subscribe("dt/cars/CAR1/#", 1))
	id := d.publish("dt/cars/CAR1/telemetry", 1, `{"n": 1}`, func(pk *packets.Packet) {
		pk.Properties.User = []packets.UserProperty{{Key: "k", Val: "v"}}
		pk.Properties.ContentType = "application/json"
	})
	var got packets.Packet
	for range 2 {
		pk, err := d.read()
		require.NoError(t, err)
		if pk.FixedHeader.Type == packets.Publish {
			got = pk
			continue
		}
		assert.Equal(t, id, pk.PacketID)
	}
	assert.Equal(t, "dt/cars/CAR1/telemetry", got.TopicName)
	assert.Equal(t, `{"n": 1}`, string(got.Payload))
	assert.Equal(t, "application/json", got.Properties.ContentType)
	assert.Equal(t, []packets.UserProperty{{Key: "k", Val: "v"}}, got.Properties.User)
}

func TestReceiveIsCheckedAtEachDelivery(t *testing.T) {
	w := newWorld(t)
	d := w.joined(5, "CAR1")
	require.Equal(t, byte(1), d.subscribe("cmd/cars/CAR1/#", 1))
	w.publish("cmd/cars/CAR1/a/req", "first")
	assert.Equal(t, "first", string(d.expect(packets.Publish).Payload))
	w.registry.setPolicy(t, "car", strings.Replace(carPolicy, `"iot:Receive"`, `"iot:GetThingShadow"`, 1))
	require.NoError(t, w.gateway.Refresh(t.Context()))
	w.nothingComes(d, "cmd/cars/CAR1/a/req")
}

// nothingComes waits until the client gets no more messages of the topic.
func (w *world) nothingComes(d *device, topic string) {
	w.t.Helper()
	w.eventually(func() bool {
		w.publish(topic, "second")
		d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
		pk, err := d.read()
		require.NoError(w.t, err)
		if pk.FixedHeader.Type == packets.Publish {
			d.expect(packets.Pingresp)
			return false
		}
		return true
	}, "deliveries stop within a second of the policy's change")
}

func TestSecondConnectionTakesOver(t *testing.T) {
	w := newWorld(t)
	car := w.car("CAR1")
	w.registry.provision(car, w.ca, "CAR1", "car")
	first, _, err := w.attempt(car, 5, "CAR1")
	require.NoError(t, err)
	second, _, err := w.attempt(car, 5, "CAR1")
	require.NoError(t, err)
	assert.Equal(t, byte(0x8e), first.ended())
	second.quiet()
}

func TestPersistentSessionKeepsMessages(t *testing.T) {
	for name, version := range map[string]byte{"MQTT 3.1.1": 4, "MQTT 5": 5} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			car := w.car("CAR1")
			w.registry.provision(car, w.ca, "CAR1", "car")
			persistent := func(pk *packets.Packet) {
				pk.Connect.Clean = false
				pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 600, version == 5
			}
			d, ack, err := w.attempt(car, version, "CAR1", persistent)
			require.NoError(t, err)
			assert.False(t, ack.SessionPresent)
			require.Equal(t, byte(1), d.subscribe("cmd/cars/CAR1/#", 1))
			d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
			d.ended()
			w.publish("cmd/cars/CAR1/a/req", "while away")
			d, ack, err = w.attempt(car, version, "CAR1", persistent)
			require.NoError(t, err)
			assert.True(t, ack.SessionPresent)
			assert.Equal(t, "while away", string(d.expect(packets.Publish).Payload))
		})
	}
}

func TestRetainedMessageIsDeliveredOnSubscribe(t *testing.T) {
	w := newWorld(t)
	d := w.joined(5, "CAR1")
	d.acknowledged(d.publish("dt/cars/CAR1/state", 1, "kept", func(pk *packets.Packet) { pk.FixedHeader.Retain = true }))
	require.Equal(t, byte(1), d.subscribe("dt/cars/CAR1/state", 1))
	pk := d.expect(packets.Publish)
	assert.Equal(t, "kept", string(pk.Payload))
	assert.True(t, pk.FixedHeader.Retain)
}

func TestSubscriptionsAreLimited(t *testing.T) {
	w := newWorld(t)
	d := w.joined(5, "CAR1")
	for i := range 50 {
		require.Equal(t, byte(1), d.subscribe(fmt.Sprintf("dt/cars/CAR1/%d", i), 1))
	}
	require.Equal(t, byte(1), d.subscribe("dt/cars/CAR1/1", 1), "one that is there may be made again")
	d.trySubscribe("dt/cars/CAR1/50")
	assert.Equal(t, byte(0x97), d.ended())
}

func TestPublishRateIsLimitedBySetting(t *testing.T) {
	w := newWorld(t, func(c *gateway.Config) { c.PublishRate = 5 })
	d := w.joined(5, "CAR1")
	for range 20 {
		_ = d.trySend(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish}, TopicName: "dt/cars/CAR1/a", Payload: []byte("{}")})
	}
	assert.Equal(t, byte(0x96), d.ended())
}

func TestLifecycleEvents(t *testing.T) {
	w := newWorld(t)
	w.addRule(toSink("presence", "SELECT * FROM '$aws/events/#'", "events"))
	d := w.joined(5, "CAR1")
	in, e := w.next("events")
	assert.Equal(t, "$aws/events/presence/connected/CAR1", in.Message.Topic)
	assert.Equal(t, "connected", e["eventType"])
	assert.Equal(t, "127.0.0.1", e["ipAddress"])
	session := e["sessionIdentifier"]
	assert.NotEmpty(t, session)
	d.subscribe("dt/cars/CAR1/a", 1)
	in, e = w.next("events")
	assert.Equal(t, "$aws/events/subscriptions/subscribed/CAR1", in.Message.Topic)
	assert.Equal(t, []any{"dt/cars/CAR1/a"}, e["topics"])
	d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
	in, e = w.next("events")
	assert.Equal(t, "$aws/events/presence/disconnected/CAR1", in.Message.Topic)
	assert.Equal(t, "CLIENT_INITIATED_DISCONNECT", e["disconnectReason"])
	assert.Equal(t, true, e["clientInitiatedDisconnect"])
	assert.Equal(t, session, e["sessionIdentifier"])

	d = w.joined(4, "CAR1")
	_, e = w.next("events")
	assert.InDelta(t, 1, e["versionNumber"], 0)
	_ = d.conn.Close()
	_, e = w.next("events")
	assert.Equal(t, "CONNECTION_LOST", e["disconnectReason"])
}

func TestRefusedConnectionsAreAnnounced(t *testing.T) {
	w := newWorld(t)
	w.addRule(toSink("presence", "SELECT * FROM '$aws/events/presence/+/+'", "events"))
	car := w.car("CAR1")
	w.registry.provision(car, w.ca, "CAR1", "car")
	for name, attempt := range map[string]struct {
		clientID string
		options  []connectOption
	}{
		"a client id that is not the car's":       {"CAR2", nil},
		"a last will on a topic of another car's": {"CAR1", []connectOption{will("dt/cars/CAR2/event")}},
	} {
		t.Run(name, func(t *testing.T) {
			_, ack, err := w.attempt(car, 5, attempt.clientID, attempt.options...)
			require.NoError(t, err)
			require.Equal(t, packets.ErrNotAuthorized.Code, ack.ReasonCode)
			in, e := w.next("events")
			assert.Equal(t, "$aws/events/presence/connect_failed/"+attempt.clientID, in.Message.Topic)
			for _, generated := range []string{"timestamp", "sessionIdentifier", "principalIdentifier"} {
				assert.NotEmpty(t, e[generated], generated)
				delete(e, generated)
			}
			assert.Equal(t, map[string]any{
				"clientId": attempt.clientID, "eventType": "connect_failed", "connectFailureReason": "AUTHORIZATION_FAILED", "ipAddress": "127.0.0.1",
			}, e, "no versionNumber")
		})
	}
	_, _, err := w.attempt(car, 5, "CAR+1")
	require.NoError(t, err)
	w.joined(5, "CAR3")
	in, _ := w.next("events")
	assert.Equal(t, "$aws/events/presence/connected/CAR3", in.Message.Topic, "a client id with a wildcard has no events")
}

func TestLastWillGoesThroughRules(t *testing.T) {
	w := newWorld(t)
	w.addRule(toSink("will", "SELECT *, clientid() AS clientId FROM 'dt/cars/+/event'", "stream"))
	d := w.joined(5, "CAR1", will("dt/cars/CAR1/event"))
	_ = d.conn.Close()
	_, out := w.next("stream")
	assert.Equal(t, true, out["lost"])
	assert.Equal(t, "CAR1", out["clientId"])
}
