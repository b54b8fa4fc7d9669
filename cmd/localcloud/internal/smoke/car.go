package smoke

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
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"
)

// car is a vehicle with a certificate of its own, on the plainest of MQTT clients, so that nothing stands between the check and the gateway.
type car struct {
	vin         vin.VIN
	certificate pki.Pair
	session     *paho.Client
	ended       chan struct{} // closed when the session ended without our doing
}

// newVIN makes up a VIN that no earlier run has used.
func newVIN() vin.VIN {
	const digits = 100_000_000
	n, err := rand.Int(rand.Reader, big.NewInt(digits))
	if err != nil {
		panic(fmt.Sprintf("no random numbers: %v", err))
	}
	return vin.VIN(fmt.Sprintf("1ACSM26S0%08d", n)).WithCheckDigit()
}

// allow puts the car on the allow-list, as an operator would.
func (w *world) allow(ctx context.Context, v vin.VIN) error {
	_, err := w.carctl(ctx, "vehicle", "add", string(v), "--manufacturer", w.Manufacturer,
		"--make", "Acme", "--model", "Comet", "--model-year", "2026", "--powertrain", "COMBUSTION")
	return err
}

// carctl runs the tool and returns what it prints.
func (w *world) carctl(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, w.Carctl, append(args, "--platform", w.PlatformFile)...)
	cmd.Env = w.Environment
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("carctl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}

// newCar makes a car that this authority vouches for.
func newCar(issuer pki.Pair, v vin.VIN) (*car, error) {
	p, err := pki.NewCar(issuer, v.ThingName(), 30, time.Now())
	if err != nil {
		return nil, err
	}
	return &car{vin: v, certificate: p}, nil
}

func (c *car) certificateID() string { return pki.CertificateID(c.certificate.Certificate) }

// connect opens a session. The error describes the gateway's refusal.
func (c *car) connect(ctx context.Context, w *world, issuer pki.Pair) error {
	conn, err := c.dial(ctx, w, issuer)
	if err != nil {
		return fmt.Errorf("TLS: %w", err)
	}
	c.ended = make(chan struct{})
	var once sync.Once
	end := func() { once.Do(func() { close(c.ended) }) }
	c.session = paho.NewClient(paho.ClientConfig{
		ClientID: c.vin.ThingName(), Conn: packets.NewThreadSafeConn(conn), PacketTimeout: 20 * time.Second,
		OnClientError:      func(error) { end() },
		OnServerDisconnect: func(*paho.Disconnect) { end() },
	})
	ack, err := c.session.Connect(ctx, &paho.Connect{ClientID: c.vin.ThingName(), KeepAlive: 30, CleanStart: true})
	if err != nil {
		_ = conn.Close()
		if ack != nil {
			return fmt.Errorf("refused with reason code 0x%02x: %w", ack.ReasonCode, err)
		}
		return fmt.Errorf("closed without an answer: %w", err)
	}
	return nil
}

func (c *car) dial(ctx context.Context, w *world, issuer pki.Pair) (net.Conn, error) {
	pem, err := os.ReadFile(w.Platform.MQTT.ServerCA)
	if err != nil {
		return nil, fmt.Errorf("read the gateway's CA: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %s", w.Platform.MQTT.ServerCA)
	}
	d := tls.Dialer{Config: &tls.Config{
		RootCAs: roots, ServerName: w.Platform.MQTT.Host, MinVersion: tls.VersionTLS12,
		Certificates: []tls.Certificate{{
			Certificate: [][]byte{c.certificate.Certificate.Raw, issuer.Certificate.Raw},
			PrivateKey:  c.certificate.Key,
		}},
	}}
	return d.DialContext(ctx, "tcp", net.JoinHostPort(w.Platform.MQTT.Host, strconv.Itoa(w.Platform.MQTT.Port)))
}

// join connects until the gateway accepts: registration takes a moment, and closes every connection before it is done.
func (c *car) join(ctx context.Context, w *world) error {
	return eventually(ctx, fmt.Sprintf("connect %s", c.vin), func(ctx context.Context) error { return c.connect(ctx, w, w.issuer) })
}

// publish sends the message at QoS 1, by Basic Ingest, and waits for the acknowledgement.
func (c *car) publish(ctx context.Context, w *world, k names.Kind, payload []byte) error {
	topic := w.application.BasicIngest(c.vin.ThingName(), k)
	ack, err := c.session.Publish(ctx, &paho.Publish{Topic: topic, QoS: 1, Payload: payload})
	if err != nil {
		return fmt.Errorf("publish %s: %w", k, err)
	}
	if ack.ReasonCode >= 0x80 {
		return fmt.Errorf("publish %s: acknowledged with reason code 0x%02x", k, ack.ReasonCode)
	}
	return nil
}

func (c *car) publishJSON(ctx context.Context, w *world, k names.Kind, message any) error {
	b, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode %s: %w", k, err)
	}
	return c.publish(ctx, w, k, b)
}

func (c *car) leave() { _ = c.session.Disconnect(&paho.Disconnect{}) }

// joined is a new car that is allowed, registered and connected.
func (w *world) joined(ctx context.Context) (*car, error) {
	c, err := newCar(w.issuer, newVIN())
	if err != nil {
		return nil, err
	}
	if err := w.allow(ctx, c.vin); err != nil {
		return nil, err
	}
	return c, c.join(ctx, w)
}

var errAccepted = errors.New("the gateway accepted the connection")

// mustRefuse checks that the gateway does not accept the car, and returns how it refused.
func (c *car) mustRefuse(ctx context.Context, w *world, issuer pki.Pair) (string, error) {
	if err := c.connect(ctx, w, issuer); err != nil {
		return err.Error(), nil
	}
	c.leave()
	return "", errAccepted
}
