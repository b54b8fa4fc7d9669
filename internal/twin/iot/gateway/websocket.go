package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"connectedcar/internal/twin/iot/gateway/principal"
	"connectedcar/internal/twin/iot/gateway/sigv4"
)

// Callers knows the keys of callers who sign requests.
type Callers interface {
	// Key returns the key with that id; false if it is unknown.
	Key(id string) (sigv4.Key, bool)
	// Principal returns the owner of the key and the owner's IAM policies.
	Principal(ctx context.Context, id string) (*principal.Principal, error)
	// Handles reports whether the call issues keys. ServeHTTP handles such calls.
	Handles(*http.Request) bool
	http.Handler
}

const (
	// websocketPath is AWS IoT's path of MQTT over WebSocket.
	// https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html#mqtt-ws
	websocketPath = "/mqtt"
	subprotocol   = "mqtt" // name that the specification demands [MQTT-6.0.0-4]
	// maxFrame is the largest WebSocket message, in bytes. A message may contain several packets, or a part of one. [MQTT-6.0.0-2]
	maxFrame = 4 * maxPacket
)

// Services that a signature may name.
var (
	gatewayServices = []string{"iotdevicegateway", "iotdata"}
	dataServices    = []string{"iotdata", "iotdevicegateway"}
)

// socket is a WebSocket as a byte stream.
type socket struct {
	net.Conn
	websocket *websocket.Conn
	identity  *identity
}

func (s *socket) who() *identity { return s.identity }

// Close closes the connection at once, without waiting for the peer's close frame.
func (s *socket) Close() error { return s.websocket.CloseNow() }

// serveWebSocket serves MQTT over WebSocket to callers with a signed URL.
func (g *Gateway) serveWebSocket(w http.ResponseWriter, r *http.Request) {
	id, err := g.signer(r, nil, gatewayServices)
	if err != nil {
		g.refused(tcpAddress(r.RemoteAddr), fmt.Errorf("WebSocket: %w", err))
		writeForbidden(w)
		return
	}
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:       []string{subprotocol},
		InsecureSkipVerify: true, // skips the check of the page's origin: the signature identifies the caller
	})
	if err != nil {
		return // Accept has responded with the error
	}
	if c.Subprotocol() != subprotocol {
		_ = c.Close(websocket.StatusPolicyViolation, "subprotocol: allowed is "+subprotocol)
		return
	}
	c.SetReadLimit(maxFrame)
	conn := &socket{websocket.NetConn(context.WithoutCancel(r.Context()), c, websocket.MessageBinary), c, id}
	defer conn.Close() // an error cannot be handled here
	_ = conn.SetReadDeadline(time.Now().Add(connectTime))
	g.broker.Serve(conn)
}

var errNoKeys = errors.New("no access key is known")

// signer identifies the signer of the request.
func (g *Gateway) signer(r *http.Request, body []byte, services []string) (*identity, error) {
	s, err := sigv4.Read(r)
	if err != nil {
		return nil, err
	}
	if g.config.Callers == nil {
		return nil, errNoKeys
	}
	key, ok := g.config.Callers.Key(s.AccessKey)
	if !ok {
		return nil, fmt.Errorf("access key %s: %w", s.AccessKey, principal.ErrUnknown)
	}
	if err := s.For(g.config.Region, services...); err != nil {
		return nil, err
	}
	if err := s.Verify(r.Context(), r, body, key, g.now()); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), maxLookup)
	defer cancel()
	p, err := g.config.Callers.Principal(ctx, s.AccessKey)
	if err != nil {
		return nil, err
	}
	return &identity{signer: p, subject: p.ARN, sourceIP: addressOf(tcpAddress(r.RemoteAddr)), serverName: hostOnly(r.Host)}, nil
}

// tcpAddress is an address in the form of net/http.
type tcpAddress string

func (tcpAddress) Network() string  { return "tcp" }
func (a tcpAddress) String() string { return string(a) }

func hostOnly(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}

// writeForbidden writes the device gateway's response to any error in the credentials.
func writeForbidden(w http.ResponseWriter) {
	w.Header().Set("x-amzn-ErrorType", "ForbiddenException")
	writeJSON(w, http.StatusForbidden, map[string]string{"message": "Forbidden", "traceId": new(traceIDs).next()})
}
