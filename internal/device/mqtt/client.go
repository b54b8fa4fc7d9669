// Package mqtt is a car's MQTT 5 client: mutual TLS, reconnection with back-off, and an offline queue that keeps each message until the
// broker has acknowledged it.
package mqtt

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"
	"github.com/eclipse/paho.golang/paho/session/state"
)

// Limits of AWS IoT Core for one connection (IoT Core quotas), used as defaults.
const (
	defaultWindow    = 100 // QoS 1 messages in flight
	defaultPerSecond = 90  // publishes per second; the quota is 100
	defaultQueue     = 10_000
	defaultExpiry    = time.Hour
	keepAliveSeconds = 60 // the allowed range is 30 to 1200
)

// Config holds the broker's address, the car's identity and the limits of the connection.
type Config struct {
	Host        string
	Port        int
	ServerName  string          // name in the server's certificate, sent by SNI. Default: Host, or localhost for a loopback address
	ServerCAs   *x509.CertPool  // authorities that sign the server's certificate. Default: the system's
	Certificate tls.Certificate // the car's certificate with its chain and key
	ClientID    string
	QueueFile   string        // keeps the offline queue across restarts. Default: memory only
	QueueLimit  int           // most unacknowledged messages; Publish waits while the queue is full. Default: 10 000
	Window      int           // most messages in flight. Default: 100, or less if the broker accepts less
	PerSecond   float64       // most messages sent per second. Default: 90; negative: no limit
	Expiry      time.Duration // time for which the broker keeps the session of a disconnected car. Default: 1 h
	Backoff     Backoff
	// Listen holds the topic filters to subscribe to at QoS 1, at every connection. Receive gets the messages one at a time and must not
	// block for long. Listening is called when the subscriptions of a connection are active.
	Listen    []string
	Receive   func(topic string, payload []byte)
	Listening func()
	// Dial opens the TCP connection. Default: a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func (c Config) check() error {
	switch {
	case c.Host == "":
		return errors.New("MQTT host is missing")
	case c.Port < 1 || c.Port > 65535:
		return fmt.Errorf("MQTT port %d: allowed are 1 to 65535", c.Port)
	case c.ClientID == "":
		return errors.New("MQTT client id is missing")
	case len(c.Certificate.Certificate) == 0:
		return fmt.Errorf("client %s has no certificate", c.ClientID)
	case len(c.Listen) > 0 && c.Receive == nil:
		return fmt.Errorf("client %s listens, but nobody receives", c.ClientID)
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.QueueLimit == 0 {
		c.QueueLimit = defaultQueue
	}
	if c.Window == 0 {
		c.Window = defaultWindow
	}
	if c.PerSecond == 0 {
		c.PerSecond = defaultPerSecond
	}
	if c.Expiry == 0 {
		c.Expiry = defaultExpiry
	}
	if c.ServerName == "" {
		c.ServerName = serverName(c.Host)
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{}).DialContext
	}
	c.Backoff = c.Backoff.withDefaults()
	return c
}

// serverName returns the host, or localhost for a loopback address: just-in-time registration needs SNI, and SNI cannot hold IP addresses.
func serverName(host string) string {
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return "localhost"
	}
	return host
}

// Client is one car's connection. It connects in the background and stays connected until Close.
type Client struct {
	cfg      Config
	outbox   *outbox
	attempts *attempts
	manager  *autopaho.ConnectionManager

	mu        sync.Mutex
	connected bool
	connects  int
	lastErr   error
	heard     int // messages received
	// stopListening cancels the subscription attempts of the previous connection.
	stopListening context.CancelFunc
}

// Stats are a client's counters since Open.
type Stats struct {
	Connected bool
	Connects  int // connections made, reconnections included
	Heard     int // messages received
	Queued    int // messages that Publish queued, and those from the queue file of an earlier run
	Sent      int // messages sent, repetitions included
	Acked     int // acknowledged by the broker
	Refused   int // refused by the broker, never sent again
	Resent    int // queued again because the broker lost the session or could not take them
	LastErr   error
}

// Unacknowledged is the number of messages that the broker has neither acknowledged nor refused.
func (s Stats) Unacknowledged() int { return s.Queued - s.Acked - s.Refused }

