package packet

import (
	"fmt"
	"strings"
)

// Identifiers of properties. [MQTT5 2.2.2.2]
const (
	propFormat            = 0x01
	propExpiry            = 0x02
	propContentType       = 0x03
	propResponseTopic     = 0x08
	propCorrelation       = 0x09
	propSubscriptionID    = 0x0B
	propSessionExpiry     = 0x11
	propAssignedClientID  = 0x12
	propServerKeepAlive   = 0x13
	propAuthMethod        = 0x15
	propAuthData          = 0x16
	propProblemInfo       = 0x17
	propWillDelay         = 0x18
	propResponseInfo      = 0x19
	propReasonString      = 0x1F
	propReceiveMaximum    = 0x21
	propAliasMaximum      = 0x22
	propAlias             = 0x23
	propMaximumQoS        = 0x24
	propRetainAvailable   = 0x25
	propUser              = 0x26
	propMaximumPacket     = 0x27
	propWildcardAvailable = 0x28
	propSubIDAvailable    = 0x29
	propSharedAvailable   = 0x2A
)

// properties decodes a packet's properties with the reader for each allowed one. Only user properties may be repeated.
func (c *cursor) properties(packet string, readers map[uint32]func()) {
	n := int(c.varint())
	section := c.take(n)
	if c.err != nil {
		return
	}
	after := c.b
	c.b = section
	var seen uint64
	for len(c.b) > 0 && c.err == nil {
		id := c.varint()
		if c.err != nil {
			return
		}
		read, ok := readers[id]
		if !ok {
			c.fail(protocolError(fmt.Sprintf("%s with property 0x%02x [MQTT5 2.2.2.2]", packet, id)))
			return
		}
		if id != propUser && seen&(1<<id) != 0 {
			c.fail(protocolError(fmt.Sprintf("%s with property 0x%02x twice [MQTT5 2.2.2.2]", packet, id)))
			return
		}
		seen |= 1 << id
		read()
	}
	if c.err == nil {
		c.b = after
	}
}

func (c *cursor) user(list *[]UserProperty) func() {
	return func() {
		k := c.text()
		*list = append(*list, UserProperty{k, c.text()})
	}
}

// bool decodes a byte that must be 0 or 1.
func (c *cursor) bool(name string) bool {
	b := c.byte()
	if b > 1 {
		c.fail(protocolError(fmt.Sprintf("%s %d: allowed are 0 and 1", name, b)))
	}
	return b == 1
}

// messageReaders returns the readers for the properties that published messages and last wills share.
func (c *cursor) messageReaders(m *Message) map[uint32]func() {
	return map[uint32]func(){
		propFormat: func() {
			m.Format = FormatBytes
			if c.bool("payload format indicator") {
				m.Format = FormatUTF8
			}
		},
		propExpiry:      func() { m.Expiry, m.HasExpiry = c.uint32(), true },
		propContentType: func() { m.ContentType = c.text() },
		propResponseTopic: func() {
			m.ResponseTopic = c.text()
			if strings.ContainsAny(m.ResponseTopic, "+#") {
				c.fail(protocolError("response topic with wildcards [MQTT-3.3.2-14]"))
			}
		},
		propCorrelation: func() { m.CorrelationData = c.binary() },
		propUser:        c.user(&m.User),
	}
}

// answerProperties decodes the properties of PUBACK, UNSUBSCRIBE and others, which the server ignores.
func (c *cursor) answerProperties(packet string) {
	var user []UserProperty
	c.properties(packet, map[uint32]func(){propReasonString: func() { c.text() }, propUser: c.user(&user)})
}
