// Package packet implements the wire format of MQTT 3.1.1 and 5 for a server of QoS 0 and 1: it decodes the packets of clients, as strictly
// as the specifications demand, and encodes the packets of servers. Numbers in brackets are normative statements of the specification.
//
// https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html
// https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html
package packet

// Kind is the type of a packet.
type Kind byte

// The kinds of packets.
const (
	KindConnect     Kind = 1
	KindConnack     Kind = 2
	KindPublish     Kind = 3
	KindPuback      Kind = 4
	KindPubrec      Kind = 5
	KindPubrel      Kind = 6
	KindPubcomp     Kind = 7
	KindSubscribe   Kind = 8
	KindSuback      Kind = 9
	KindUnsubscribe Kind = 10
	KindUnsuback    Kind = 11
	KindPingreq     Kind = 12
	KindPingresp    Kind = 13
	KindDisconnect  Kind = 14
	KindAuth        Kind = 15
)

// Version is the protocol level.
type Version byte

// The supported versions.
const (
	V311 Version = 4
	V5   Version = 5
)

// UserProperty is a name and a value that the sender chose.
type UserProperty struct{ Key, Value string }

// Format is the encoding of a payload.
type Format byte

// Values of the payload format indicator.
const (
	FormatUnknown Format = iota // not specified by the sender
	FormatBytes
	FormatUTF8
)

// Message is an application message. Publications, last wills, retained messages and deliveries contain it.
type Message struct {
	Topic   string
	Payload []byte
	QoS     byte
	Retain  bool

	Format          Format
	Expiry          uint32 // seconds
	HasExpiry       bool
	ContentType     string
	ResponseTopic   string
	CorrelationData []byte
	User            []UserProperty
}

// Will is a last will.
type Will struct {
	Message
	Delay uint32 // seconds
}

// Connect is a CONNECT packet.
type Connect struct {
	Version          Version
	ClientID         string
	CleanStart       bool // MQTT 3.1.1: Clean Session
	KeepAlive        uint16
	Will             *Will // nil: none
	Username         *string
	Password         []byte
	SessionExpiry    uint32 // seconds
	ReceiveMaximum   uint16
	MaximumPacket    uint32 // bytes; 0: any
	TopicAliases     uint16 // number of aliases that the client accepts
	NoProblemInfo    bool   // reason texts only in CONNACK and DISCONNECT
	AuthMethod       string
	WantResponseInfo bool
	User             []UserProperty
}

// Publish is a PUBLISH packet.
type Publish struct {
	Message
	Dup      bool
	ID       uint16 // 0 with QoS 0
	Alias    uint16
	HasAlias bool
}

// Filter is a topic filter of a SUBSCRIBE packet with its options.
type Filter struct {
	Topic             string
	QoS               byte
	NoLocal           bool
	RetainAsPublished bool
	RetainHandling    byte // 0: send retained messages, 1: with a new subscription, 2: never
}

// Subscribe is a SUBSCRIBE packet.
type Subscribe struct {
	ID         uint16
	Filters    []Filter
	Identifier uint32 // subscription identifier; 0: none
}

// Unsubscribe is an UNSUBSCRIBE packet.
type Unsubscribe struct {
	ID      uint16
	Filters []string
}

// Disconnect is a DISCONNECT packet.
type Disconnect struct {
	Reason           Reason
	SessionExpiry    uint32 // seconds
	HasSessionExpiry bool
}
