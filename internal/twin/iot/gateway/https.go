package gateway

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// protocolHTTPS is the application protocol (ALPN) of the IoT data API with a client certificate.
// https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html
const protocolHTTPS = "x-amzn-http-ca"

// serveHTTPS serves the IoT data API to a device. The device's policies decide on each call.
func (d *deviceListener) serveHTTPS(conn *deviceConn) {
	g := d.gateway
	closed := make(chan struct{})
	end := sync.OnceFunc(func() { close(closed) })
	server := &http.Server{
		Handler:           g.api(func(r *http.Request, _ []byte) (*identity, error) { return g.stillKnown(r.Context(), conn.identity) }),
		ReadHeaderTimeout: connectTime, IdleTimeout: time.Minute,
		ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateClosed || s == http.StateHijacked {
				end()
			}
		},
	}
	defer context.AfterFunc(d.ctx, func() { _ = server.Close() })()
	_ = server.Serve(&oneConn{conn: conn, closed: closed}) // returns when the connection is closed
}

// stillKnown returns the identity if its certificate is still ACTIVE: a connection that is kept open must not outlive a revocation.
func (g *Gateway) stillKnown(ctx context.Context, id *identity) (*identity, error) {
	ctx, cancel := context.WithTimeout(ctx, maxLookup)
	defer cancel()
	c, err := g.registry.Certificate(ctx, id.certificate.ID)
	if err != nil {
		return nil, err
	}
	return id, mustBeActive(c)
}

// oneConn is a listener for one connection. Its second Accept blocks until the connection has ended, so that the server does not return
// before.
type oneConn struct {
	conn   net.Conn
	once   sync.Once
	closed chan struct{}
}

// Accept returns the connection, and net.ErrClosed after it has ended.
func (l *oneConn) Accept() (c net.Conn, err error) {
	l.once.Do(func() { c = l.conn })
	if c != nil {
		return c, nil
	}
	<-l.closed
	return nil, net.ErrClosed
}

// Close does nothing: the connection's owner closes it.
func (l *oneConn) Close() error { return nil }

// Addr is the connection's own address.
func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }
