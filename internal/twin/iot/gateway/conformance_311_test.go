package gateway_test

import (
	"io"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// alsoIn311 maps statements of MQTT 5 to the equivalent statements of MQTT 3.1.1. Their checks run with both versions.
var alsoIn311 = map[string][]string{
	"1.5.4-3": {"1.5.3-3"}, "3.1.0-1": {"3.1.0-1"},
	"3.1.2-4": {"3.1.2-6", "3.1.4-3", "3.2.2-1"}, "3.1.2-5": {"3.1.2-4", "3.1.2-5", "3.1.3-2", "3.2.2-2", "4.1.0-1"}, "3.1.2-6": {"3.2.2-3", "3.1.4-4"},
	"3.1.2-7": {"3.1.2-8", "3.1.2-16"}, "3.1.2-10": {"3.1.2-10", "3.14.4-3"}, "3.1.2-15": {"3.1.2-7", "3.1.2-17"},
	"3.1.3-5": {"3.1.3-5"}, "3.1.3-6": {"3.1.3-6"}, "3.1.4-3": {"3.1.4-2"}, "3.1.4-6": {"3.1.4-5"}, "3.2.0-1": {"3.2.0-1"}, "3.2.0-2": {"3.2.2-4", "3.2.2-5"},
	"3.3.1-3": {"3.3.1-3"}, "3.3.1-5": {"3.3.1-5", "3.3.1-6", "3.3.1-8"}, "3.3.1-6": {"3.3.1-10", "3.3.1-11"}, "3.3.1-8": {"3.3.1-12"},
	"3.3.4-1": {"2.3.1-6", "3.3.4-1", "4.3.2-2"}, "3.3.4-2": {"3.3.5-1"},
	"3.8.4-1": {"2.3.1-7", "3.8.4-1", "3.8.4-2", "3.8.4-4", "3.8.4-5", "3.9.3-1", "3.9.3-2"}, "3.8.4-3": {"3.8.4-3"}, "3.8.4-8": {"3.8.4-6"},
	"3.10.4-1": {"3.10.4-1", "3.10.4-2", "3.10.4-4", "3.10.4-5", "3.10.4-6"}, "3.10.4-3": {"3.10.4-3"},
	"4.1.0-1": {"4.1.0-2"}, "4.2-1": {"7.0.0-2", "7.1.1-1"}, "4.3.1-1": {"2.3.1-5", "3.3.2-3", "4.3.1-1"}, "4.3.2-1": {"2.3.1-4", "4.3.2-1", "4.4.0-1", "4.5.0-1"},
	"4.3.2-5": {"4.3.2-2"}, "4.6.0-5": {"4.6.0-5", "4.6.0-6"}, "4.7.2-1": {"4.7.2-1"}, "4.7.3-3": {"4.7.3-3"}, "4.7.3-4": {"4.7.3-4"}, "4.13.1-1": {"4.8.0-1"},
}

// statements311 are checks of statements of MQTT 3.1.1 that MQTT 5 lacks or changes.
var statements311 = map[string]func(t *testing.T, w *world){
	"MQTT311-3.1.2-2: another protocol level has return code 1": func(t *testing.T, w *world) {
		_, ack, err := w.attempt(w.registered("C"), 3, "C")
		require.NoError(t, err)
		assert.Equal(t, byte(1), ack.ReasonCode)
	},
	"MQTT311-3.1.2-12: without a last will none is published": func(_ *testing.T, w *world) {
		watcher := w.watching("#")
		_ = w.joined(4, "LOST").conn.Close()
		w.goneFrom("LOST")
		watcher.quiet()
	},
	"MQTT311-3.1.3-8: an empty client id with a session has return code 2": func(t *testing.T, w *world) {
		_, ack, err := w.attempt(w.registered("C"), 4, "", persistent(4))
		require.NoError(t, err)
		assert.Equal(t, byte(2), ack.ReasonCode)
	},
	"MQTT311-3.1.4-1: a malformed CONNECT has no CONNACK": func(t *testing.T, w *world) {
		conn, err := dial(t, w.address, "localhost", w.roots, w.registered("C"), w.issuer)
		require.NoError(t, err)
		_, err = conn.Write([]byte{0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 3, 0, 30, 0, 1, 'c'})
		require.NoError(t, err)
		n, err := conn.Read(make([]byte, 1))
		assert.Zero(t, n)
		assert.ErrorIs(t, err, io.EOF)
	},
	"MQTT311-3.2.2-6: a refusal that no return code stands for has no CONNACK": func(t *testing.T, w *world) {
		_, _, err := w.attempt(w.registered("C"), 4, "C", will("a"), func(pk *packets.Packet) { pk.Connect.WillQos = 2 })
		assert.ErrorContains(t, err, "EOF")
	},
	"MQTT311-3.3.1-7: a retained message of QoS 0 takes the place of another": func(t *testing.T, w *world) {
		w.retain("a", "old")
		source := w.joined(4, "SOURCE")
		source.publish("a", 0, "new", func(pk *packets.Packet) { pk.FixedHeader.Retain = true })
		source.quiet()
		assert.Equal(t, "new", string(w.watching("a").expect(packets.Publish).Payload))
	},
	"MQTT311-3.3.1-9: an established subscription gets no message as a retained one": func(t *testing.T, w *world) {
		watcher := w.watching("a")
		w.retain("a", "x")
		assert.False(t, watcher.expect(packets.Publish).FixedHeader.Retain)
	},
	"MQTT311-3.12.4-1: PINGRESP": func(_ *testing.T, w *world) { w.joined(4, "C").quiet() },
}
