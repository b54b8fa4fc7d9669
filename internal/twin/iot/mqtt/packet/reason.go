package packet

import "fmt"

// Reason is a reason code of MQTT 5. As an error, it is the reason for a connection's end.
type Reason byte

// The reason codes that a server like AWS IoT's sends or understands. [MQTT 5, 2.4]
const (
	Success                   Reason = 0x00
	DisconnectWithWill        Reason = 0x04
	NoSubscriptionExisted     Reason = 0x11
	UnspecifiedError          Reason = 0x80
	MalformedPacket           Reason = 0x81
	ProtocolError             Reason = 0x82
	ImplementationError       Reason = 0x83
	UnsupportedVersion        Reason = 0x84
	ClientIDNotValid          Reason = 0x85
	BadCredentials            Reason = 0x86
	NotAuthorized             Reason = 0x87
	ServerUnavailable         Reason = 0x88
	ServerBusy                Reason = 0x89
	ServerShuttingDown        Reason = 0x8B
	BadAuthMethod             Reason = 0x8C
	KeepAliveTimeout          Reason = 0x8D
	SessionTakenOver          Reason = 0x8E
	TopicFilterInvalid        Reason = 0x8F
	TopicNameInvalid          Reason = 0x90
	PacketIDInUse             Reason = 0x91
	ReceiveMaximumExceeded    Reason = 0x93
	TopicAliasInvalid         Reason = 0x94
	PacketTooLarge            Reason = 0x95
	MessageRateTooHigh        Reason = 0x96
	QuotaExceeded             Reason = 0x97
	AdministrativeAction      Reason = 0x98
	RetainNotSupported        Reason = 0x9A
	QoSNotSupported           Reason = 0x9B
	ConnectionRateExceeded    Reason = 0x9F
	SubscriptionIDUnsupported Reason = 0xA1
)

var reasonTexts = map[Reason]string{
	Success:                   "success",
	DisconnectWithWill:        "disconnect with will message",
	NoSubscriptionExisted:     "no subscription existed",
	UnspecifiedError:          "unspecified error",
	MalformedPacket:           "malformed packet",
	ProtocolError:             "protocol error",
	ImplementationError:       "implementation specific error",
	UnsupportedVersion:        "unsupported protocol version",
	ClientIDNotValid:          "client identifier not valid",
	BadCredentials:            "bad user name or password",
	NotAuthorized:             "not authorized",
	ServerUnavailable:         "server unavailable",
	ServerBusy:                "server busy",
	ServerShuttingDown:        "server shutting down",
	BadAuthMethod:             "bad authentication method",
	KeepAliveTimeout:          "keep alive timeout",
	SessionTakenOver:          "session taken over",
	TopicFilterInvalid:        "topic filter invalid",
	TopicNameInvalid:          "topic name invalid",
	PacketIDInUse:             "packet identifier in use",
	ReceiveMaximumExceeded:    "receive maximum exceeded",
	TopicAliasInvalid:         "topic alias invalid",
	PacketTooLarge:            "packet too large",
	MessageRateTooHigh:        "message rate too high",
	QuotaExceeded:             "quota exceeded",
	AdministrativeAction:      "administrative action",
	RetainNotSupported:        "retain not supported",
	QoSNotSupported:           "QoS not supported",
	ConnectionRateExceeded:    "connection rate exceeded",
	SubscriptionIDUnsupported: "subscription identifiers not supported",
}

func (r Reason) String() string {
	if text, ok := reasonTexts[r]; ok {
		return text
	}
	return fmt.Sprintf("reason 0x%02x", byte(r))
}

func (r Reason) Error() string { return r.String() }

// Failure reports whether the reason is a failure.
func (r Reason) Failure() bool { return r >= UnspecifiedError }

// ConnectReturnCode returns the return code for a CONNACK of MQTT 3.1.1, which has five. It returns false for all other reasons: such
// connections end without CONNACK. [MQTT-3.1.1, 3.2.2-6]
func (r Reason) ConnectReturnCode() (code byte, ok bool) {
	switch r {
	case Success:
		return 0, true
	case UnsupportedVersion:
		return 1, true
	case ClientIDNotValid:
		return 2, true
	case ServerUnavailable, ServerBusy, ServerShuttingDown, ConnectionRateExceeded, QuotaExceeded:
		return 3, true
	case BadCredentials:
		return 4, true
	case NotAuthorized:
		return 5, true
	}
	return 0, false
}

// Error is the error for a packet that breaks the specification.
type Error struct {
	Reason Reason
	Why    string // with the number of the normative statement
}

func (e *Error) Error() string { return e.Reason.String() + ": " + e.Why }

func (e *Error) Unwrap() error { return e.Reason }

func malformed(why string) error { return &Error{MalformedPacket, why} }

func protocolError(why string) error { return &Error{ProtocolError, why} }
