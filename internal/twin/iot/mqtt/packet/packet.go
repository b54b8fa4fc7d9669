// Package packet is the wire format of MQTT 3.1.1 and 5 as a server of QoS 0 and 1 needs it: it decodes what clients send, as
// strictly as the specifications demand, and encodes what servers send. Numbers in brackets are the specification's normative
// statements.
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

// Version is the protocol's level.
type Version byte

// The versions that there are.
const (
	V311 Version = 4
	V5   Version = 5
)

// UserProperty is a name and a value that a client chose.
type UserProperty struct{ Key, Value string }

// Format tells the encoding of a payload.
type Format byte

// What a sender may say of a payload's encoding.
const (
	FormatUnknown Format = iota // it said nothing
	FormatBytes
	FormatUTF8
)

// Message is an application message: what publishers, last wills, retained messages and subscribers have in common.
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
	TopicAliases     uint16 // that the client takes
	NoProblemInfo    bool   // no reason strings, but in CONNACK and DISCONNECT
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
	Identifier uint32 // of the subscription; 0: none
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
