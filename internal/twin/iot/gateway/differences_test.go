package gateway_test

import (
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests check the differences between AWS IoT Core and the MQTT specification.
// https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt-differences

func TestWildcardStandsForOneLevelAtLeast(t *testing.T) {
	w := newWorld(t)
	d := w.joined(5, "CAR1")
	require.Equal(t, byte(1), d.subscribe("cmd/cars/CAR1/a/#", 1))
	w.publish("cmd/cars/CAR1/a", "the parent")
	w.publish("cmd/cars/CAR1/a/b", "a child")
	assert.Equal(t, "a child", string(d.expect(packets.Publish).Payload))
}

func TestRetainedMessagesAreNotSentForWildcards(t *testing.T) {
	w := newWorld(t)
	d := w.joined(5, "CAR1")
	d.acknowledged(d.publish("dt/cars/CAR1/state", 1, "kept", func(pk *packets.Packet) { pk.FixedHeader.Retain = true }))
	for _, filter := range []string{"dt/cars/CAR1/+", "dt/cars/CAR1/#"} {
		require.Equal(t, byte(1), d.subscribe(filter, 1))
		d.quiet()
	}
}

func TestSubscriptionOfQoS2HasNoSuback(t *testing.T) {
	for _, version := range []byte{4, 5} {
		w := newWorld(t)
		d := w.joined(version, "CAR1")
		d.send(packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1,
			Filters: packets.Subscriptions{{Filter: "cmd/cars/CAR1/#", Qos: 2}},
		})
		w.publish("cmd/cars/CAR1/a", "nobody hears it")
		d.quiet()
	}
}

func TestSessionDoesNotCrossVersions(t *testing.T) {
	w := newWorld(t)
	car := w.car("CAR1")
	w.registry.provision(car, w.ca, "CAR1", "car")
	for _, version := range []byte{4, 5, 4} {
		d, ack, err := w.attempt(car, version, "CAR1", persistent(version))
		require.NoError(t, err)
		assert.False(t, ack.SessionPresent, "MQTT version %d", version)
		d.subscribe("cmd/cars/CAR1/#", 1)
		_ = d.conn.Close()
	}
}

func TestSharedSubscriptionPrefersMembersThatAreConnected(t *testing.T) {
	w := newWorld(t)
	w.registry.setPolicy(t, "car", anyPolicy)
	require.NoError(t, w.gateway.Refresh(t.Context()))
	for _, name := range []string{"AWAY1", "AWAY2"} {
		d := w.joined(5, name, persistent(5))
		require.Equal(t, byte(1), d.subscribe("$share/g/work/#", 1))
		_ = d.conn.Close()
		w.eventually(func() bool { return strings.Contains(w.log.text(), "client disconnected\" client_id="+name) }, "%s is away", name)
	}
	d := w.joined(5, "HERE")
	require.Equal(t, byte(1), d.subscribe("$share/g/work/#", 1))
	for range 40 {
		w.publish("work/one", "x")
		d.puback(d.expect(packets.Publish).PacketID)
	}
}

// Tests the statements [MQTT-3.2.2-8] and [MQTT-3.2.2-9] of the specification.
func TestConnackTellsTheLimits(t *testing.T) {
	w := newWorld(t)
	car := w.car("CAR1")
	w.registry.provision(car, w.ca, "CAR1", "car")
	_, ack, err := w.attempt(car, 5, "CAR1", func(pk *packets.Packet) { pk.Connect.Keepalive = 5 })
	require.NoError(t, err)
	p := ack.Properties
	assert.Equal(t, uint16(100), p.ReceiveMaximum)
	assert.Equal(t, byte(1), p.MaximumQos)
	assert.True(t, p.RetainAvailableFlag && p.RetainAvailable == 1)
	assert.Equal(t, uint32(149_504), p.MaximumPacketSize)
	assert.Equal(t, uint16(8), p.TopicAliasMaximum)
	assert.True(t, p.WildcardSubAvailableFlag && p.WildcardSubAvailable == 1)
	assert.True(t, p.SubIDAvailableFlag && p.SubIDAvailable == 0)
	assert.True(t, p.SharedSubAvailableFlag && p.SharedSubAvailable == 1)
	assert.Equal(t, uint16(30), p.ServerKeepAlive)
}

func TestLastWillKeepsItsProperties(t *testing.T) {
	w := newWorld(t)
	w.registry.setPolicy(t, "car", anyPolicy)
	require.NoError(t, w.gateway.Refresh(t.Context()))
	d := w.joined(5, "WATCHER")
	require.Equal(t, byte(1), d.subscribe("last/#", 1))
	lost := w.joined(5, "LOST", func(pk *packets.Packet) {
		pk.Mods.AllowResponseInfo = true // otherwise the encoder omits the response topic and correlation data
		pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillQos = true, "last/words", 1
		pk.Connect.WillProperties = packets.Properties{
			PayloadFormat: 1, PayloadFormatFlag: true, ContentType: "text/plain", ResponseTopic: "answer/here",
			CorrelationData: []byte{1, 2}, MessageExpiryInterval: 60, User: []packets.UserProperty{{Key: "k", Val: "v"}},
		}
	})
	_ = lost.conn.Close()
	pk := d.expect(packets.Publish)
	assert.Empty(t, pk.Payload, "a last will may be empty")
	p := pk.Properties
	assert.Equal(t, "text/plain", p.ContentType)
	assert.Equal(t, "answer/here", p.ResponseTopic)
	assert.Equal(t, []byte{1, 2}, p.CorrelationData)
	assert.Equal(t, byte(1), p.PayloadFormat)
	assert.LessOrEqual(t, p.MessageExpiryInterval, uint32(60))
	assert.Equal(t, []packets.UserProperty{{Key: "k", Val: "v"}}, p.User)
}

func TestMessageWithoutExpiryIsDeliveredWithoutOne(t *testing.T) {
	w := newWorld(t)
	d := w.joined(5, "CAR1")
	require.Equal(t, byte(1), d.subscribe("cmd/cars/CAR1/#", 1))
	w.publish("cmd/cars/CAR1/a", "x")
	assert.Zero(t, d.expect(packets.Publish).Properties.MessageExpiryInterval)
}

func TestWildcardMustStandAlone(t *testing.T) {
	w := newWorld(t)
	w.registry.setPolicy(t, "car", anyPolicy)
	require.NoError(t, w.gateway.Refresh(t.Context()))
	for version, reason := range map[byte]byte{4: 0x80, 5: 0x8f} {
		d := w.joined(version, "CAR1")
		for _, filter := range []string{"a+", "a/b#", "#/a", "+a/b", "$share//a"} {
			assert.Equal(t, reason, d.subscribe(filter, 1), filter)
		}
	}
}

func TestSubackHasNoUserProperties(t *testing.T) {
	w := newWorld(t)
	d := w.joined(5, "CAR1")
	d.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1, Filters: packets.Subscriptions{{Filter: "cmd/cars/CAR1/a", Qos: 1}},
		Properties: packets.Properties{User: []packets.UserProperty{{Key: "k", Val: "v"}}},
	})
	assert.Empty(t, d.expect(packets.Suback).Properties.User)
}

func TestSubscriptionIdentifiersAreRefused(t *testing.T) {
	w := newWorld(t)
	d := w.joined(5, "CAR1")
	d.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1, Filters: packets.Subscriptions{{Filter: "cmd/cars/CAR1/a", Qos: 1}},
		Properties: packets.Properties{SubscriptionIdentifier: []int{7}},
	})
	assert.Equal(t, byte(0xa1), d.ended())
}
