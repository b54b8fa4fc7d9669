package policy

import (
	"net/netip"
	"time"
)

// Connection holds the values of policy variables and condition keys.
type Connection struct {
	ClientID string // iot:ClientId
	// Thing is the thing with the client id as its name, or the exclusive thing of the certificate; nil if there is none.
	Thing *Thing
	// Certificate is the certificate with which the client authenticated; nil for other credentials.
	Certificate *Certificate
	// Identity is the id of the Cognito identity, cognito-identity.amazonaws.com:sub; empty for other credentials.
	Identity   string
	SourceIP   netip.Addr // aws:SourceIp
	DomainName string     // iot:DomainName: the server name of the TLS handshake
	// ConnectAttributes is iot:ConnectAttributes: LastWill, PersistentConnect. Only for iot:Connect.
	ConnectAttributes []string
	// LastWillTopic is iot:LastWillTopic: the ARN of the last will's topic. Only for iot:Connect.
	LastWillTopic string
	// At is the time for aws:CurrentTime and aws:EpochTime.
	At time.Time
}

// Thing is the registry's record of the connecting thing.
// https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html
type Thing struct {
	Name       string            // iot:Connection.Thing.ThingName
	Type       string            // iot:Connection.Thing.ThingTypeName
	Attributes map[string]string // iot:Connection.Thing.Attributes[name]
	// Attached reports whether the connection's principal is attached to the thing: iot:Connection.Thing.IsAttached. Without it, the other
	// thing variables have no value.
	Attached bool
}
