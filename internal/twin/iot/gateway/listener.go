package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"runtime/debug"
	"sync"
	"time"
)

// Longest times for the steps before a client is connected.
const (
	handshakeTime = 10 * time.Second
	connectTime   = 10 * time.Second // from the end of the TLS handshake to the whole CONNECT packet
	announceTime  = 8 * time.Second
)

// deviceConn is an authenticated connection.
type deviceConn struct {
	*tls.Conn
	identity *identity
}

func (c *deviceConn) who() *identity { return c.identity }

// deviceListener accepts devices: it does the TLS handshake and identifies the device before the broker gets the connection.
type deviceListener struct {
	gateway  *Gateway
	listener net.Listener
	config   *tls.Config
	pending  sync.WaitGroup
	cancel   context.CancelFunc
	ctx      context.Context // ends when the listener stops
}

func newDeviceListener(g *Gateway, l net.Listener, server tls.Certificate) *deviceListener {
	d := &deviceListener{gateway: g, listener: l, config: &tls.Config{
		MinVersion:             tls.VersionTLS12,
		Certificates:           []tls.Certificate{server},
		ClientAuth:             tls.RequireAnyClientCert, // verified against the registry, not against a pool of roots
		NextProtos:             []string{"x-amzn-mqtt-ca", "mqtt", protocolHTTPS},
		SessionTicketsDisabled: true, // a resumed session could outlive a revocation of the certificate
	}}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return d
}

// serve accepts connections until the listener is closed.
func (d *deviceListener) serve() {
	for {
		conn, err := d.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // for example, out of file descriptors
			d.gateway.log.Error("accept connection", "error", err)
			select {
			case <-d.ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		d.pending.Go(func() { d.serveOne(conn) })
	}
}

// serveOne serves one connection from the handshake to its end.
func (d *deviceListener) serveOne(raw net.Conn) {
	defer raw.Close() // an error cannot be handled here
	defer func() {    // a panic over one client's packet must not end the connections of all others
		if p := recover(); p != nil {
			d.gateway.log.Error("connection ended by a panic", "source_ip", addressOf(raw.RemoteAddr()), "panic", p, "stack", string(debug.Stack()))
		}
	}()
	conn, err := d.authenticate(raw)
	if err != nil {
		d.gateway.refused(raw.RemoteAddr(), err)
		return
	}
	if conn.ConnectionState().NegotiatedProtocol == protocolHTTPS {
		d.serveHTTPS(conn)
		return
	}
	if err := conn.SetReadDeadline(time.Now().Add(connectTime)); err != nil {
		return
	}
	d.gateway.broker.Serve(conn)
	_ = conn.CloseWrite() // sends TLS's close_notify if possible
}

// authenticate does the handshake. A refused certificate fails it with a TLS alert. A certificate that is pending activation passes the
// handshake, and its connection ends afterwards.
func (d *deviceListener) authenticate(raw net.Conn) (*deviceConn, error) {
	ctx, cancel := context.WithTimeout(d.ctx, handshakeTime)
	defer cancel()
	var id *identity
	var pending error
	config := d.config.Clone()
	config.VerifyConnection = func(state tls.ConnectionState) (err error) {
		id, err = d.gateway.identify(ctx, state, raw.RemoteAddr())
		if errors.Is(err, errPending) {
			pending = err
			return nil
		}
		return err
	}
	conn := tls.Server(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	if pending == nil {
		d.gateway.registrations.forget(id.certificate.ID)
		return &deviceConn{Conn: conn, identity: id}, nil
	}
	defer conn.Close() // the connection ends in both cases
	ctx, cancel = context.WithTimeout(d.ctx, announceTime)
	defer cancel()
	if err := d.gateway.announce(ctx, id); err != nil {
		return nil, errors.Join(pending, err)
	}
	if d.gateway.refusals.first("pending "+id.certificate.ID, d.gateway.now()) {
		d.gateway.log.Info("certificate is not active yet: registration is announced at each connect, and the connection closed",
			"certificate_id", id.certificate.ID, "ca_certificate_id", id.certificate.CAID)
	}
	return nil, pending
}

// stop stops accepting and ends unfinished handshakes.
func (d *deviceListener) stop() {
	d.cancel()
	_ = d.listener.Close()
}

// wait waits until all connections have ended.
func (d *deviceListener) wait() { d.pending.Wait() }
