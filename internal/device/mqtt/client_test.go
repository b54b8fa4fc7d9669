package mqtt_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/mqtt"
	"connectedcar/internal/device/pki"
	"connectedcar/internal/tool/freeport"
)

const car = "1ACEV26S0TA000001"

// broker is a mochi broker with mutual TLS that records the received messages.
type broker struct {
	t      *testing.T
	ca     pki.Pair
	server *mochi.Server
	port   int
	hook   *recorder
}

// recorder records publications and client ids, and can refuse messages or withhold acknowledgements.
type recorder struct {
	mochi.HookBase
	mu          sync.Mutex
	payloads    map[string]int
	order       []string
	serverNames []string
	refuse      func(payload string) error
}

func (*recorder) ID() string { return "recorder" }
func (*recorder) Provides(b byte) bool {
	return b == mochi.OnPublish || b == mochi.OnConnectAuthenticate || b == mochi.OnACLCheck
}
func (*recorder) OnConnectAuthenticate(*mochi.Client, packets.Packet) bool { return true }
func (*recorder) OnACLCheck(*mochi.Client, string, bool) bool              { return true }
func (r *recorder) OnPublish(_ *mochi.Client, p packets.Packet) (packets.Packet, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse != nil {
		if err := r.refuse(string(p.Payload)); err != nil {
			return p, err
		}
	}
	r.payloads[string(p.Payload)]++
	r.order = append(r.order, string(p.Payload))
	return p, nil
}

func (r *recorder) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.payloads)
}

func newBroker(t *testing.T) *broker {
	t.Helper()
	ca, err := pki.NewRoot("Test", time.Now())
	require.NoError(t, err)
	b := &broker{t: t, ca: ca, hook: &recorder{payloads: map[string]int{}}}
	b.port, err = freeport.One()
	require.NoError(t, err)
	b.start()
	t.Cleanup(func() { _ = b.server.Close() })
	return b
}

// start begins to listen, with no stored session.
func (b *broker) start() {
	b.t.Helper()
	b.server = mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(b.t, b.server.AddHook(b.hook, nil))
	tlsConfig := &tls.Config{
		Certificates: []tls.Certificate{b.serverCertificate()}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: b.pool(), MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			b.hook.mu.Lock()
			defer b.hook.mu.Unlock()
			b.hook.serverNames = append(b.hook.serverNames, h.ServerName)
			return nil, nil
		},
	}
	require.Eventually(b.t, func() bool {
		return b.server.AddListener(listeners.NewTCP(listeners.Config{ID: "tls", Address: "127.0.0.1:" + strconv.Itoa(b.port), TLSConfig: tlsConfig})) == nil
	}, 5*time.Second, 10*time.Millisecond)
	require.NoError(b.t, b.server.Serve())
}

func (b *broker) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(b.ca.Certificate)
	return pool
}

func (b *broker) serverCertificate() tls.Certificate {
	p, err := pki.NewServer(b.ca, []string{"localhost"}, time.Now())
	require.NoError(b.t, err)
	return tls.Certificate{Certificate: [][]byte{p.Certificate.Raw}, PrivateKey: p.Key}
}

func (b *broker) config() mqtt.Config {
	p, err := pki.NewCar(b.ca, car, 1, time.Now())
	require.NoError(b.t, err)
	return mqtt.Config{
		Host: "127.0.0.1", Port: b.port, ServerCAs: b.pool(), ClientID: car, PerSecond: -1,
		Certificate: tls.Certificate{Certificate: [][]byte{p.Certificate.Raw}, PrivateKey: p.Key},
		Backoff:     mqtt.Backoff{First: 10 * time.Millisecond, Most: 50 * time.Millisecond},
	}
}

func open(t *testing.T, cfg mqtt.Config) *mqtt.Client {
	t.Helper()
	c, err := mqtt.Open(cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = c.Close(ctx)
	})
	return c
}

func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func publish(t *testing.T, c *mqtt.Client, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		require.NoError(t, c.Publish(limited(t), "dt/cars/"+car+"/telemetry", []byte(strconv.Itoa(i))))
	}
}

func TestEveryMessageIsAcknowledgedInOrder(t *testing.T) {
	b := newBroker(t)
	c := open(t, b.config())
	publish(t, c, 0, 500)
	require.NoError(t, c.Drain(limited(t)))
	s := c.Stats()
	assert.Equal(t, 500, s.Acked)
	assert.Zero(t, s.Unacknowledged())
	for i, p := range b.hook.order {
		require.Equal(t, strconv.Itoa(i), p)
	}
	assert.Contains(t, b.hook.serverNames, "localhost", "the name is sent by SNI")
}

func TestNothingIsLostWhenConnectionsDrop(t *testing.T) {
	b := newBroker(t)
	c := open(t, b.config())
	for round := range 5 {
		publish(t, c, round*100, round*100+100)
		require.Eventually(t, func() bool { return c.Stats().Acked > round*100 }, 10*time.Second, time.Millisecond)
		if client, ok := b.server.Clients.Get(car); ok {
			client.Stop(fmt.Errorf("test"))
		}
	}
	require.NoError(t, c.Drain(limited(t)))
	assert.Equal(t, 500, b.hook.count())
	assert.Greater(t, c.Stats().Connects, 1)
}

