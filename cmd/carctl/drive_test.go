package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/names"
	"connectedcar/internal/platform"
	"connectedcar/internal/vin"
)

// gateway is a fake device gateway: it records the messages of the CA's cars, by topic.
type gateway struct {
	mqtt.HookBase
	mu       sync.Mutex
	messages map[string][]string // payloads of the received messages, by topic
	platform string              // file with the platform's description
	withhold bool                // acknowledges no message
}

func (*gateway) ID() string { return "gateway" }
func (*gateway) Provides(b byte) bool {
	return b == mqtt.OnPublish || b == mqtt.OnConnectAuthenticate || b == mqtt.OnACLCheck
}
func (*gateway) OnConnectAuthenticate(*mqtt.Client, packets.Packet) bool { return true }
func (*gateway) OnACLCheck(*mqtt.Client, string, bool) bool              { return true }
func (g *gateway) OnPublish(_ *mqtt.Client, p packets.Packet) (packets.Packet, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.withhold {
		return p, packets.ErrRejectPacket
	}
	g.messages[p.TopicName] = append(g.messages[p.TopicName], string(p.Payload))
	return p, nil
}

// newGateway starts a gateway on a free port, makes a CA and writes a description of both, as `make up` does.
func newGateway(t *testing.T) *gateway {
	t.Helper()
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca")
	require.NoError(t, pki.Folder(ca).Init("Test", time.Now()))
	issuer, err := pki.Folder(ca).Issuer()
	require.NoError(t, err)
	server, err := pki.NewServer(issuer, []string{"localhost"}, time.Now())
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(issuer.Certificate)
	g := &gateway{messages: map[string][]string{}, platform: filepath.Join(dir, "platform.json")}
	broker := mqtt.New(&mqtt.Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, broker.AddHook(g, nil))
	listener := listeners.NewTCP(listeners.Config{ID: "tls", Address: "127.0.0.1:0", TLSConfig: &tls.Config{
		MinVersion: tls.VersionTLS12, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
		Certificates: []tls.Certificate{{Certificate: [][]byte{server.Certificate.Raw}, PrivateKey: server.Key}},
	}})
	require.NoError(t, broker.AddListener(listener))
	require.NoError(t, broker.Serve())
	t.Cleanup(func() { _ = broker.Close() })
	_, port, err := net.SplitHostPort(listener.Address())
	require.NoError(t, err)
	n, err := strconv.Atoi(port)
	require.NoError(t, err)
	require.NoError(t, platform.Platform{
		AWSEndpoint: "http://127.0.0.1:1", Region: "eu-central-1", DeviceCADir: ca,
		MQTT:   platform.MQTT{Host: "127.0.0.1", Port: n, ServerCA: filepath.Join(ca, pki.IntermediateCertificate)},
		Stacks: map[string]map[string]string{"all": {names.OutputApplication: "cars"}},
	}.Save(g.platform))
	return g
}

func (g *gateway) count(suffix string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for topic, payloads := range g.messages {
		if strings.HasSuffix(topic, suffix) {
			n += len(payloads)
		}
	}
	return n
}

