package packet

import (
	"fmt"
	"strings"
)

const protocolName = "MQTT"

// Flags of CONNECT.
const (
	flagReserved   = 1 << 0
	flagCleanStart = 1 << 1
	flagWill       = 1 << 2
	flagWillRetain = 1 << 5
	flagPassword   = 1 << 6
	flagUsername   = 1 << 7
)

// DecodeConnect decodes a CONNECT packet. Even with an error, it returns a packet whose version is set if it is known.
func DecodeConnect(body []byte) (*Connect, error) {
	c := &cursor{b: body}
	p := &Connect{Version: V311, ReceiveMaximum: 65535}
	name := c.text()
	level := c.byte()
	if c.err == nil && name != protocolName {
		return p, &Error{UnsupportedVersion, fmt.Sprintf("protocol %q: allowed is MQTT [MQTT-3.1.2-1]", name)}
	}
	if c.err == nil && level != byte(V311) && level != byte(V5) {
		return p, &Error{UnsupportedVersion, fmt.Sprintf("protocol level %d: allowed are 4 and 5 [MQTT-3.1.2-2]", level)}
	}
	if c.err == nil {
		p.Version = Version(level)
	}
	flags := c.byte()
	p.KeepAlive = c.uint16()
	p.CleanStart = flags&flagCleanStart != 0
	if err := p.checkFlags(flags); c.err == nil && err != nil {
		return p, err
	}
	if p.Version == V5 {
		p.properties(c)
	}
	p.ClientID = c.text()
	if flags&flagWill != 0 {
		p.will(c, flags)
	}
	if flags&flagUsername != 0 {
		name := c.text()
		p.Username = &name
	}
	if flags&flagPassword != 0 {
		p.Password = c.binary()
	}
	return p, c.end()
}

func (p *Connect) checkFlags(flags byte) error {
	qos := flags >> 3 & 3
	switch {
	case flags&flagReserved != 0:
		return malformed("CONNECT with the reserved flag [MQTT-3.1.2-3]")
	case flags&flagWill == 0 && (qos != 0 || flags&flagWillRetain != 0):
		return malformed("CONNECT with a QoS or retain flag of a last will that it lacks [MQTT-3.1.2-11] [MQTT-3.1.2-13]")
	case qos == 3:
		return malformed("last will of QoS 3 [MQTT-3.1.2-12]")
	case p.Version == V311 && flags&flagPassword != 0 && flags&flagUsername == 0:
		return malformed("CONNECT with a password and no user name [MQTT-3.1.2-22]")
	}
	return nil
}

func (p *Connect) properties(c *cursor) {
	var receive *uint16
	c.properties("CONNECT", map[uint32]func(){
		propSessionExpiry: func() { p.SessionExpiry = c.uint32() },
		propReceiveMaximum: func() {
			n := c.uint16()
			receive, p.ReceiveMaximum = &n, n
		},
		propMaximumPacket: func() {
			if p.MaximumPacket = c.uint32(); p.MaximumPacket == 0 {
				c.fail(protocolError("maximum packet size 0 [MQTT5 3.1.2.11.4]"))
			}
		},
		propAliasMaximum: func() { p.TopicAliases = c.uint16() },
		propResponseInfo: func() { p.WantResponseInfo = c.bool("request response information") },
		propProblemInfo:  func() { p.NoProblemInfo = !c.bool("request problem information") },
		propAuthMethod:   func() { p.AuthMethod = c.text() },
		propAuthData:     func() { c.binary() },
		propUser:         c.user(&p.User),
	})
	if receive != nil && *receive == 0 {
		c.fail(protocolError("receive maximum 0 [MQTT5 3.1.2.11.3]"))
	}
}

func (p *Connect) will(c *cursor, flags byte) {
	w := &Will{}
	p.Will = w
	w.QoS, w.Retain = flags>>3&3, flags&flagWillRetain != 0
	if p.Version == V5 {
		readers := c.messageReaders(&w.Message)
		readers[propWillDelay] = func() { w.Delay = c.uint32() }
		c.properties("last will", readers)
	}
	w.Topic = c.text()
	if strings.ContainsAny(w.Topic, "+#") {
		c.fail(protocolError("last will on a topic with wildcards [MQTT-3.3.2-2]"))
	}
	w.Payload = c.binary()
}
