package gateway_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
)

// patience is the longest wait of a test.
const patience = 10 * time.Second

// device is a client that sends and reads single packets, so that tests see exactly the packets that the gateway sends.
type device struct {
	t       testing.TB
	conn    net.Conn
	reader  *bufio.Reader
	version byte
	id      uint16
}

// dial does the TLS handshake like a car: with the car's certificate and its issuer's. ServerName "" sends no SNI.
func dial(t testing.TB, address, serverName string, roots *x509.CertPool, car, issuer pki.Pair) (*tls.Conn, error) {
	t.Helper()
	config := &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: serverName, RootCAs: roots,
		Certificates: []tls.Certificate{{Certificate: [][]byte{car.Certificate.Raw, issuer.Certificate.Raw}, PrivateKey: car.Key}},
	}
	if serverName == "" {
		config.ServerName = "127.0.0.1" // an IP address is never sent as SNI
	}
	raw, err := net.DialTimeout("tcp", address, patience)
	require.NoError(t, err)
	t.Cleanup(func() { _ = raw.Close() })
	require.NoError(t, raw.SetDeadline(time.Now().Add(patience)))
	conn := tls.Client(raw, config)
	return conn, conn.Handshake()
}

type connectOption func(*packets.Packet)

// connect sends CONNECT and returns the CONNACK, or the error that came instead.
func connect(t testing.TB, conn net.Conn, version byte, clientID string, options ...connectOption) (*device, packets.Packet, error) {
	t.Helper()
	d := &device{t: t, conn: conn, reader: bufio.NewReader(conn), version: version}
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect}, ProtocolVersion: version,
		Connect: packets.ConnectParams{ProtocolName: []byte("MQTT"), Clean: true, Keepalive: 60, ClientIdentifier: clientID},
	}
	for _, o := range options {
		o(&pk)
	}
	if err := d.trySend(pk); err != nil {
		return nil, pk, err
	}
	ack, err := d.read()
	if err == nil && ack.FixedHeader.Type != packets.Connack {
		err = fmt.Errorf("answered CONNECT with packet type %d", ack.FixedHeader.Type)
	}
	return d, ack, err
}

func (d *device) trySend(pk packets.Packet) error {
	pk.ProtocolVersion = d.version
	var b bytes.Buffer
	var err error
	switch pk.FixedHeader.Type {
	case packets.Connect:
		err = pk.ConnectEncode(&b)
	case packets.Publish:
		err = pk.PublishEncode(&b)
	case packets.Subscribe:
		err = pk.SubscribeEncode(&b)
	case packets.Unsubscribe:
		err = pk.UnsubscribeEncode(&b)
	case packets.Puback:
		err = pk.PubackEncode(&b)
	case packets.Disconnect:
		err = pk.DisconnectEncode(&b)
	case packets.Pingreq:
		err = pk.PingreqEncode(&b)
	default:
		err = fmt.Errorf("packet type %d", pk.FixedHeader.Type)
	}
	if err != nil {
		return err
	}
	_, err = d.conn.Write(b.Bytes())
	return err
}

func (d *device) send(pk packets.Packet) {
	d.t.Helper()
	require.NoError(d.t, d.trySend(pk))
}

// publish sends a message and returns its packet id.
func (d *device) publish(topic string, qos byte, payload string, options ...connectOption) uint16 {
	d.t.Helper()
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos}, TopicName: topic, Payload: []byte(payload)}
	if qos > 0 {
		d.id++
		pk.PacketID = d.id
	}
	for _, o := range options {
		o(&pk)
	}
	d.send(pk)
	return pk.PacketID
}

// subscribe subscribes and returns the reason code.
func (d *device) subscribe(filter string, qos byte) byte {
	d.t.Helper()
	d.id++
	d.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: d.id,
		Filters: packets.Subscriptions{{Filter: filter, Qos: qos}},
	})
	ack := d.expect(packets.Suback)
	require.Len(d.t, ack.ReasonCodes, 1)
	return ack.ReasonCodes[0]
}

// expect reads the next packet, which must be of that type.
func (d *device) expect(kind byte) packets.Packet {
	d.t.Helper()
	pk, err := d.read()
	require.NoError(d.t, err)
	require.Equal(d.t, kind, pk.FixedHeader.Type, "packet type")
	return pk
}

// acknowledged waits for the PUBACK of that packet id.
func (d *device) acknowledged(id uint16) {
	d.t.Helper()
	require.Equal(d.t, id, d.expect(packets.Puback).PacketID)
}

// quiet checks that the gateway has sent no packet: the next one must be the response to a ping.
func (d *device) quiet() {
	d.t.Helper()
	d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
	d.expect(packets.Pingresp)
}

// ended waits until the gateway ends the connection. It returns the reason code of its DISCONNECT, or 0 without one.
func (d *device) ended() byte {
	d.t.Helper()
	var code byte
	for {
		pk, err := d.read()
		if err != nil {
			require.NotErrorIs(d.t, err, errTimeout)
			return code
		}
		if pk.FixedHeader.Type == packets.Disconnect {
			code = pk.ReasonCode
		}
	}
}

var errTimeout = fmt.Errorf("nothing came within %s", patience)

func (d *device) read() (packets.Packet, error) {
	_ = d.conn.SetDeadline(time.Now().Add(patience))
	pk := packets.Packet{ProtocolVersion: d.version}
	b, err := d.reader.ReadByte()
	if err != nil {
		if n, ok := err.(net.Error); ok && n.Timeout() { // not wrapped: it comes from the connection
			return pk, errTimeout
		}
		return pk, err
	}
	if err := pk.FixedHeader.Decode(b); err != nil {
		return pk, err
	}
	if pk.FixedHeader.Remaining, _, err = packets.DecodeLength(d.reader); err != nil {
		return pk, err
	}
	body := make([]byte, pk.FixedHeader.Remaining)
	if _, err := io.ReadFull(d.reader, body); err != nil {
		return pk, err
	}
	switch pk.FixedHeader.Type {
	case packets.Connack:
		err = pk.ConnackDecode(body)
	case packets.Publish:
		err = pk.PublishDecode(body)
	case packets.Puback:
		err = pk.PubackDecode(body)
	case packets.Suback:
		err = pk.SubackDecode(body)
	case packets.Unsuback:
		err = pk.UnsubackDecode(body)
	case packets.Disconnect:
		err = pk.DisconnectDecode(body)
	}
	return pk, err
}
