package gateway_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/twin/iot/gateway"
)

// Environment variables for a gateway in another process: its state folder, and the folder for the files that clients need.
const (
	stateVariable = "GATEWAY_TEST_STATE"
	runVariable   = "GATEWAY_TEST_RUN"
)

// TestGatewayProcess runs a gateway that another test starts and kills.
func TestGatewayProcess(t *testing.T) {
	state, run := os.Getenv(stateVariable), os.Getenv(runVariable)
	if state == "" {
		t.Skip("another test starts it")
	}
	w := newWorld(t, func(c *gateway.Config) { c.State = state })
	w.registry.setPolicy(t, "car", anyPolicy)
	require.NoError(t, w.gateway.Refresh(t.Context()))
	for _, name := range []string{"SLEEPER", "SOURCE"} {
		car, err := pki.CarFolder(filepath.Join(run, name)).Issue(w.issuer, name, 30, time.Now())
		require.NoError(t, err)
		w.registry.provision(car, w.ca, name, "car")
	}
	fmt.Println("serves", w.address, w.trust)
	_, _ = io.Copy(io.Discard, os.Stdin) // until the other test ends
}

// process is a gateway that runs in another process.
type process struct {
	t              *testing.T
	command        *exec.Cmd
	run            string
	address, trust string
}

func startProcess(t *testing.T, state string) *process {
	t.Helper()
	p := &process{t: t, run: t.TempDir(), command: exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestGatewayProcess$")}
	p.command.Env = append(os.Environ(), stateVariable+"="+state, runVariable+"="+p.run, "TMPDIR="+p.run)
	p.command.Stderr = os.Stderr
	_, err := p.command.StdinPipe() // keeps the process's input open until it has ended
	require.NoError(t, err)
	out, err := p.command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.command.Start())
	t.Cleanup(p.kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, err := fmt.Sscanf(lines.Text(), "serves %s %s", &p.address, &p.trust); err == nil {
			return p
		}
	}
	require.FailNow(t, "the gateway did not start")
	return nil
}

// kill ends the process at once, so that it cannot write anything.
func (p *process) kill() {
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
}

func (p *process) joined(name string, options ...connectOption) *device {
	p.t.Helper()
	pem, err := os.ReadFile(p.trust)
	require.NoError(p.t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	car, err := pki.CarFolder(filepath.Join(p.run, name)).TLS()
	require.NoError(p.t, err)
	conn, err := tls.Dial("tcp", p.address, &tls.Config{ServerName: "localhost", RootCAs: roots, Certificates: []tls.Certificate{car}})
	require.NoError(p.t, err)
	p.t.Cleanup(func() { _ = conn.Close() })
	d, ack, err := connect(p.t, conn, 5, name, options...)
	require.NoError(p.t, err)
	require.Zero(p.t, ack.ReasonCode)
	return d
}

func TestSleepingSessionSurvivesKills(t *testing.T) {
	const messages, window = 1000, 100
	state := t.TempDir()
	p := startProcess(t, state)
	sleeper := p.joined("SLEEPER", persistent(5))
	require.Equal(t, byte(1), sleeper.subscribe("a/#", 1))
	p.kill() // after the acknowledgement of the subscription

	p = startProcess(t, state)
	source := p.joined("SOURCE")
	for i := range messages {
		source.publish("a/b", 1, fmt.Sprint(i))
		if i >= window {
			source.expect(packets.Puback)
		}
	}
	for range window {
		source.expect(packets.Puback)
	}
	source.acknowledged(source.publish("kept", 1, "x", func(pk *packets.Packet) { pk.FixedHeader.Retain = true }))
	p.kill() // after the acknowledgement of every message

	p = startProcess(t, state)
	sleeper = p.joined("SLEEPER", persistent(5))
	for i := range messages/2 + window {
		pk := sleeper.expect(packets.Publish)
		require.Equal(t, fmt.Sprint(i), string(pk.Payload))
		require.False(t, pk.FixedHeader.Dup, "it was never sent before")
		if i < messages/2 {
			sleeper.puback(pk.PacketID)
		}
	}
	require.Equal(t, byte(1), sleeper.subscribe("c", 1), "what came before is kept too")
	p.kill()

	p = startProcess(t, state)
	sleeper = p.joined("SLEEPER", persistent(5))
	for i := messages / 2; i < messages; i++ {
		pk := sleeper.expect(packets.Publish)
		require.Equal(t, fmt.Sprint(i), string(pk.Payload))
		require.Equal(t, i < messages/2+window, pk.FixedHeader.Dup, "it was sent before")
		sleeper.puback(pk.PacketID)
	}
	sleeper.quiet()
	require.Equal(t, byte(1), sleeper.subscribe("kept", 1))
	assert.Equal(t, "x", string(sleeper.expect(packets.Publish).Payload))
}

// restart closes the gateway in order and starts another one with the same state.
func (w *world) restart(state string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	w.gateway.Close(ctx)
	w.start(func(c *gateway.Config) { c.State = state })
}

func newKeeping(t *testing.T, state string) *world {
	t.Helper()
	w := newWorld(t, func(c *gateway.Config) { c.State = state })
	w.registry.setPolicy(t, "car", anyPolicy)
	require.NoError(t, w.gateway.Refresh(t.Context()))
	return w
}

func TestRestartKeepsWhatIsUnderWay(t *testing.T) {
	for name, version := range map[string]byte{"MQTT 3.1.1": 4, "MQTT 5": 5} {
		t.Run(name, func(t *testing.T) {
			state := t.TempDir()
			w := newKeeping(t, state)
			d := w.joined(version, "C", persistent(version))
			require.Equal(t, byte(1), d.subscribe("a/+", 1))
			require.Equal(t, byte(1), d.subscribe("b", 1))
			d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: 78, Filters: packets.Subscriptions{{Filter: "b"}}})
			d.expect(packets.Unsuback)
			var ids []uint16
			for i := range 3 {
				w.publish("a/b", fmt.Sprint(i))
				ids = append(ids, d.expect(packets.Publish).PacketID)
			}
			d.puback(ids[0])
			d.quiet()
			w.restart(state)
			w.publish("a/b", "3")
			w.publish("b", "unsubscribed")
			w.restart(state)
			d, ack, err := w.attempt(w.registered("C"), version, "C", persistent(version))
			require.NoError(t, err)
			assert.True(t, ack.SessionPresent)
			for i := 1; i < 4; i++ {
				pk := d.expect(packets.Publish)
				assert.Equal(t, fmt.Sprint(i), string(pk.Payload))
				assert.Equal(t, i < 3, pk.FixedHeader.Dup, "what was sent before")
				if i < 3 {
					assert.Equal(t, ids[i], pk.PacketID, "[MQTT-4.4.0-1]")
				}
			}
			d.quiet()
		})
	}
}