func TestNothingIsLostWhenTheBrokerRestartsWithoutSessions(t *testing.T) {
	b := newBroker(t)
	c := open(t, b.config())
	publish(t, c, 0, 200)
	require.Eventually(t, func() bool { return c.Stats().Acked > 0 }, 10*time.Second, time.Millisecond)
	require.NoError(t, b.server.Close())
	publish(t, c, 200, 300)
	b.start()
	publish(t, c, 300, 400)
	require.NoError(t, c.Drain(limited(t)))
	assert.Equal(t, 400, b.hook.count())
}

// lossy closes every connection after that many bytes from the client, so that acknowledgements are lost too.
type lossy struct {
	net.Conn
	left int
}

func (l *lossy) Write(p []byte) (int, error) {
	l.left -= len(p)
	if l.left < 0 {
		_ = l.Conn.Close()
	}
	return l.Conn.Write(p)
}

func TestNothingIsLostOnALineThatBreaksAnywhere(t *testing.T) {
	b := newBroker(t)
	cfg := b.config()
	budget := 3000
	cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		budget += 1500
		return &lossy{conn, budget}, err
	}
	c := open(t, cfg)
	publish(t, c, 0, 300)
	require.NoError(t, c.Drain(limited(t)))
	assert.Equal(t, 300, b.hook.count())
	assert.Greater(t, c.Stats().Connects, 1)
}

func TestTheOfflineQueueOutlivesTheProcess(t *testing.T) {
	b := newBroker(t)
	require.NoError(t, b.server.Close())
	cfg := b.config()
	cfg.QueueFile = filepath.Join(t.TempDir(), "queue", car)
	offline := open(t, cfg)
	publish(t, offline, 0, 50)
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := offline.Drain(short)
	require.ErrorContains(t, err, "50 of 50 messages not acknowledged: connect: dial tcp")
	require.NoError(t, offline.Close(limited(t)))

	b.start()
	again := open(t, cfg)
	publish(t, again, 50, 60)
	require.NoError(t, again.Drain(limited(t)))
	assert.Equal(t, 60, b.hook.count())
	require.NoError(t, again.Close(limited(t)))

	empty := open(t, cfg)
	assert.Zero(t, empty.Stats().Queued, "what is acknowledged is forgotten")
}

func TestARefusedMessageIsCountedAndDoesNotBlockTheRest(t *testing.T) {
	b := newBroker(t)
	b.hook.refuse = func(payload string) error {
		if payload == "1" {
			return packets.ErrNotAuthorized
		}
		return nil
	}
	c := open(t, b.config())
	publish(t, c, 0, 3)
	require.NoError(t, c.Drain(limited(t)))
	s := c.Stats()
	assert.Equal(t, 2, s.Acked)
	assert.Equal(t, 1, s.Refused)
	require.ErrorContains(t, s.LastErr, "broker refused a message")
}

func TestABusyBrokerGetsTheMessageAgain(t *testing.T) {
	b := newBroker(t)
	times := 0
	b.hook.refuse = func(string) error {
		if times++; times == 1 {
			return packets.ErrQuotaExceeded
		}
		return nil
	}
	c := open(t, b.config())
	publish(t, c, 0, 1)
	require.NoError(t, c.Drain(limited(t)))
	assert.Equal(t, 1, c.Stats().Acked)
	assert.Equal(t, 1, c.Stats().Resent)
}

func TestTheRateIsLimited(t *testing.T) {
	b := newBroker(t)
	cfg := b.config()
	cfg.PerSecond = 100
	c := open(t, cfg)
	began := time.Now()
	publish(t, c, 0, 30)
	require.NoError(t, c.Drain(limited(t)))
	assert.GreaterOrEqual(t, time.Since(began), 280*time.Millisecond)
}

func TestPublishWaitsWhileTheQueueIsFull(t *testing.T) {
	b := newBroker(t)
	require.NoError(t, b.server.Close())
	cfg := b.config()
	cfg.QueueLimit = 5
	c := open(t, cfg)
	publish(t, c, 0, 5)
	short, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	assert.ErrorIs(t, c.Publish(short, "t", nil), context.DeadlineExceeded)
	b.start()
	publish(t, c, 5, 8)
	require.NoError(t, c.Drain(limited(t)))
}

func TestACarWithoutCertificateIsRefusedBeforeConnecting(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg  mqtt.Config
		want string
	}{
		"no host":        {mqtt.Config{}, "host is missing"},
		"a port of 0":    {mqtt.Config{Host: "h"}, "allowed are 1 to 65535"},
		"no client id":   {mqtt.Config{Host: "h", Port: 1}, "client id"},
		"no certificate": {mqtt.Config{Host: "h", Port: 1, ClientID: car}, "has no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := mqtt.Open(tc.cfg)
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

func TestAnotherServersCertificateIsRefused(t *testing.T) {
	b := newBroker(t)
	cfg := b.config()
	cfg.ServerName = "elsewhere"
	c := open(t, cfg)
	require.Eventually(t, func() bool { return c.Stats().LastErr != nil }, 5*time.Second, time.Millisecond)
	assert.ErrorContains(t, c.Stats().LastErr, "elsewhere")
	assert.False(t, c.Stats().Connected)
}