// Open starts connecting in the background and returns at once: messages queue until the connection is made. It fails on a bad
// configuration or queue file.
func Open(cfg Config) (*Client, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	var (
		j       *journal
		backlog []*message
		err     error
	)
	if cfg.QueueFile != "" {
		if j, backlog, err = openJournal(cfg.QueueFile); err != nil {
			return nil, err
		}
	}
	c := &Client{cfg: cfg, attempts: &attempts{Backoff: cfg.Backoff, now: time.Now}}
	c.outbox = newOutbox(j, backlog, cfg.QueueLimit, cfg.Window, cfg.PerSecond, time.Now)
	c.manager, err = autopaho.NewConnection(context.Background(), c.pahoConfig())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect %s: %w", cfg.ClientID, err), j.close())
	}
	return c, nil
}

func (c *Client) pahoConfig() autopaho.ClientConfig {
	return autopaho.ClientConfig{
		ServerUrls:            []*url.URL{{Scheme: "mqtts", Host: net.JoinHostPort(c.cfg.Host, strconv.Itoa(c.cfg.Port))}},
		KeepAlive:             keepAliveSeconds,
		SessionExpiryInterval: uint32(c.cfg.Expiry / time.Second),
		ReconnectBackoff:      c.attempts.wait,
		AttemptConnection:     c.dial,
		Queue:                 c.outbox,
		OnConnectionUp: func(m *autopaho.ConnectionManager, _ *paho.Connack) {
			c.up()
			c.listen(m)
		},
		OnConnectionDown: c.down,
		OnConnectError:   c.connectFailed,
		ClientConfig: paho.ClientConfig{
			ClientID:          c.cfg.ClientID,
			Session:           &trackedSession{State: state.NewInMemory(), outbox: c.outbox, failed: c.failed},
			OnClientError:     c.failed,
			OnPublishReceived: []func(paho.PublishReceived) (bool, error){c.received},
			OnServerDisconnect: func(d *paho.Disconnect) {
				c.failed(fmt.Errorf("broker disconnected us: reason code 0x%02x", d.ReasonCode))
			},
		},
	}
}

func (c *Client) up() {
	c.attempts.up()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.connected = true
	c.connects++
}

func (c *Client) down() bool {
	c.attempts.down()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.connected = false
	if c.stopListening != nil {
		c.stopListening()
	}
	return true
}

// connectFailed records the error, without the URL that autopaho puts before it.
func (c *Client) connectFailed(err error) {
	var refused *autopaho.ConnackError
	if cause := errors.Unwrap(err); cause != nil && !errors.As(err, &refused) {
		err = fmt.Errorf("connect: %w", cause)
	}
	c.failed(err)
}

func (c *Client) failed(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastErr = err
}

// Publish queues a message for that topic at QoS 1. It returns when the message is in the queue (on disk, if there is a queue file). While
// the queue is full, it waits until ctx ends.
func (c *Client) Publish(ctx context.Context, topic string, payload []byte) error {
	return c.outbox.add(ctx, topic, payload)
}

// Drain waits until the broker has acknowledged or refused every message. If ctx ends first, the error holds the number of messages left
// and the reason.
func (c *Client) Drain(ctx context.Context) error {
	if c.outbox.drained(ctx) == nil {
		return nil
	}
	s := c.Stats()
	why := "the broker has not answered"
	if s.LastErr != nil {
		why = s.LastErr.Error()
	}
	return fmt.Errorf("%s: %d of %d messages not acknowledged: %s", c.cfg.ClientID, s.Unacknowledged(), s.Queued, why)
}

// Close disconnects. Unacknowledged messages stay in the queue file, or are lost if there is none: call Drain first.
func (c *Client) Close(ctx context.Context) error {
	err := c.manager.Disconnect(ctx)
	c.mu.Lock()
	if c.stopListening != nil {
		c.stopListening()
	}
	c.mu.Unlock()
	return errors.Join(err, c.outbox.journal.close())
}

// AwaitConnection waits until the broker has accepted the connection, or until ctx ends, which is an error.
func (c *Client) AwaitConnection(ctx context.Context) error { return c.manager.AwaitConnection(ctx) }

// Stats returns the counters.
func (c *Client) Stats() Stats {
	c.outbox.mu.Lock()
	n := c.outbox.counts
	c.outbox.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{Connected: c.connected, Connects: c.connects, Heard: c.heard, Queued: n.queued, Sent: n.sent, Acked: n.acked, Refused: n.refused, Resent: n.resent, LastErr: c.lastErr}
}
