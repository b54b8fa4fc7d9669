// Package testcar is a car for black-box checks of a platform. It has its own certificate and a bare MQTT client without retries, so that
// checks see the gateway's exact behaviour.
package testcar

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/names"
	"connectedcar/internal/platform"
	"connectedcar/internal/vin"
)

// Gateway is the broker that test cars connect to.
type Gateway struct {
	platform.MQTT // if ServerCA is empty, the system's root certificates are used
	Application   names.Application
	Issuer        pki.Pair // signs the cars' certificates
}

// daysValid is the validity of a test car's certificate, in days.
const daysValid = 30

// packetTime bounds the wait for an acknowledgement of one MQTT packet.
const packetTime = 20 * time.Second

// Car is a test car with its own certificate.
type Car struct {
	VIN         vin.VIN
	Certificate pki.Pair
	gateway     Gateway
	session     *paho.Client
	ended       chan struct{} // closed when the gateway or the network ended the session
}

// NewVIN returns a VIN that no earlier run has used.
func NewVIN() vin.VIN {
	const digits = 100_000_000
	n, err := rand.Int(rand.Reader, big.NewInt(digits))
	if err != nil {
		panic(fmt.Sprintf("no random numbers: %v", err))
	}
	return vin.VIN(fmt.Sprintf("1ACSM26S0%08d", n)).WithCheckDigit()
}

// New returns a car whose certificate is signed by the gateway's issuer.
func New(g Gateway, v vin.VIN) (*Car, error) { return Signed(g, g.Issuer, v) }

// Signed returns a car whose certificate is signed by the given issuer.
func Signed(g Gateway, issuer pki.Pair, v vin.VIN) (*Car, error) {
	p, err := pki.NewCar(issuer, v.ThingName(), daysValid, time.Now())
	if err != nil {
		return nil, err
	}
	return &Car{VIN: v, Certificate: p, gateway: g}, nil
}

// CertificateID returns the id that AWS IoT assigns to the car's certificate.
func (c *Car) CertificateID() string { return pki.CertificateID(c.Certificate.Certificate) }

// Ended returns a channel that is closed when the gateway or the network ends the session.
func (c *Car) Ended() <-chan struct{} { return c.ended }

// Connect opens a session. It presents the issuer's certificate beside the car's, as just-in-time registration requires. The error
// contains the gateway's reason for a refusal.
func (c *Car) Connect(ctx context.Context, issuer pki.Pair) error {
	return c.connect(ctx, issuer, nil)
}

func (c *Car) connect(ctx context.Context, issuer pki.Pair, received func(*paho.Publish)) error {
	conn, err := c.dial(ctx, issuer)
	if err != nil {
		return fmt.Errorf("TLS: %w", err)
	}
	c.ended = make(chan struct{})
	var once sync.Once
	end := func() { once.Do(func() { close(c.ended) }) }
	cfg := paho.ClientConfig{
		ClientID: c.VIN.ThingName(), Conn: packets.NewThreadSafeConn(conn), PacketTimeout: packetTime,
		OnClientError:      func(error) { end() },
		OnServerDisconnect: func(*paho.Disconnect) { end() },
	}
	if received != nil {
		cfg.OnPublishReceived = []func(paho.PublishReceived) (bool, error){func(p paho.PublishReceived) (bool, error) {
			received(p.Packet)
			return true, nil
		}}
	}
	c.session = paho.NewClient(cfg)
	ack, err := c.session.Connect(ctx, &paho.Connect{ClientID: c.VIN.ThingName(), KeepAlive: 30, CleanStart: true})
	if err != nil {
		_ = conn.Close()
		if ack != nil {
			return fmt.Errorf("refused with reason code 0x%02x: %w", ack.ReasonCode, err)
		}
		return fmt.Errorf("closed without an answer: %w", err)
	}
	return nil
}

func (c *Car) dial(ctx context.Context, issuer pki.Pair) (net.Conn, error) {
	roots, err := c.gateway.roots()
	if err != nil {
		return nil, err
	}
	d := tls.Dialer{Config: &tls.Config{
		RootCAs: roots, ServerName: c.gateway.Host, MinVersion: tls.VersionTLS12,
		Certificates: []tls.Certificate{{
			Certificate: [][]byte{c.Certificate.Certificate.Raw, issuer.Certificate.Raw},
			PrivateKey:  c.Certificate.Key,
		}},
	}}
	return d.DialContext(ctx, "tcp", net.JoinHostPort(c.gateway.Host, strconv.Itoa(c.gateway.Port)))
}

func (g Gateway) roots() (*x509.CertPool, error) {
	if g.ServerCA == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(g.ServerCA)
	if err != nil {
		return nil, fmt.Errorf("read the gateway's CA: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %s", g.ServerCA)
	}
	return roots, nil
}

// Join connects, again and again until the gateway accepts: the first connection starts the registration, and the gateway closes
// connections until the registration is done.
func (c *Car) Join(ctx context.Context) error {
	return Eventually(ctx, fmt.Sprintf("connect %s", c.VIN), func(ctx context.Context) error { return c.Connect(ctx, c.gateway.Issuer) })
}

// Publish publishes the message with QoS 1, by Basic Ingest, and waits for the acknowledgement.
func (c *Car) Publish(ctx context.Context, k names.Kind, payload []byte) error {
	return c.publish(ctx, c.gateway.Application.BasicIngest(c.VIN.ThingName(), k), payload)
}

func (c *Car) publish(ctx context.Context, topic string, payload []byte) error {
	ack, err := c.session.Publish(ctx, &paho.Publish{Topic: topic, QoS: 1, Payload: payload})
	if err != nil {
		return fmt.Errorf("publish to %s: %w", topic, err)
	}
	if ack.ReasonCode >= 0x80 {
		return fmt.Errorf("publish to %s: acknowledged with reason code 0x%02x", topic, ack.ReasonCode)
	}
	return nil
}

// PublishJSON encodes the message as JSON and publishes it by Publish.
func (c *Car) PublishJSON(ctx context.Context, k names.Kind, message any) error {
	b, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode %s: %w", k, err)
	}
	return c.Publish(ctx, k, b)
}

// Leave ends the car's session, if there is one.
func (c *Car) Leave() {
	if c.session != nil {
		_ = c.session.Disconnect(&paho.Disconnect{})
	}
}

// ErrAccepted means that the gateway accepted a car that it should have refused.
var ErrAccepted = errors.New("the gateway accepted the connection")

// MustRefuse checks that the gateway refuses the car, and returns the gateway's reason; ErrAccepted if the gateway accepts the car.
func (c *Car) MustRefuse(ctx context.Context, issuer pki.Pair) (string, error) {
	if err := c.Connect(ctx, issuer); err != nil {
		return err.Error(), nil
	}
	c.Leave()
	return "", ErrAccepted
}
