package gateway_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// statements are checks of the normative statements of MQTT 5, numbered as in its appendix B. Each check has its own gateway, where clients
// may do everything. Checks of statements that MQTT 3.1.1 has too run with both versions.
var statements = map[string]func(t *testing.T, w *world){
	"MQTT-3.1.2-4, MQTT-3.1.4-4, MQTT-3.2.2-2: Clean Start discards the session": func(t *testing.T, w *world) {
		w.away("C", "a/#")
		_, ack, err := w.attempt(w.registered("C"), w.version, "C")
		require.NoError(t, err)
		assert.False(t, ack.SessionPresent)
		d := w.joined(w.version, "C", persistent(w.version))
		w.publish("a/b", "x")
		d.quiet()
	},
	"MQTT-3.1.2-5, MQTT-3.1.2-23, MQTT-3.2.2-3, MQTT-3.1.3-2: a session is resumed": func(t *testing.T, w *world) {
		w.away("C", "a/#")
		w.publish("a/b", "x")
		d, ack, err := w.attempt(w.registered("C"), w.version, "C", persistent(w.version))
		require.NoError(t, err)
		assert.True(t, ack.SessionPresent)
		assert.Equal(t, "x", string(d.expect(packets.Publish).Payload))
	},
	"MQTT-3.1.2-6: without a session there is a new one": func(t *testing.T, w *world) {
		_, ack, err := w.attempt(w.registered("C"), w.version, "C", persistent(w.version))
		require.NoError(t, err)
		assert.False(t, ack.SessionPresent)
		assert.Zero(t, ack.ReasonCode, "MQTT-3.1.4-5")
	},
	"MQTT-3.1.2-7, MQTT-3.1.2-8, MQTT-3.1.2-14: the last will is published when the connection fails": func(t *testing.T, w *world) {
		watcher := w.watching("will/#")
		lost := w.joined(w.version, "LOST", will("will/LOST"))
		_ = lost.conn.Close()
		pk := watcher.expect(packets.Publish)
		assert.Equal(t, "will/LOST", pk.TopicName)
		assert.False(t, pk.FixedHeader.Retain)
	},
	"MQTT-3.1.2-10, MQTT-3.14.4-3: DISCONNECT takes the last will back": func(t *testing.T, w *world) {
		watcher := w.watching("will/#")
		d := w.joined(w.version, "C", will("will/C"))
		d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
		d.ended()
		w.goneFrom("C")
		watcher.quiet()
	},
	"MQTT-3.1.2-15: a last will may be retained": func(t *testing.T, w *world) {
		lost := w.joined(w.version, "LOST", will("will/LOST"), func(pk *packets.Packet) { pk.Connect.WillRetain = true })
		_ = lost.conn.Close()
		w.goneFrom("LOST")
		assert.True(t, w.watching("will/LOST").expect(packets.Publish).FixedHeader.Retain)
	},
	"MQTT-3.1.3-9: a client that is back in time has no last will": func(t *testing.T, w *world) {
		watcher := w.watching("will/#")
		delayed := func(pk *packets.Packet) { pk.Connect.WillProperties.WillDelayInterval = 1 }
		lost := w.joined(w.version, "LOST", persistent(w.version), will("will/LOST"), delayed)
		_ = lost.conn.Close()
		w.goneFrom("LOST")
		w.joined(w.version, "LOST", persistent(w.version))
		w.eventually(func() bool { return time.Since(w.began) > 1500*time.Millisecond }, "the delay is over")
		watcher.quiet()
	},
	"MQTT-3.1.3-10: a last will's user properties keep their order": func(t *testing.T, w *world) {
		watcher := w.watching("will/#")
		want := []packets.UserProperty{{Key: "b", Val: "1"}, {Key: "a", Val: "2"}, {Key: "b", Val: "0"}}
		lost := w.joined(w.version, "LOST", will("will/LOST"), func(pk *packets.Packet) { pk.Connect.WillProperties.User = want })
		_ = lost.conn.Close()
		assert.Equal(t, want, watcher.expect(packets.Publish).Properties.User)
	},
	"MQTT-3.1.2-24, MQTT-3.1.2-25: what is larger than the client takes is left out": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C", func(pk *packets.Packet) { pk.Properties.MaximumPacketSize = 100 })
		require.Equal(t, byte(1), d.subscribe("a", 1))
		w.publish("a", fmt.Sprintf("%0200d", 0))
		w.publish("a", "small")
		assert.Equal(t, "small", string(d.expect(packets.Publish).Payload))
	},
	"MQTT-3.1.2-26, MQTT-3.1.2-27, MQTT-3.3.2-11: no topic alias is sent": func(t *testing.T, w *world) {
		d := w.watching("a")
		w.publish("a", "x")
		pk := d.expect(packets.Publish)
		assert.Equal(t, "a", pk.TopicName)
		assert.False(t, pk.Properties.TopicAliasFlag)
	},
	"MQTT-3.1.3-6, MQTT-3.1.3-7, MQTT-3.2.2-16: an empty client id is assigned": func(t *testing.T, w *world) {
		d, ack, err := w.attempt(w.registered("C"), w.version, "")
		require.NoError(t, err)
		assert.Equal(t, w.version == 5, ack.Properties.AssignedClientID != "")
		d.quiet()
	},
	"MQTT-3.1.4-3: a second connection ends the first": func(t *testing.T, w *world) {
		first := w.joined(w.version, "C")
		w.joined(w.version, "C")
		assert.Equal(t, w.code(0, 0x8e), first.ended())
	},
	"MQTT-3.2.2-12: a last will of QoS 2 is refused": func(t *testing.T, w *world) {
		_, ack, err := w.attempt(w.registered("C"), w.version, "C", will("a"), func(pk *packets.Packet) { pk.Connect.WillQos = 2 })
		require.NoError(t, err)
		assert.Equal(t, byte(0x9b), ack.ReasonCode)
		assert.False(t, ack.SessionPresent, "MQTT-3.2.2-6")
	},
	"MQTT-3.2.0-2, MQTT-3.14.0-1: a refused client gets CONNACK alone": func(t *testing.T, w *world) {
		w.registry.setPolicy(t, "car", nothingPolicy)
		require.NoError(t, w.gateway.Refresh(t.Context()))
		d, ack, err := w.attempt(w.registered("C"), w.version, "C")
		require.NoError(t, err)
		assert.Equal(t, w.code(5, 0x87), ack.ReasonCode)
		_, err = d.read()
		assert.Error(t, err, "MQTT-3.2.2-7")
	},
	"MQTT-3.3.1-3, MQTT-2.2.1-4, MQTT-4.3.2-2: DUP and the identifier are not the publisher's": func(t *testing.T, w *world) {
		d := w.watching("a")
		source := w.joined(w.version, "SOURCE")
		source.id = 700
		source.publish("a", 1, "x", func(pk *packets.Packet) { pk.FixedHeader.Dup = true })
		pk := d.expect(packets.Publish)
		assert.False(t, pk.FixedHeader.Dup)
		assert.Equal(t, uint16(1), pk.PacketID)
	},
	"MQTT-3.3.1-5, MQTT-3.3.1-9: the newest retained message is sent": func(t *testing.T, w *world) {
		w.retain("a", "old", "new")
		pk := w.watching("a").expect(packets.Publish)
		assert.Equal(t, "new", string(pk.Payload))
		assert.True(t, pk.FixedHeader.Retain)
	},
	"MQTT-3.3.1-6, MQTT-3.3.1-7: an empty message forgets the retained one": func(t *testing.T, w *world) {
		w.retain("a", "x", "")
		w.watching("a").quiet()
	},
	"MQTT-3.3.1-8: a message that is not retained leaves the retained one": func(t *testing.T, w *world) {
		w.retain("a", "kept")
		w.publish("a", "other")
		assert.Equal(t, "kept", string(w.watching("a").expect(packets.Publish).Payload))
	},
	"MQTT-3.3.1-10: Retain Handling 1 sends with a new subscription": func(t *testing.T, w *world) {
		w.retain("a", "kept")
		d := w.joined(w.version, "C")
		d.subscribeWith(packets.Subscription{Filter: "a", Qos: 1, RetainHandling: 1})
		d.expect(packets.Publish)
		d.subscribeWith(packets.Subscription{Filter: "a", Qos: 1, RetainHandling: 1})
		d.quiet()
	},
	"MQTT-3.3.1-11: Retain Handling 2 sends nothing": func(t *testing.T, w *world) {
		w.retain("a", "kept")
		d := w.joined(w.version, "C")
		d.subscribeWith(packets.Subscription{Filter: "a", Qos: 1, RetainHandling: 2})
		d.quiet()
	},
	"MQTT-3.3.1-12, MQTT-3.3.1-13: Retain As Published": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C")
		d.subscribeWith(packets.Subscription{Filter: "a/cleared", Qos: 1})
		d.subscribeWith(packets.Subscription{Filter: "a/kept", Qos: 1, RetainAsPublished: true})
		w.retain("a/cleared", "x")
		assert.False(t, d.expect(packets.Publish).FixedHeader.Retain)
		w.retain("a/kept", "x")
		assert.True(t, d.expect(packets.Publish).FixedHeader.Retain)
	},
	"MQTT-3.3.2-5, MQTT-3.3.2-6: a message's time is counted and ends": func(t *testing.T, w *world) {
		w.away("C", "a/#")
		source := w.joined(w.version, "SOURCE")
		for topic, seconds := range map[string]uint32{"a/short": 1, "a/long": 60} {
			source.acknowledged(source.publish(topic, 1, "x", func(pk *packets.Packet) { pk.Properties.MessageExpiryInterval = seconds }))
		}
		sent := time.Now()
		w.eventually(func() bool { return time.Since(sent) > 1100*time.Millisecond }, "one expires")
		pk := w.joined(w.version, "C", persistent(w.version)).expect(packets.Publish)
		assert.Equal(t, "a/long", pk.TopicName)
		assert.InDelta(t, 59, pk.Properties.MessageExpiryInterval, 1)
	},
	"MQTT-3.3.2-4, MQTT-3.3.2-15, MQTT-3.3.2-16, MQTT-3.3.2-17, MQTT-3.3.2-18, MQTT-3.3.2-20: properties are passed on": func(t *testing.T, w *world) {
		d := w.watching("a")
		want := []packets.UserProperty{{Key: "b", Val: "1"}, {Key: "a", Val: "2"}, {Key: "b", Val: "0"}}
		w.joined(w.version, "SOURCE").publish("a", 1, "x", func(pk *packets.Packet) {
			pk.Mods.AllowResponseInfo = true
			pk.Properties = packets.Properties{
				PayloadFormat: 1, PayloadFormatFlag: true, ContentType: "t", ResponseTopic: "r", CorrelationData: []byte{0, 1}, User: want,
			}
		})
		p := d.expect(packets.Publish).Properties
		assert.Equal(t, byte(1), p.PayloadFormat)
		assert.Equal(t, "t", p.ContentType)
		assert.Equal(t, "r", p.ResponseTopic)
		assert.Equal(t, []byte{0, 1}, p.CorrelationData)
		assert.Equal(t, want, p.User)
	},
	"MQTT-3.3.2-7: aliases end with the connection": func(t *testing.T, w *world) {
		alias := func(pk *packets.Packet) { pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = 1, true }
		w.joined(w.version, "C", persistent(w.version)).publish("a", 0, "x", alias)
		d := w.joined(w.version, "C", persistent(w.version))
		d.publish("", 0, "x", alias)
		assert.Equal(t, byte(0x82), d.ended())
	},
	"MQTT-3.3.2-12: every alias up to 8 is taken": func(t *testing.T, w *world) {
		watcher, d := w.watching("a/#"), w.joined(w.version, "C")
		for i := range uint16(8) {
			alias := func(pk *packets.Packet) { pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = i+1, true }
			d.publish(fmt.Sprintf("a/%d", i), 0, "x", alias)
			d.publish("", 0, "x", alias)
			for range 2 {
				assert.Equal(t, fmt.Sprintf("a/%d", i), watcher.expect(packets.Publish).TopicName)
			}
		}
	},
	"MQTT-3.3.4-1, MQTT-2.2.1-5, MQTT-4.3.2-4: QoS 1 is acknowledged by its identifier": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C")
		d.id = 4711
		d.acknowledged(d.publish("a", 1, "x"))
		d.publish("a", 0, "x")
		d.quiet()
	},
	"MQTT-4.3.2-5: an identifier is free again after PUBACK": func(t *testing.T, w *world) {
		watcher, d := w.watching("a"), w.joined(w.version, "C")
		for range 2 {
			d.id = 6
			d.acknowledged(d.publish("a", 1, "x", func(pk *packets.Packet) { pk.FixedHeader.Dup = true }))
			watcher.expect(packets.Publish)
		}
	},
	"MQTT-3.3.4-2: overlapping subscriptions deliver with the highest QoS": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C")
		require.Equal(t, byte(0), d.subscribe("a/#", 0))
		require.Equal(t, byte(1), d.subscribe("a/+", 1))
		w.publish("a/b", "x")
		assert.Equal(t, byte(1), d.expect(packets.Publish).FixedHeader.Qos)
		d.quiet()
	},
	"MQTT-3.8.3-3: No Local": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C")
		d.subscribeWith(packets.Subscription{Filter: "a", Qos: 1, NoLocal: true})
		d.acknowledged(d.publish("a", 1, "own"))
		w.publish("a", "another's")
		assert.Equal(t, "another's", string(d.expect(packets.Publish).Payload))
	},
	"MQTT-3.8.4-3, MQTT-3.8.4-4: a subscription made again replaces the first": func(t *testing.T, w *world) {
		w.retain("a", "kept")
		d := w.joined(w.version, "C")
		for _, qos := range []byte{1, 0} {
			require.Equal(t, qos, d.subscribe("a", qos))
			assert.Equal(t, "kept", string(d.expect(packets.Publish).Payload))
		}
		w.publish("a", "x")
		assert.Zero(t, d.expect(packets.Publish).FixedHeader.Qos)
		d.quiet()
	},
	"MQTT-3.8.4-1, MQTT-3.8.4-2, MQTT-3.8.4-5, MQTT-3.8.4-6, MQTT-3.8.4-7, MQTT-2.2.1-6, MQTT-3.9.3-1, MQTT-3.9.3-2: one SUBACK for several filters": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C")
		d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 77, Filters: packets.Subscriptions{
			{Filter: "a", Qos: 1}, {Filter: "b+", Qos: 1}, {Filter: "c", Qos: 0},
		}})
		ack := d.expect(packets.Suback)
		assert.Equal(t, uint16(77), ack.PacketID)
		assert.Equal(t, []byte{1, w.code(0x80, 0x8f), 0}, ack.ReasonCodes)
	},
	"MQTT-3.8.4-8, MQTT-4.8.2-3: the QoS is the lower one": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C")
		require.Equal(t, byte(0), d.subscribe("a", 0))
		require.Equal(t, byte(0), d.subscribe("$share/g/b", 0))
		require.Equal(t, byte(1), d.subscribe("c", 1))
		w.publish("a", "x")
		assert.Zero(t, d.expect(packets.Publish).FixedHeader.Qos)
		w.publish("b", "x")
		assert.Zero(t, d.expect(packets.Publish).FixedHeader.Qos)
		w.joined(w.version, "SOURCE").publish("c", 0, "x")
		assert.Zero(t, d.expect(packets.Publish).FixedHeader.Qos)
	},
	"MQTT-3.10.4-1, MQTT-3.10.4-2, MQTT-3.10.4-4, MQTT-3.10.4-5, MQTT-3.10.4-6, MQTT-3.11.3-1, MQTT-3.11.3-2: UNSUBSCRIBE": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C")
		for _, f := range []string{"a/+", "a/b"} {
			require.Equal(t, byte(1), d.subscribe(f, 1))
		}
		d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: 78, Filters: packets.Subscriptions{
			{Filter: "a/#"}, {Filter: "a/+"}, {Filter: "a/b"},
		}})
		ack := d.expect(packets.Unsuback)
		assert.Equal(t, uint16(78), ack.PacketID)
		if w.version == 5 {
			assert.Equal(t, []byte{0x11, 0, 0}, ack.ReasonCodes)
		}
		w.publish("a/b", "x")
		d.quiet()
	},
	"MQTT-3.10.4-3: what was sent is delivered to the end": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C", persistent(w.version))
		require.Equal(t, byte(1), d.subscribe("a", 1))
		w.publish("a", "x")
		d.expect(packets.Publish)
		d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: 78, Filters: packets.Subscriptions{{Filter: "a"}}})
		d.expect(packets.Unsuback)
		_ = d.conn.Close()
		assert.True(t, w.joined(w.version, "C", persistent(w.version)).expect(packets.Publish).FixedHeader.Dup)
	},
	"MQTT-3.12.4-1, MQTT-3.3.4-10, MQTT-4.9.0-1, MQTT-4.9.0-2, MQTT-4.9.0-3: PINGRESP with no quota left": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C", receiveMaximum(1))
		require.Equal(t, byte(1), d.subscribe("a", 1))
		w.publish("a", "x")
		w.publish("a", "y")
		d.expect(packets.Publish)
		d.quiet()
	},
	"MQTT-4.1.0-2: a session ends with its time": func(t *testing.T, w *world) {
		second := func(pk *packets.Packet) { pk.Properties.SessionExpiryInterval = 1 }
		d := w.joined(w.version, "C", persistent(w.version), second)
		_ = d.conn.Close()
		w.goneFrom("C")
		w.eventually(func() bool {
			return time.Since(w.began) > 2*time.Second
		}, "a second passes")
		_, ack, err := w.attempt(w.registered("C"), w.version, "C", persistent(w.version))
		require.NoError(t, err)
		assert.False(t, ack.SessionPresent)
	},
	"MQTT-4.3.1-1, MQTT-4.7.0-1, MQTT-3.3.2-3: QoS 0 goes to those that match": func(t *testing.T, w *world) {
		d := w.watching("a/+/c")
		source := w.joined(w.version, "SOURCE")
		source.publish("a/b/d", 0, "x")
		source.publish("a/b/c", 0, "y")
		pk := d.expect(packets.Publish)
		assert.Equal(t, "y", string(pk.Payload))
		assert.False(t, pk.FixedHeader.Dup)
	},
	"MQTT-4.3.2-1, MQTT-4.3.2-3, MQTT-4.4.0-1, MQTT-4.5.0-1: unacknowledged messages are sent again by their identifiers": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C", persistent(w.version))
		require.Equal(t, byte(1), d.subscribe("a", 1))
		var ids []uint16
		for i := range 3 {
			w.publish("a", fmt.Sprint(i))
			ids = append(ids, d.expect(packets.Publish).PacketID)
		}
		d.puback(ids[1])
		d.quiet()
		_ = d.conn.Close()
		d = w.joined(w.version, "C", persistent(w.version))
		for _, i := range []int{0, 2} {
			pk := d.expect(packets.Publish)
			assert.Equal(t, ids[i], pk.PacketID)
			assert.Equal(t, fmt.Sprint(i), string(pk.Payload))
		}
	},
	"MQTT-4.4.0-2: a PUBACK of failure is one too": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C", persistent(w.version))
		require.Equal(t, byte(1), d.subscribe("a", 1))
		w.publish("a", "x")
		id := d.expect(packets.Publish).PacketID
		d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: id, ReasonCode: 0x83})
		d.quiet()
		_ = d.conn.Close()
		w.joined(w.version, "C", persistent(w.version)).quiet()
	},
	"MQTT-4.6.0-5: the order of a publisher's messages is kept": func(t *testing.T, w *world) {
		d, source := w.watching("a"), w.joined(w.version, "SOURCE")
		for i := range 50 {
			source.publish("a", 1, fmt.Sprint(i))
		}
		for i := range 50 {
			pk := d.expect(packets.Publish)
			require.Equal(t, fmt.Sprint(i), string(pk.Payload))
			d.puback(pk.PacketID)
		}
	},
	"MQTT-4.7.2-1: wildcards at the beginning match no topic with $": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C")
		require.Equal(t, byte(1), d.subscribe("#", 1))
		require.Equal(t, byte(1), d.subscribe("+/events/#", 1))
		w.joined(w.version, "OTHER") // announced on $aws/events/...
		d.quiet()
	},
	"MQTT-4.7.3-4: topics are not normalised": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C")
		for _, f := range []string{"A", "a/", "/a", "\u00e4"} {
			require.Equal(t, byte(1), d.subscribe(f, 1))
		}
		for _, topic := range []string{"a", "a\u0308"} {
			w.publish(topic, "x")
		}
		d.quiet()
	},
	"MQTT-4.8.2-4: a shared message that was sent is the client's when it is back": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C", persistent(w.version))
		require.Equal(t, byte(1), d.subscribe("$share/g/a", 1))
		w.publish("a", "x")
		d.expect(packets.Publish)
		_ = d.conn.Close()
		assert.Equal(t, "x", string(w.joined(w.version, "C", persistent(w.version)).expect(packets.Publish).Payload))
	},
	"MQTT-4.8.2-5, MQTT-4.8.2-6: a shared message is nobody else's": func(t *testing.T, w *world) {
		first := w.joined(w.version, "FIRST")
		require.Equal(t, byte(1), first.subscribe("$share/g/a", 1))
		w.publish("a", "x")
		id := first.expect(packets.Publish).PacketID
		second := w.joined(w.version, "SECOND")
		require.Equal(t, byte(1), second.subscribe("$share/g/a", 1))
		first.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: id, ReasonCode: 0x80})
		_ = first.conn.Close()
		w.goneFrom("FIRST")
		second.quiet()
	},
	"MQTT-4.12.0-1: authentication methods are refused": func(t *testing.T, w *world) {
		_, ack, err := w.attempt(w.registered("C"), w.version, "C", func(pk *packets.Packet) { pk.Properties.AuthenticationMethod = "SCRAM-SHA-1" })
		require.NoError(t, err)
		assert.Equal(t, byte(0x8c), ack.ReasonCode)
	},
	"MQTT-4.13.1-1, MQTT-4.13.2-1, MQTT-3.14.4-2: a protocol error ends the connection": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C")
		_, err := d.conn.Write([]byte{0xf0, 0})
		require.NoError(t, err)
		assert.Equal(t, w.code(0, 0x82), d.ended(), "MQTT-4.12.0-7")
	},
	"MQTT-1.5.4-3: U+FEFF is a character as others are": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C")
		require.Equal(t, byte(1), d.subscribe("\ufeffa", 1))
		w.publish("a", "without")
		w.publish("\ufeffa", "with")
		assert.Equal(t, "with", string(d.expect(packets.Publish).Payload))
	},
	"MQTT-3.1.3-5: client ids of letters and digits": func(_ *testing.T, w *world) {
		for _, id := range []string{"0", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ", "KLMNOPQRSTUVWXYZ"} {
			w.joined(w.version, id).quiet()
		}
	},
	"MQTT-3.1.4-6: a refused client's packets are not taken": func(t *testing.T, w *world) {
		watcher := w.watching("a")
		w.registry.setPolicy(t, "car", nothingPolicy)
		require.NoError(t, w.gateway.Refresh(t.Context()))
		conn, err := dial(t, w.address, "localhost", w.roots, w.registered("C"), w.issuer)
		require.NoError(t, err)
		d, ack, err := connect(t, conn, w.version, "C", will("a"))
		require.NoError(t, err)
		require.NotZero(t, ack.ReasonCode)
		_ = d.trySend(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish}, TopicName: "a", Payload: []byte("x")})
		watcher.quiet()
	},
	"MQTT-3.2.0-1, MQTT-3.2.2-1: CONNACK comes first": func(t *testing.T, w *world) {
		w.away("C", "a")
		w.publish("a", "x")
		d, ack, err := w.attempt(w.registered("C"), w.version, "C", persistent(w.version))
		require.NoError(t, err)
		assert.Equal(t, packets.Connack, ack.FixedHeader.Type)
		d.expect(packets.Publish)
	},
	"MQTT-3.1.0-1: the first packet is CONNECT": func(t *testing.T, w *world) {
		conn, err := dial(t, w.address, "localhost", w.roots, w.registered("C"), w.issuer)
		require.NoError(t, err)
		_, err = conn.Write([]byte{0xc0, 0})
		require.NoError(t, err)
		n, err := conn.Read(make([]byte, 1))
		assert.Zero(t, n)
		assert.Error(t, err)
	},
	"MQTT-3.14.2-3, MQTT-3.14.4-1: a small DISCONNECT is the last packet": func(t *testing.T, w *world) {
		d := w.joined(5, "C", func(pk *packets.Packet) { pk.Properties.MaximumPacketSize = 10 })
		d.publish("$SYS/x", 0, "x")
		end := d.expect(packets.Disconnect)
		assert.Equal(t, byte(0x90), end.ReasonCode)
		assert.Empty(t, end.Properties.ReasonString)
		_, err := d.read()
		assert.ErrorIs(t, err, io.EOF)
	},
	"MQTT-4.1.0-1: a session lasts while its connection does": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C", func(pk *packets.Packet) {
			pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 1, w.version == 5
		})
		require.Equal(t, byte(1), d.subscribe("a", 1))
		w.eventually(func() bool { return time.Since(w.began) > 1500*time.Millisecond }, "more than the expiry")
		w.publish("a", "x")
		d.expect(packets.Publish)
	},
	"MQTT-4.2-1: packets are a stream of bytes": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C")
		pings := bytes.Repeat([]byte{0xc0, 0}, 100)
		for _, part := range [][]byte{pings[:1], pings[1:2], pings[2:101], pings[101:]} {
			_, err := d.conn.Write(part)
			require.NoError(t, err)
		}
		for range 100 {
			d.expect(packets.Pingresp)
		}
	},
	"MQTT-4.7.3-3: the longest topic is AWS's, which is shorter": func(t *testing.T, w *world) {
		d := w.joined(w.version, "C")
		d.publish(strings.Repeat("x", 256), 0, "x")
		d.quiet()
		d.publish(strings.Repeat("x", 257), 0, "x")
		assert.Equal(t, w.code(0, 0x90), d.ended())
	},
}

// nothingPolicy allows nothing.
const nothingPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iot:*","Resource":"*"}]}`

// code picks the code for the check's version: MQTT 3.1.1 has fewer return codes, and no DISCONNECT from the server.
func (w *world) code(v311, v5 byte) byte {
	if w.version == 5 {
		return v5
	}
	return v311
}

func TestNormativeStatements(t *testing.T) {
	for name, check := range statements {
		versions := []byte{5}
		if slices.ContainsFunc(statementsIn(name, numbered), func(s string) bool { return len(alsoIn311[s]) > 0 }) {
			versions = append(versions, 4)
		}
		for _, version := range versions {
			t.Run(fmt.Sprintf("version %d, %s", version, name), func(t *testing.T) { checkStatement(t, version, check) })
		}
	}
	for name, check := range statements311 {
		t.Run(name, func(t *testing.T) { checkStatement(t, 4, check) })
	}
}

func checkStatement(t *testing.T, version byte, check func(*testing.T, *world)) {
	w := newWorld(t)
	w.began, w.version = time.Now(), version
	w.registry.setPolicy(t, "car", anyPolicy)
	require.NoError(t, w.gateway.Refresh(t.Context()))
	check(t, w)
}
