package gateway_test

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/require"
)

// watching returns a client that is subscribed to the filter.
func (w *world) watching(filter string) *device {
	w.t.Helper()
	d := w.joined(w.version, "WATCHER")
	require.Equal(w.t, byte(1), d.subscribe(filter, 1))
	return d
}

// away makes a session whose client is disconnected.
func (w *world) away(name, filter string) {
	w.t.Helper()
	d := w.joined(w.version, name, persistent(w.version))
	require.Equal(w.t, byte(1), d.subscribe(filter, 1))
	_ = d.conn.Close()
	w.goneFrom(name)
}

// goneFrom waits until the gateway has noticed the end of the client's connection.
func (w *world) goneFrom(name string) {
	w.t.Helper()
	w.eventually(func() bool { return strings.Contains(w.log.text(), "client disconnected\" client_id="+name) }, "%s is gone", name)
}

// retain publishes retained messages.
func (w *world) retain(topic string, payloads ...string) {
	w.t.Helper()
	for _, p := range payloads {
		_, err := w.api().Publish(w.t.Context(), &iotdataplane.PublishInput{Topic: &topic, Qos: 1, Retain: true, Payload: []byte(p)})
		require.NoError(w.t, err)
	}
}

// subscribeWith subscribes with QoS 1 and options.
func (d *device) subscribeWith(s packets.Subscription) {
	d.t.Helper()
	d.id++
	d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: d.id, Filters: packets.Subscriptions{s}})
	require.Equal(d.t, []byte{1}, d.expect(packets.Suback).ReasonCodes)
}
