package gateway

import (
	"errors"
	"strings"
	"sync"

	"connectedcar/internal/twin/iot/mqtt/packet"
)

// presenceEvent is a message on $aws/events/presence/{connected,connect_failed,disconnected}/{clientId}.
// https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
type presenceEvent struct {
	ClientID            string `json:"clientId"`
	Timestamp           int64  `json:"timestamp"` // milliseconds since 1970
	EventType           string `json:"eventType"`
	SessionIdentifier   string `json:"sessionIdentifier"`
	PrincipalIdentifier string `json:"principalIdentifier"`
	IPAddress           string `json:"ipAddress,omitempty"`
	ClientInitiated     *bool  `json:"clientInitiatedDisconnect,omitempty"`
	DisconnectReason    string `json:"disconnectReason,omitempty"`
	FailureReason       string `json:"connectFailureReason,omitempty"`
	// VersionNumber counts the client id's connections, so that events can be ordered. A refused connection has none.
	VersionNumber *uint64 `json:"versionNumber,omitempty"`
}

// subscriptionEvent is a message on $aws/events/subscriptions/{subscribed,unsubscribed}/{clientId}.
type subscriptionEvent struct {
	ClientID            string   `json:"clientId"`
	Timestamp           int64    `json:"timestamp"` // milliseconds since 1970
	EventType           string   `json:"eventType"`
	SessionIdentifier   string   `json:"sessionIdentifier"`
	PrincipalIdentifier string   `json:"principalIdentifier"`
	Topics              []string `json:"topics"`
}

// versions counts the connections of each client id.
type versions struct {
	mu sync.Mutex
	n  map[string]uint64
}

// maxVersions is the largest number of client ids to remember. Beyond it all counts restart.
const maxVersions = 1_000_000

func (v *versions) next(clientID string) uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.n == nil || len(v.n) >= maxVersions {
		v.n = map[string]uint64{}
	}
	n := v.n[clientID]
	v.n[clientID] = n + 1
	return n
}

// announce publishes a life-cycle event of the client. For client ids that contain # or + there are no events.
func (s *session) announce(event string, v any) {
	if !strings.ContainsAny(s.clientID, "#+") {
		s.gateway.announceJSON(s.gateway.work, "$aws/events/"+event+"/"+s.clientID, v)
	}
}

func (s *session) announceConnected() {
	s.announce("presence/connected", presenceEvent{
		ClientID: s.clientID, Timestamp: s.gateway.now().UnixMilli(), EventType: "connected", SessionIdentifier: s.id,
		PrincipalIdentifier: s.identity.name(), IPAddress: s.identity.sourceIP.String(), VersionNumber: &s.version,
	})
}

// announceRefused publishes the event for a client that may not connect or may not publish its last will.
func (s *session) announceRefused() {
	s.announce("presence/connect_failed", presenceEvent{
		ClientID: s.clientID, Timestamp: s.gateway.now().UnixMilli(), EventType: "connect_failed", SessionIdentifier: s.id,
		PrincipalIdentifier: s.identity.name(), IPAddress: s.identity.sourceIP.String(), FailureReason: "AUTHORIZATION_FAILED",
	})
}

func (s *session) announceDisconnected(reason string) {
	byClient := reason == clientInitiated
	s.announce("presence/disconnected", presenceEvent{
		ClientID: s.clientID, Timestamp: s.gateway.now().UnixMilli(), EventType: "disconnected", SessionIdentifier: s.id,
		PrincipalIdentifier: s.identity.name(), ClientInitiated: &byClient, DisconnectReason: reason, VersionNumber: &s.version,
	})
}

func (s *session) announceSubscription(event string, topics []string) {
	if len(topics) == 0 {
		return
	}
	s.announce("subscriptions/"+event, subscriptionEvent{
		ClientID: s.clientID, Timestamp: s.gateway.now().UnixMilli(), EventType: event, SessionIdentifier: s.id,
		PrincipalIdentifier: s.identity.name(), Topics: topics,
	})
}

const clientInitiated = "CLIENT_INITIATED_DISCONNECT"

// disconnectReasons maps the reason for the end of a connection to AWS's name. Other reasons count as the client's error.
var disconnectReasons = map[packet.Reason]string{
	packet.Success:              clientInitiated,
	packet.DisconnectWithWill:   clientInitiated,
	packet.SessionTakenOver:     "DUPLICATE_CLIENTID",
	packet.NotAuthorized:        "FORBIDDEN_ACCESS",
	packet.MessageRateTooHigh:   "THROTTLED",
	packet.QuotaExceeded:        "THROTTLED",
	packet.KeepAliveTimeout:     "MQTT_KEEP_ALIVE_TIMEOUT",
	packet.ServerBusy:           "SERVER_INITIATED_DISCONNECT",
	packet.ServerShuttingDown:   "SERVER_INITIATED_DISCONNECT",
	packet.AdministrativeAction: "SERVER_INITIATED_DISCONNECT",
}

// disconnectReason is AWS's name for the reason of a connection's end.
func disconnectReason(cause error) string {
	var reason packet.Reason
	if errors.As(cause, &reason) {
		if name, ok := disconnectReasons[reason]; ok {
			return name
		}
		return "CLIENT_ERROR"
	}
	return "CONNECTION_LOST"
}
