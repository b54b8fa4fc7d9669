package gateway_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/require"
)

// FuzzPackets sends arbitrary bytes after a valid CONNECT. The gateway must not panic, and must continue to serve other clients.
func FuzzPackets(f *testing.F) {
	for _, pk := range []packets.Packet{
		{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, PacketID: 1, TopicName: "dt/cars/CAR/a", Payload: []byte("{}")},
		{FixedHeader: packets.FixedHeader{Type: packets.Publish}, TopicName: "$aws/things/CAR/shadow/update", Payload: []byte(`{"state":{}}`)},
	} {
		var b bytes.Buffer
		pk.ProtocolVersion = 5
		require.NoError(f, pk.PublishEncode(&b))
		f.Add(byte(5), b.Bytes())
		f.Add(byte(4), b.Bytes())
	}
	f.Add(byte(5), []byte{0x82, 0x08, 0x00, 0x01, 0x00, 0x00, 0x02, 'a', '/', 0x01})
	f.Add(byte(5), []byte{0x82, 0x07, 0x00, 0x01, 0x00, 0x00, 0x02, 'a', '/'}) // ends before the filter's options
	f.Add(byte(4), []byte{0xff, 0xff, 0xff, 0xff, 0x7f})
	w := newWorld(f)
	car := w.car("CAR")
	w.registry.provision(car, w.ca, "CAR", "car")
	f.Fuzz(func(t *testing.T, version byte, data []byte) {
		version = 4 + version%2
		x := *w // a copy that reports to the test of this input
		x.t = t
		d, _, err := x.attempt(car, version, "CAR")
		require.NoError(t, err)
		_ = d.conn.SetDeadline(time.Now().Add(patience))
		_, _ = d.conn.Write(data)
		_, _ = d.conn.Write([]byte{0xe0, 0x00}) // DISCONNECT, unless the bytes before it make it part of another packet
		if c, ok := d.conn.(interface{ CloseWrite() error }); ok {
			_ = c.CloseWrite()
		}
		_, err = io.Copy(io.Discard, d.conn)
		require.NotErrorIs(t, err, errTimeout)
		require.NotContains(t, w.log.drain(), "panic")
	})
}
