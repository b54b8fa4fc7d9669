package mqtt

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/packets"
)

// alpnPort is the port on which AWS IoT Core accepts MQTT with client certificates only if the client requests it by ALPN.
// https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html
const (
	alpnPort     = 443
	alpnProtocol = "x-amzn-mqtt-ca"
)

// dial opens the TLS connection. Several goroutines may write to the result, which paho requires.
func (c *Client) dial(ctx context.Context, pc autopaho.ClientConfig, u *url.URL) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, pc.ConnectTimeout)
	defer cancel()
	raw, err := c.cfg.Dial(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, c.tlsConfig())
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, fmt.Errorf("TLS handshake: %w", err)
	}
	return packets.NewThreadSafeConn(conn), nil
}

func (c *Client) tlsConfig() *tls.Config {
	cfg := &tls.Config{
		MinVersion: tls.VersionTLS12,
		ServerName: c.cfg.ServerName,
		RootCAs:    c.cfg.ServerCAs,
		// A car has one certificate and presents it to every server, whichever authorities the server lists.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c.cfg.Certificate, nil },
	}
	if c.cfg.Port == alpnPort {
		cfg.NextProtos = []string{alpnProtocol}
	}
	return cfg
}
