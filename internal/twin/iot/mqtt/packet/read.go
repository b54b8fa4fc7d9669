package packet

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Raw is a packet with decoded kind and flags. Its body is not decoded.
type Raw struct {
	Kind  Kind
	Flags byte
	Body  []byte
}

// Read reads the next packet, whose body may have at most most bytes. A violation of the specification is an *Error. Other errors come from
// the reader.
func Read(r *bufio.Reader, most int) (Raw, error) {
	first, err := r.ReadByte()
	if err != nil {
		return Raw{}, err
	}
	raw := Raw{Kind: Kind(first >> 4), Flags: first & 0x0f}
	if err := raw.checkFlags(); err != nil {
		return raw, err
	}
	n, err := readLength(r)
	if err != nil {
		return raw, err
	}
	if n > most {
		return raw, &Error{PacketTooLarge, fmt.Sprintf("packet of %d bytes: allowed are %d", n, most)}
	}
	if n == 0 {
		return raw, nil
	}
	raw.Body = make([]byte, n)
	_, err = io.ReadFull(r, raw.Body)
	return raw, err
}

// readLength reads the remaining length: base 128, least significant digit first, at most four digits and no leading zero digits.
func readLength(r *bufio.Reader) (int, error) {
	const digits, bits = 4, 7
	n := 0
	for i := range digits {
		b, err := r.ReadByte()
		if err != nil {
			return 0, noEOF(err)
		}
		n |= int(b&0x7f) << (bits * i)
		if b&0x80 == 0 {
			if b == 0 && i > 0 {
				return 0, malformed("remaining length with more digits than needed [MQTT-1.5.5-1]")
			}
			return n, nil
		}
	}
	return 0, malformed("remaining length of more than four digits [MQTT5 1.5.5]")
}

// noEOF turns io.EOF inside a packet into io.ErrUnexpectedEOF.
func noEOF(err error) error {
	if err == io.EOF { // not wrapped: it comes from the reader
		return io.ErrUnexpectedEOF
	}
	return err
}

// checkFlags checks the fixed header's flags, which are reserved in all packets but PUBLISH. [MQTT-2.1.3-1]
func (r Raw) checkFlags() error {
	want := byte(0)
	switch r.Kind {
	case KindPublish:
		return r.checkPublishFlags()
	case KindPubrel, KindSubscribe, KindUnsubscribe:
		want = 2 // the reserved flags of these packets [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1]
	case 0:
		return malformed("packet type 0 is reserved [MQTT5 2.1.2]")
	}
	if r.Flags != want {
		return malformed(fmt.Sprintf("flags of packet type %d are %04b: allowed are %04b [MQTT-2.1.3-1]", r.Kind, r.Flags, want))
	}
	return nil
}

func (r Raw) checkPublishFlags() error {
	qos := r.Flags >> 1 & 3
	if qos == 3 {
		return malformed("PUBLISH with QoS 3 [MQTT-3.3.1-4]")
	}
	if qos == 0 && r.Flags&8 != 0 {
		return malformed("PUBLISH of QoS 0 with DUP [MQTT-3.3.1-2]")
	}
	return nil
}

// cursor reads the fields of a body. After the first error it reads no more.
type cursor struct {
	b   []byte
	err error
}

func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.b = nil
}

func (c *cursor) take(n int) []byte {
	if n > len(c.b) {
		c.fail(malformed("the packet ends inside a field"))
		return nil
	}
	out := c.b[:n:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) byte() byte {
	if b := c.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) uint16() uint16 {
	if b := c.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (c *cursor) uint32() uint32 {
	if b := c.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) varint() uint32 {
	const digits, bits = 4, 7
	n := uint32(0)
	for i := range digits {
		b := c.byte()
		n |= uint32(b&0x7f) << (bits * i)
		if b&0x80 == 0 {
			if b == 0 && i > 0 {
				c.fail(malformed("variable byte integer with more digits than needed [MQTT-1.5.5-1]"))
			}
			return n
		}
	}
	c.fail(malformed("variable byte integer of more than four digits [MQTT5 1.5.5]"))
	return 0
}

func (c *cursor) binary() []byte { return c.take(int(c.uint16())) }

// text reads a UTF-8 string. Go's UTF-8 check rejects surrogates too, as the specification demands.
func (c *cursor) text() string {
	b := c.binary()
	if !utf8.Valid(b) {
		c.fail(malformed("text is not UTF-8 [MQTT-1.5.4-1]"))
	}
	s := string(b)
	if strings.IndexByte(s, 0) >= 0 {
		c.fail(malformed("text with U+0000 [MQTT-1.5.4-2]"))
	}
	return s
}

// id reads a packet identifier.
func (c *cursor) id() uint16 {
	id := c.uint16()
	if id == 0 && c.err == nil {
		c.fail(protocolError("packet identifier 0 [MQTT-2.2.1-3]"))
	}
	return id
}

// end fails if bytes are left.
func (c *cursor) end() error {
	if c.err == nil && len(c.b) > 0 {
		c.fail(malformed(fmt.Sprintf("%d bytes after the packet's last field", len(c.b))))
	}
	return c.err
}