func TestCarsDriveUntilEveryMessageIsAcknowledged(t *testing.T) {
	g := newGateway(t)
	out, _, err := carctl(t, "drive", car, "1ACEV26S0TA000002", "--platform", g.platform, "--powertrain", "COMBUSTION",
		"--duration", "1m", "--speedup", "max", "--dtc", "P0301", "--json")
	require.NoError(t, err)
	var s summary
	require.NoError(t, json.Unmarshal([]byte(out), &s))
	assert.Equal(t, 2, s.Finished)
	assert.Equal(t, s.Produced, s.Acked)
	assert.Zero(t, s.Unacknowledged())
	assert.Equal(t, s.Acked, g.count("")-g.count("/get"), "beside them the cars ask for their shadows")
	for _, v := range s.VINs {
		assert.GreaterOrEqual(t, g.count("$aws/rules/cars_telemetry/dt/cars/"+v+"/telemetry"), 61)
		assert.Equal(t, 1, g.count("dt/cars/"+v+"/trip"))
		assert.Equal(t, 1, g.count("dt/cars/"+v+"/diagnostics"))
		assert.Equal(t, 1, g.count("dt/cars/"+v+"/healthreport"))
		info, err := os.Stat(filepath.Join(filepath.Dir(g.platform), "cars", v, pki.CarKey))
		require.NoError(t, err, "the certificate was issued on the fly")
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	now := time.Now()
	for _, payloads := range g.messages {
		for _, p := range payloads {
			var m struct{ TS time.Time }
			require.NoError(t, json.Unmarshal([]byte(p), &m))
			require.False(t, m.TS.After(now), "no message comes from the future")
		}
	}
}

func TestALogIsPlayedRowByRow(t *testing.T) {
	g := newGateway(t)
	out, info, err := carctl(t, "drive", "--replay", "../../examples/obd-log.csv", "--platform", g.platform, "--json")
	require.NoError(t, err)
	var s summary
	require.NoError(t, json.Unmarshal([]byte(out), &s))
	assert.Equal(t, 237, s.Log.Valid)
	assert.Equal(t, s.Log.Valid, g.count("/telemetry"))
	for v, n := range s.Log.Samples {
		assert.Equal(t, n, g.count(v+"/telemetry"))
	}
	assert.Contains(t, info, "rows read 240, valid 237, skipped 3")
	for topic, payloads := range g.messages {
		if !strings.HasSuffix(topic, "/telemetry") {
			continue
		}
		for _, p := range payloads {
			var m telemetry.Message
			require.NoError(t, json.Unmarshal([]byte(p), &m))
			assert.Less(t, time.Since(m.TS), 2*time.Hour, "the log ends now")
		}
	}
}

func TestUnacknowledgedMessagesAreAnError(t *testing.T) {
	g := newGateway(t)
	g.withhold = true
	out, _, err := carctl(t, "drive", car, "--platform", g.platform, "--powertrain", "ELECTRIC", "--duration", "10s", "--speedup", "max", "--drain", "300ms")
	require.ErrorContains(t, err, "messages not acknowledged")
	assert.Contains(t, out, "not acknowledged")
}

func TestTheOfflineQueueIsSentByTheNextDrive(t *testing.T) {
	g := newGateway(t)
	g.withhold = true
	queue := t.TempDir()
	args := []string{"drive", car, "--platform", g.platform, "--powertrain", "ELECTRIC", "--duration", "10s", "--speedup", "max", "--queue", queue, "--drain", "300ms", "--json"}
	_, _, err := carctl(t, args...)
	require.Error(t, err)
	g.mu.Lock()
	g.withhold = false
	g.mu.Unlock()
	args[len(args)-2] = "20s"
	out, _, err := carctl(t, args...)
	require.NoError(t, err)
	var s summary
	require.NoError(t, json.Unmarshal([]byte(out), &s))
	assert.Greater(t, s.Acked, s.Produced, "what the first drive could not send as well")
}

func TestInterruptingEndsTheDriveAndDrains(t *testing.T) {
	g := newGateway(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, info bytes.Buffer
	root := newRoot(&out, &info)
	root.SetArgs([]string{"drive", car, "--platform", g.platform, "--powertrain", "ELECTRIC", "--duration", "1h", "--interval", "100ms"})
	done := make(chan error, 1)
	go func() { done <- root.ExecuteContext(ctx) }()
	require.Eventually(t, func() bool { return g.count("/telemetry") > 3 }, 10*time.Second, 5*time.Millisecond)
	cancel()
	select {
	case err := <-done:
		require.ErrorIs(t, err, context.Canceled)
	case <-time.After(10 * time.Second):
		t.Fatal("it did not end")
	}
	assert.Regexp(t, `1 car\(s\): (\d+) messages, \d+ acknowledged\n`, out.String())
	assert.NotContains(t, out.String(), "not acknowledged")
}

func TestAForeignOrExpiredCertificateIsRefusedClearly(t *testing.T) {
	g := newGateway(t)
	dir := filepath.Dir(g.platform)
	issuer, err := pki.Folder(filepath.Join(dir, "ca")).Issuer()
	require.NoError(t, err)
	folder := pki.CarFolder(filepath.Join(dir, "cars", car))
	_, err = folder.Issue(issuer, "1ACEV26S0TA000002", 1, time.Now())
	require.NoError(t, err)
	drive := []string{"drive", car, "--platform", g.platform, "--powertrain", "ELECTRIC"}
	_, _, err = carctl(t, drive...)
	require.ErrorContains(t, err, `is that of "1ACEV26S0TA000002"`)
	_, err = folder.Renew(issuer, car, 1, time.Now().AddDate(0, 0, -2))
	require.NoError(t, err)
	_, _, err = carctl(t, drive...)
	require.ErrorContains(t, err, "--renew` makes a new one")
}

func TestADriveLooksAtTheAllowListFirst(t *testing.T) {
	for name, tc := range map[string]struct {
		row  vehicle.Vehicle
		err  error
		want string
	}{
		"a car that nobody announced":      {err: vehicle.ErrNotFound, want: car + " is not on the allow-list: --allow puts it there, or carctl vehicle add"},
		"a car that is revoked":            {row: vehicle.Vehicle{Status: vehicle.Revoked}, want: car + " is REVOKED: it may not connect any more"},
		"an announced car drives":          {row: vehicle.Vehicle{Status: vehicle.Allowed}},
		"a registered car drives":          {row: vehicle.Vehicle{Status: vehicle.Registered}},
		"a table that cannot be read ends": {err: errors.New("throttled"), want: "throttled"},
	} {
		t.Run(name, func(t *testing.T) {
			get := func(context.Context, vin.VIN) (vehicle.Vehicle, error) { return tc.row, tc.err }
			reason, err := whyRefused(t.Context(), get, car)
			if err = errors.Join(reason, err); tc.want == "" {
				require.NoError(t, err)
				return
			}
			assert.EqualError(t, err, tc.want)
		})
	}
}
