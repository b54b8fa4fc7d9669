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

// Bounds of what a client may take before it is connected.
const (
	handshakeTime = 10 * time.Second
	connectTime   = 10 * time.Second // from the TLS handshake to the whole CONNECT packet
	announceTime  = 8 * time.Second
)

// deviceConn is an authenticated connection.
type deviceConn struct {
	*tls.Conn
	identity *identity
}

func (c *deviceConn) who() *identity { return c.identity }

// deviceListener accepts devices: it does the TLS handshake and finds out who connected before the broker sees the connection.
type deviceListener struct {
	gateway  *Gateway
	listener net.Listener
	config   *tls.Config
	pending  sync.WaitGroup
	cancel   context.CancelFunc
	ctx      context.Context // ends with the listener
}

func newDeviceListener(g *Gateway, l net.Listener, server tls.Certificate) *deviceListener {
	d := &deviceListener{gateway: g, listener: l, config: &tls.Config{
		MinVersion:             tls.VersionTLS12,
		Certificates:           []tls.Certificate{server},
		ClientAuth:             tls.RequireAnyClientCert, // verified against the registry, not against a set of roots
		NextProtos:             []string{"x-amzn-mqtt-ca", "mqtt", protocolHTTPS},
		SessionTicketsDisabled: true, // a resumed session could outlive the certificate's revocation
	}}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return d
}

// serve accepts until the listener is closed.
func (d *deviceListener) serve() {
	for {
		conn, err := d.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, for example
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

// serveOne takes one connection from the handshake to its end.
func (d *deviceListener) serveOne(raw net.Conn) {
	defer raw.Close() // nothing to do about it
	defer func() {    // one client's packet must not end all the others' connections
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
	_ = conn.CloseWrite() // says goodbye where it still can
}

// authenticate does the handshake, which fails with an alert where the certificate is refused. A certificate that waits for its
// activation gets through the handshake; its connection then ends.
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
	defer conn.Close() // it ends either way
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

// stop stops accepting, and ends handshakes under way.
func (d *deviceListener) stop() {
	d.cancel()
	_ = d.listener.Close()
}

// wait waits until all connections have ended.
func (d *deviceListener) wait() { d.pending.Wait() }
