package gateway_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/twin/iot/gateway"
	"connectedcar/internal/twin/iot/gateway/actions"
)

// BenchmarkHalfLoad measures the QoS 1 messages per second of 200 connections, and then the time to the acknowledgement at half of that
// rate.
func BenchmarkHalfLoad(b *testing.B) {
	const clients, probe, seconds = 200, 40_000, 3
	if b.N > 1 {
		b.Skip("it measures for a fixed time")
	}
	w := newWorld(b, func(c *gateway.Config) {
		c.Log = slog.New(slog.DiscardHandler)
		c.Actions = func(actions.Republisher) gateway.ActionBuilder { return &counting{} }
	})
	w.addRule(toSink("telemetry", telemetry, "x"))
	devices := make([]*device, clients)
	for i := range devices {
		devices[i] = w.joined(5, fmt.Sprintf("CAR%d", i))
	}
	topic := func(i int) string { return fmt.Sprintf("$aws/rules/telemetry/dt/cars/CAR%d/telemetry", i) }
	each := func(do func(i int, d *device)) time.Duration {
		var group sync.WaitGroup
		start := time.Now()
		for i, d := range devices {
			group.Go(func() { do(i, d) })
		}
		group.Wait()
		return time.Since(start)
	}
	took := each(func(i int, d *device) { d.load(1, probe/clients, topic(i), benchPayload) })
	half := probe / took.Seconds() / 2
	every := time.Duration(clients / half * float64(time.Second))
	var latencies sync.Map
	b.ResetTimer()
	each(func(i int, d *device) {
		latencies.Store(i, d.pace(int(seconds*time.Second/every), every, topic(i), benchPayload))
	})
	b.ReportMetric(half, "messages/s")
	b.ReportMetric(float64(p99(&latencies))/1e6, "p99-ms")
}

// pace publishes n messages, one per interval even if acknowledgements are late, and returns the time from each to its acknowledgement.
func (d *device) pace(n int, every time.Duration, topic, payload string) []time.Duration {
	var mu sync.Mutex
	sent := map[uint16]time.Time{}
	acknowledged := make(chan []time.Duration)
	go func() {
		var out []time.Duration
		defer func() { acknowledged <- out }()
		for range n {
			ack, err := d.read()
			if err != nil {
				d.t.Errorf("read an acknowledgement: %v", err)
				return
			}
			mu.Lock()
			out = append(out, time.Since(sent[ack.PacketID]))
			mu.Unlock()
		}
	}()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for range n {
		<-tick.C
		d.id = d.id%65000 + 1
		mu.Lock()
		sent[d.id] = time.Now()
		mu.Unlock()
		d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, PacketID: d.id, TopicName: topic, Payload: []byte(payload)})
	}
	return <-acknowledged
}

// BenchmarkHeldConnections reports the gateway's memory per idle connection: the clients are in another process.
func BenchmarkHeldConnections(b *testing.B) {
	const connections = 10_000
	if b.N > 1 {
		b.Skip("it holds a fixed number of connections")
	}
	w := newWorld(b, func(c *gateway.Config) { c.Log, c.Poll = slog.New(slog.DiscardHandler), time.Second })
	car := w.car("CAR")
	w.registry.provision(car, w.ca, "CAR", "car")
	w.registry.setPolicy(b, "car", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}`)
	require.NoError(b, w.gateway.Refresh(b.Context()))
	inUse, resident := memoryInUse(), residentBytes(b)
	release := holdElsewhere(b, w, car, connections)
	b.ReportMetric(float64(memoryInUse()-inUse)/connections, "B/connection")
	b.ReportMetric(float64(residentBytes(b)-resident)/connections, "resident-B/connection")
	release()
}

func memoryInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// residentBytes is this process's resident memory after a garbage collection.
func residentBytes(b *testing.B) uint64 {
	b.Helper()
	debug.FreeOSMemory()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skip("it needs /proc")
	}
	pages, err := strconv.ParseUint(strings.Fields(string(statm))[1], 10, 64)
	require.NoError(b, err)
	return pages * uint64(os.Getpagesize())
}

const holdVariable = "GATEWAY_BENCH_HOLD" // address, folder of the certificate, and number of connections, for the process of the clients

// holdElsewhere starts a process that holds that many connections, and returns when all of them are connected.
func holdElsewhere(b *testing.B, w *world, car pki.Pair, connections int) (release func()) {
	b.Helper()
	dir := b.TempDir()
	key, err := car.KeyPEM()
	require.NoError(b, err)
	require.NoError(b, os.WriteFile(filepath.Join(dir, "car.key"), key, 0o600))
	chain := append(car.CertificatePEM(), w.issuer.CertificatePEM()...)
	require.NoError(b, os.WriteFile(filepath.Join(dir, "car.pem"), chain, 0o600))
	cmd := exec.Command(os.Args[0], "-test.run", "^TestHold$")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %d", holdVariable, w.address, dir, connections))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(b, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(b, err)
	require.Equal(b, "held\n", line)
	return func() {
		_ = stdin.Close()
		_, _ = io.Copy(io.Discard, stdout)
		_ = cmd.Wait()
	}
}

// TestHold runs in the process of the clients. In a normal test run it does nothing.
func TestHold(t *testing.T) {
	settings := strings.Fields(os.Getenv(holdVariable))
	if len(settings) != 3 {
		return
	}
	certificate, err := tls.LoadX509KeyPair(filepath.Join(settings[1], "car.pem"), filepath.Join(settings[1], "car.key"))
	require.NoError(t, err)
	n, err := strconv.Atoi(settings[2])
	require.NoError(t, err)
	held := make([]*device, n)
	var group errgroup.Group
	group.SetLimit(32)
	for i := range held {
		group.Go(func() error {
			conn, err := tls.Dial("tcp", settings[0], &tls.Config{
				InsecureSkipVerify: true, ServerName: "localhost", Certificates: []tls.Certificate{certificate}, // its own gateway
			})
			if err != nil {
				return err
			}
			d, ack, err := connect(t, conn, 5, fmt.Sprintf("C%d", i), func(pk *packets.Packet) { pk.Connect.Keepalive = 1200 })
			held[i] = d
			if err == nil && ack.ReasonCode != 0 {
				return fmt.Errorf("connection %d is refused: reason 0x%02x", i, ack.ReasonCode)
			}
			return err
		})
	}
	require.NoError(t, group.Wait())
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(held)
}
