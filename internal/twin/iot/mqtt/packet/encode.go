package packet

import "encoding/binary"

// Connack is a CONNACK packet: the server's limits, or the reason why the client may not connect.
type Connack struct {
	Reason           Reason
	SessionPresent   bool
	SessionExpiry    uint32 // seconds
	ServerKeepAlive  uint16 // seconds; 0: as the client requested
	AssignedClientID string
	ReceiveMaximum   uint16
	TopicAliases     uint16
	MaximumPacket    uint32
	Text             string // the reason as text; left out if the packet would exceed ClientMaximum
	ClientMaximum    uint32 // largest packet that the client accepts, in bytes; 0: any
}

// AppendConnack appends a CONNACK packet. For MQTT 3.1.1 it appends nothing if the reason has no return code.
func AppendConnack(b []byte, v Version, a Connack) []byte {
	if v != V5 {
		code, ok := a.Reason.ConnectReturnCode()
		if !ok {
			return b
		}
		return append(b, byte(KindConnack)<<4, 2, bit(a.SessionPresent), code)
	}
	var props []byte
	if a.Reason == Success {
		props = binary.BigEndian.AppendUint32(append(props, propSessionExpiry), a.SessionExpiry)
		props = binary.BigEndian.AppendUint16(append(props, propReceiveMaximum), a.ReceiveMaximum)
		props = append(props, propMaximumQoS, 1, propRetainAvailable, 1)
		props = binary.BigEndian.AppendUint32(append(props, propMaximumPacket), a.MaximumPacket)
		if a.AssignedClientID != "" {
			props = appendText(append(props, propAssignedClientID), a.AssignedClientID)
		}
		props = binary.BigEndian.AppendUint16(append(props, propAliasMaximum), a.TopicAliases)
		props = append(props, propWildcardAvailable, 1, propSubIDAvailable, 0, propSharedAvailable, 1)
		if a.ServerKeepAlive != 0 {
			props = binary.BigEndian.AppendUint16(append(props, propServerKeepAlive), a.ServerKeepAlive)
		}
	}
	if text := appendText([]byte{propReasonString}, a.Text); a.Text != "" && fits(2+sized(len(props)+len(text)), a.ClientMaximum) {
		props = append(props, text...) // only if the packet stays within the client's limit [MQTT-3.2.2-19]
	}
	b = appendHeader(b, KindConnack, 0, 2+sized(len(props)))
	b = append(b, bit(a.SessionPresent), byte(a.Reason))
	return append(appendLength(b, len(props)), props...)
}

// AppendPuback appends a PUBACK packet that reports success.
func AppendPuback(b []byte, id uint16) []byte {
	return binary.BigEndian.AppendUint16(append(b, byte(KindPuback)<<4, 2), id)
}

// AppendPingresp appends a PINGRESP packet.
func AppendPingresp(b []byte) []byte { return append(b, byte(KindPingresp)<<4, 0) }

// AppendSuback appends a SUBACK packet.
func AppendSuback(b []byte, v Version, id uint16, reasons []Reason) []byte {
	return appendAnswer(b, KindSuback, v, id, reasons)
}

// AppendUnsuback appends an UNSUBACK packet, which has reasons only in MQTT 5.
func AppendUnsuback(b []byte, v Version, id uint16, reasons []Reason) []byte {
	if v != V5 {
		reasons = nil
	}
	return appendAnswer(b, KindUnsuback, v, id, reasons)
}

func appendAnswer(b []byte, k Kind, v Version, id uint16, reasons []Reason) []byte {
	n := 2 + len(reasons)
	if v == V5 {
		n++
	}
	b = binary.BigEndian.AppendUint16(appendHeader(b, k, 0, n), id)
	if v == V5 {
		b = append(b, 0) // no properties
	}
	for _, r := range reasons {
		b = append(b, byte(r))
	}
	return b
}

// fits reports whether the client accepts a packet with a body of n bytes.
func fits(n int, most uint32) bool { return most == 0 || 1+lengthDigits(n)+n <= int(most) }

