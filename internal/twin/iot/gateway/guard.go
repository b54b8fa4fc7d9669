package gateway

import (
	"encoding/binary"
	"fmt"

	"github.com/mochi-mqtt/server/v2/packets"
)

// guard looks at what a client sends before the broker does. The broker's decoder of SUBSCRIBE panics on a packet of MQTT 5 that
// ends before the options of its last filter; that would leave the session half ended, so the connection ends before it.
type guard struct {
	stage   stage
	header  byte // of the packet under way
	left    int  // bytes that it lacks
	shift   int  // of the next digit of its length
	body    []byte
	version byte // of MQTT, once CONNECT has told
}

type stage uint8

const (
	inHeader stage = iota
	inLength
	inBody
	unguarded // what follows is no packet: the broker says so
)

// maxGuarded is the largest size of a packet that is examined; the broker refuses larger ones.
const maxGuarded = 256 << 10

// check takes the next bytes of the stream and fails before a packet is complete that the broker cannot take.
func (g *guard) check(b []byte) error {
	for len(b) > 0 {
		switch g.stage {
		case inHeader:
			g.header, g.left, g.shift, g.stage = b[0], 0, 0, inLength
			b = b[1:]
		case inLength:
			g.length(b[0])
			b = b[1:]
		case inBody:
			n := min(len(b), g.left)
			if g.looksInto() {
				g.body = append(g.body, b[:n]...)
			}
			g.left -= n
			b = b[n:]
			if err := g.complete(); err != nil {
				return err
			}
		case unguarded:
			return nil
		}
	}
	return nil
}

// length takes the next digit of the remaining length (MQTT 5, 1.5.5: base 128, least significant first, four at most).
func (g *guard) length(digit byte) {
	const digits, bits = 4, 7
	g.left |= int(digit&0x7f) << g.shift
	g.shift += bits
	switch {
	case digit&0x80 == 0 && g.left <= maxGuarded:
		g.stage = inBody
		_ = g.complete() // an empty packet cannot be wrong here
	case digit&0x80 == 0 || g.shift == digits*bits:
		g.stage = unguarded
	}
}

func (g *guard) looksInto() bool {
	kind := g.header >> 4
	return kind == packets.Connect || kind == packets.Subscribe
}

// complete looks at the packet if it is all there.
func (g *guard) complete() error {
	if g.left > 0 {
		return nil
	}
	body := g.body
	g.stage, g.body = inHeader, nil
	switch g.header >> 4 {
	case packets.Connect:
		g.version = versionOf(body)
	case packets.Subscribe:
		return decodable(g.version, body)
	}
	return nil
}

// versionOf is the protocol level of a CONNECT packet, behind the protocol's name; 0 if it ends before.
func versionOf(connect []byte) byte {
	if len(connect) < 2 {
		return 0
	}
	at := 2 + int(binary.BigEndian.Uint16(connect))
	if at >= len(connect) {
		return 0
	}
	return connect[at]
}

// decodable tries the broker's decoder. The broker handles its errors; the guard recovers its panic.
func decodable(version byte, subscribe []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: SUBSCRIBE: %v", packets.ErrMalformedPacket, p)
		}
	}()
	pk := packets.Packet{ProtocolVersion: version, FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}}
	_ = pk.SubscribeDecode(subscribe)
	return nil
}

// Read reads for the broker.
func (c *deviceConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if bad := c.guard.check(b[:n]); bad != nil {
		return 0, bad
	}
	return n, err
}
