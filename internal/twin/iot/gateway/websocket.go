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

// Callers knows who signs requests.
type Callers interface {
	// Key is the key with that id, if it is known.
	Key(id string) (sigv4.Key, bool)
	// Principal finds out who has it, and what IAM allows them.
	Principal(ctx context.Context, id string) (*principal.Principal, error)
	// Handles tells whether the call is one of those that issue keys, which ServeHTTP answers.
	Handles(*http.Request) bool
	http.Handler
}

const (
	// websocketPath is AWS IoT's path of MQTT over WebSocket.
	// https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html#mqtt-ws
	websocketPath = "/mqtt"
	subprotocol   = "mqtt" // [MQTT-6.0.0-4]
	// maxFrame bounds a WebSocket message, in bytes. It may have several packets, or a part of one. [MQTT-6.0.0-2]
	maxFrame = 4 * maxPacket
)

// The services that a signature may be for.
var (
	gatewayServices = []string{"iotdevicegateway", "iotdata"}
	dataServices    = []string{"iotdata", "iotdevicegateway"}
)

// socket is a WebSocket as a stream of bytes.
type socket struct {
	net.Conn
	websocket *websocket.Conn
	identity  *identity
}

func (s *socket) who() *identity { return s.identity }

// Close ends the connection at once: the other side's goodbye is not waited for.
func (s *socket) Close() error { return s.websocket.CloseNow() }

// serveWebSocket takes MQTT over WebSocket from callers who signed the address.
func (g *Gateway) serveWebSocket(w http.ResponseWriter, r *http.Request) {
	id, err := g.signer(r, nil, gatewayServices)
	if err != nil {
		g.refused(tcpAddress(r.RemoteAddr), fmt.Errorf("WebSocket: %w", err))
		writeForbidden(w)
		return
	}
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:       []string{subprotocol},
		InsecureSkipVerify: true, // of the page's origin: the signature tells who is there
	})
	if err != nil {
		return // it has answered
	}
	if c.Subprotocol() != subprotocol {
		_ = c.Close(websocket.StatusPolicyViolation, "subprotocol: allowed is "+subprotocol)
		return
	}
	c.SetReadLimit(maxFrame)
	conn := &socket{websocket.NetConn(context.WithoutCancel(r.Context()), c, websocket.MessageBinary), c, id}
	defer conn.Close() // nothing to do about it
	_ = conn.SetReadDeadline(time.Now().Add(connectTime))
	g.broker.Serve(conn)
}

var errNoKeys = errors.New("no access key is known")

// signer finds out who signed the request.
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

// tcpAddress is an address as net/http spells it.
type tcpAddress string

func (tcpAddress) Network() string  { return "tcp" }
func (a tcpAddress) String() string { return string(a) }

func hostOnly(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}

// writeForbidden is the device gateway's answer to any failure of credentials.
func writeForbidden(w http.ResponseWriter) {
	w.Header().Set("x-amzn-ErrorType", "ForbiddenException")
	writeJSON(w, http.StatusForbidden, map[string]string{"message": "Forbidden", "traceId": new(traceIDs).next()})
}