// AppendDisconnect appends a DISCONNECT packet of MQTT 5. In MQTT 3.1.1 the server sends none. The packet contains the reason as text too,
// unless it would exceed most bytes, the client's limit (0: no limit). [MQTT-3.14.2-3]
func AppendDisconnect(b []byte, r Reason, most uint32) []byte {
	props := appendText([]byte{propReasonString}, r.String())
	if !r.Failure() || !fits(1+sized(len(props)), most) {
		return append(b, byte(KindDisconnect)<<4, 2, byte(r), 0)
	}
	b = append(appendHeader(b, KindDisconnect, 0, 1+sized(len(props))), byte(r))
	return append(appendLength(b, len(props)), props...)
}

// Delivery is a message for one subscriber.
type Delivery struct {
	*Message
	QoS    byte
	Retain bool
	Dup    bool
	ID     uint16
	Expiry uint32 // seconds until the message expires, if it has an expiry
}

// AppendPublish appends a PUBLISH packet.
func AppendPublish(b []byte, v Version, d Delivery) []byte {
	flags := d.QoS<<1 | bit(d.Retain) | bit(d.Dup)<<3
	n := 2 + len(d.Topic) + len(d.Payload)
	if d.QoS > 0 {
		n += 2
	}
	props := 0
	if v == V5 {
		props = d.propertiesSize()
		n += sized(props)
	}
	b = appendText(appendHeader(b, KindPublish, flags, n), d.Topic)
	if d.QoS > 0 {
		b = binary.BigEndian.AppendUint16(b, d.ID)
	}
	if v == V5 {
		b = d.appendProperties(appendLength(b, props))
	}
	return append(b, d.Payload...)
}

// PublishSize is the size of the packet that AppendPublish makes, in bytes.
func PublishSize(v Version, d Delivery) int {
	n := 2 + len(d.Topic) + len(d.Payload) + 2*int(d.QoS)
	if v == V5 {
		n += sized(d.propertiesSize())
	}
	return 1 + lengthDigits(n) + n
}

func (d Delivery) propertiesSize() int {
	n := 0
	if d.Format != FormatUnknown {
		n += 2
	}
	if d.HasExpiry {
		n += 5
	}
	for _, s := range []string{d.ContentType, d.ResponseTopic} {
		if s != "" {
			n += 3 + len(s)
		}
	}
	if d.CorrelationData != nil {
		n += 3 + len(d.CorrelationData)
	}
	for _, u := range d.User {
		n += 5 + len(u.Key) + len(u.Value)
	}
	return n
}

func (d Delivery) appendProperties(b []byte) []byte {
	if d.Format != FormatUnknown {
		b = append(b, propFormat, bit(d.Format == FormatUTF8))
	}
	if d.HasExpiry {
		b = binary.BigEndian.AppendUint32(append(b, propExpiry), d.Expiry)
	}
	if d.ContentType != "" {
		b = appendText(append(b, propContentType), d.ContentType)
	}
	if d.ResponseTopic != "" {
		b = appendText(append(b, propResponseTopic), d.ResponseTopic)
	}
	if d.CorrelationData != nil {
		b = appendText(append(b, propCorrelation), string(d.CorrelationData))
	}
	for _, u := range d.User {
		b = appendText(appendText(append(b, propUser), u.Key), u.Value)
	}
	return b
}

func appendHeader(b []byte, k Kind, flags byte, n int) []byte {
	return appendLength(append(b, byte(k)<<4|flags), n)
}

func appendLength(b []byte, n int) []byte {
	for n > 0x7f {
		b = append(b, byte(n&0x7f)|0x80)
		n >>= 7
	}
	return append(b, byte(n))
}

func lengthDigits(n int) int {
	digits := 1
	for ; n > 0x7f; n >>= 7 {
		digits++
	}
	return digits
}

// sized is the size of n bytes together with their encoded length.
func sized(n int) int { return lengthDigits(n) + n }

func appendText(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}
