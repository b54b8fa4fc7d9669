package packet

import (
	"fmt"
	"strings"
)

// DecodePublish decodes a PUBLISH packet. The message's payload aliases the body.
func DecodePublish(raw Raw, v Version) (*Publish, error) {
	c := &cursor{b: raw.Body}
	p := &Publish{Dup: raw.Flags&8 != 0}
	p.QoS, p.Retain = raw.Flags>>1&3, raw.Flags&1 != 0
	p.Topic = c.text()
	if p.QoS > 0 {
		p.ID = c.id()
	}
	if v == V5 {
		p.properties(c)
	}
	switch {
	case c.err != nil:
		return p, c.err
	case strings.ContainsAny(p.Topic, "+#"):
		return p, &Error{TopicNameInvalid, "PUBLISH to a topic with wildcards [MQTT-3.3.2-2]"}
	case p.Topic == "" && !p.HasAlias:
		return p, protocolError("PUBLISH without topic and alias [MQTT5 3.3.2.1]")
	}
	p.Payload = c.b
	return p, nil
}

func (p *Publish) properties(c *cursor) {
	if len(c.b) > 0 && c.b[0] == 0 { // most messages have no properties
		c.b = c.b[1:]
		return
	}
	readers := c.messageReaders(&p.Message)
	readers[propAlias] = func() {
		p.Alias, p.HasAlias = c.uint16(), true
		if p.Alias == 0 {
			c.fail(&Error{TopicAliasInvalid, "topic alias 0 [MQTT-3.3.2-8]"})
		}
	}
	readers[propSubscriptionID] = func() { c.fail(protocolError("PUBLISH with a subscription identifier [MQTT-3.3.4-6]")) }
	c.properties("PUBLISH", readers)
}

// DecodePuback decodes a PUBACK packet and returns its packet identifier.
func DecodePuback(body []byte, v Version) (uint16, error) {
	c := &cursor{b: body}
	id := c.id()
	if v == V5 && len(c.b) > 0 {
		reason := c.byte()
		if c.err == nil && !pubackReasons[reason] {
			return id, malformed(fmt.Sprintf("PUBACK with reason 0x%02x [MQTT-3.4.2-1]", reason))
		}
		if len(c.b) > 0 {
			c.answerProperties("PUBACK")
		}
	}
	return id, c.end()
}

var pubackReasons = map[byte]bool{
	0x00: true, 0x10: true, 0x80: true, 0x83: true, 0x87: true, 0x90: true, 0x91: true, 0x97: true, 0x99: true,
}

// DecodeSubscribe decodes a SUBSCRIBE packet. It does not check the filters: see ValidFilter.
func DecodeSubscribe(body []byte, v Version) (*Subscribe, error) {
	c := &cursor{b: body}
	p := &Subscribe{ID: c.id()}
	if v == V5 {
		var user []UserProperty
		c.properties("SUBSCRIBE", map[uint32]func(){propUser: c.user(&user), propSubscriptionID: func() {
			if p.Identifier = c.varint(); p.Identifier == 0 {
				c.fail(protocolError("subscription identifier 0 [MQTT5 3.8.2.1.2]"))
			}
		}})
	}
	if c.err == nil && len(c.b) == 0 {
		return p, protocolError("SUBSCRIBE without a topic filter [MQTT-3.8.3-2]")
	}
	for len(c.b) > 0 {
		f := Filter{Topic: c.text()}
		f.options(c, v)
		p.Filters = append(p.Filters, f)
	}
	return p, c.err
}

// options decodes the byte with a filter's options.
func (f *Filter) options(c *cursor, v Version) {
	b := c.byte()
	f.QoS = b & 3
	reserved := byte(0xc0)
	if v == V311 {
		reserved = 0xfc
	}
	switch {
	case f.QoS == 3:
		c.fail(malformed("subscription of QoS 3 [MQTT-3.8.3-4]"))
	case b&reserved != 0:
		c.fail(malformed("subscription with reserved options [MQTT-3.8.3-5]"))
	}
	f.NoLocal, f.RetainAsPublished, f.RetainHandling = b&4 != 0, b&8 != 0, b>>4&3
	switch {
	case f.RetainHandling == 3:
		c.fail(protocolError("retain handling 3 [MQTT5 3.8.3.1]"))
	case f.NoLocal && strings.HasPrefix(f.Topic, SharePrefix):
		c.fail(protocolError("shared subscription with No Local [MQTT-3.8.3-4]"))
	}
}

// DecodeUnsubscribe decodes an UNSUBSCRIBE packet.
func DecodeUnsubscribe(body []byte, v Version) (*Unsubscribe, error) {
	c := &cursor{b: body}
	p := &Unsubscribe{ID: c.id()}
	if v == V5 {
		var user []UserProperty
		c.properties("UNSUBSCRIBE", map[uint32]func(){propUser: c.user(&user)})
	}
	if c.err == nil && len(c.b) == 0 {
		return p, protocolError("UNSUBSCRIBE without a topic filter [MQTT-3.10.3-2]")
	}
	for len(c.b) > 0 {
		p.Filters = append(p.Filters, c.text())
	}
	return p, c.err
}

// DecodeDisconnect decodes a DISCONNECT packet.
func DecodeDisconnect(body []byte, v Version) (*Disconnect, error) {
	c := &cursor{b: body}
	p := &Disconnect{}
	if v == V5 && len(c.b) > 0 {
		p.Reason = Reason(c.byte())
		if !disconnectReasons[p.Reason] {
			return p, malformed(fmt.Sprintf("DISCONNECT with reason 0x%02x [MQTT-3.14.2-1]", byte(p.Reason)))
		}
		if len(c.b) > 0 {
			var user []UserProperty
			c.properties("DISCONNECT", map[uint32]func(){
				propSessionExpiry: func() { p.SessionExpiry, p.HasSessionExpiry = c.uint32(), true },
				propReasonString:  func() { c.text() },
				propUser:          c.user(&user),
			})
		}
	}
	return p, c.end()
}

// disconnectReasons are the reasons that a client may send. [MQTT5 3.14.2.1]
var disconnectReasons = map[Reason]bool{
	Success: true, DisconnectWithWill: true, UnspecifiedError: true, MalformedPacket: true, ProtocolError: true,
	ImplementationError: true, TopicNameInvalid: true, ReceiveMaximumExceeded: true, TopicAliasInvalid: true,
	PacketTooLarge: true, MessageRateTooHigh: true, QuotaExceeded: true, AdministrativeAction: true, 0x99: true,
}

// DecodePingreq checks a PINGREQ packet, which has no body.
func DecodePingreq(body []byte) error { return (&cursor{b: body}).end() }