func TestRestartKeepsAMessageWhole(t *testing.T) {
	state := t.TempDir()
	w := newKeeping(t, state)
	w.away("C", "a")
	user := []packets.UserProperty{{Key: "b", Val: "1"}, {Key: "a", Val: "2"}}
	source := w.joined(5, "SOURCE")
	source.acknowledged(source.publish("a", 1, "x", func(pk *packets.Packet) {
		pk.FixedHeader.Retain, pk.Mods.AllowResponseInfo = true, true
		pk.Properties = packets.Properties{
			PayloadFormat: 1, PayloadFormatFlag: true, ContentType: "t", ResponseTopic: "r", CorrelationData: []byte{0, 1}, User: user, MessageExpiryInterval: 60,
		}
	}))
	w.restart(state)
	for _, d := range []*device{w.joined(5, "C", persistent(5)), w.watching("a")} { // the queued message, and the retained one
		p := d.expect(packets.Publish).Properties
		assert.Equal(t, []any{byte(1), "t", "r", []byte{0, 1}, user}, []any{p.PayloadFormat, p.ContentType, p.ResponseTopic, p.CorrelationData, p.User})
		assert.InDelta(t, 60, p.MessageExpiryInterval, 2)
	}
}

func TestRestartForgetsWhatHadEnded(t *testing.T) {
	state := t.TempDir()
	w := newKeeping(t, state)
	short := func(pk *packets.Packet) { pk.Properties.SessionExpiryInterval = 1 }
	for name, options := range map[string][]connectOption{"EXPIRED": {persistent(5), short}, "CLEAN": nil, "ENDED": {persistent(5)}} {
		d := w.joined(5, name, options...)
		require.Equal(t, byte(1), d.subscribe("a", 1))
		_ = d.conn.Close()
		w.goneFrom(name)
	}
	left := time.Now()
	w.joined(5, "ENDED").quiet() // a session with Clean Start and without an expiry
	w.retain("b", "x", "")
	w.publish("a", "x")
	w.eventually(func() bool { return time.Since(left) > 1100*time.Millisecond }, "a session expires")
	w.restart(state)
	assert.Contains(t, w.metrics(), "devicegateway_sessions 0")
	assert.Contains(t, w.metrics(), "devicegateway_queue_bytes 0")
	assert.Contains(t, w.metrics(), "devicegateway_retained_messages 0")
}
