package gateway

import (
	"bytes"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func connectBytes(t *testing.T, version byte) []byte {
	t.Helper()
	var b bytes.Buffer
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect}, ProtocolVersion: version,
		Connect: packets.ConnectParams{ProtocolName: []byte("MQTT"), ClientIdentifier: "CAR", Clean: true, Keepalive: 30},
	}
	require.NoError(t, pk.ConnectEncode(&b))
	return b.Bytes()
}

func TestGuardStopsOnlyWhatTheBrokerCannotDecode(t *testing.T) {
	cut := []byte{0x82, 0x07, 0x00, 0x01, 0x00, 0x00, 0x02, 'a', '/'}
	for name, tc := range map[string]struct {
		version byte
		packet  []byte
		bad     bool
	}{
		"a filter without its options":                  {5, cut, true},
		"a filter with its options":                     {5, []byte{0x82, 0x08, 0x00, 0x01, 0x00, 0x00, 0x02, 'a', '/', 0x01}, false},
		"the same bytes in MQTT 3.1.1 are the broker's": {4, cut, false},
		"an empty SUBSCRIBE is the broker's":            {5, []byte{0x82, 0x00}, false},
		"a length of five digits is the broker's":       {5, []byte{0x82, 0xff, 0xff, 0xff, 0xff, 0x7f}, false},
		"a PUBLISH of the same bytes is not looked at":  {5, append([]byte{0x30}, cut[1:]...), false},
	} {
		t.Run(name, func(t *testing.T) {
			stream := append(connectBytes(t, tc.version), tc.packet...)
			for _, size := range []int{1, 2, 3, 7, len(stream)} { // however the network cuts it
				var g guard
				var err error
				for rest := stream; len(rest) > 0 && err == nil; {
					n := min(size, len(rest))
					err = g.check(rest[:n])
					rest = rest[n:]
				}
				if tc.bad {
					require.ErrorIs(t, err, packets.ErrMalformedPacket)
					continue
				}
				require.NoError(t, err)
				assert.Equal(t, tc.version, g.version)
				assert.Nil(t, g.body, "nothing is kept between packets")
			}
		})
	}
}
