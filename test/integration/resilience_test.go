//go:build integration

package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
	"connectedcar/internal/platform"
)

// local is a platform in the background, with its own folder and ports.
type local struct {
	t   *testing.T
	dir string
	env []string
}

func startLocal(t *testing.T) *local {
	t.Helper()
	l := &local{t: t}
	l.dir, l.env = elsewhere(t)
	up := program(t.Context(), l.env, "localcloud", "up")
	up.Stdout, up.Stderr = os.Stdout, os.Stderr
	require.NoError(t, up.Run())
	t.Cleanup(func() {
		down := program(context.Background(), l.env, "localcloud", "down")
		assert.NoError(t, down.Run())
		if t.Failed() {
			b, _ := os.ReadFile(filepath.Join(l.dir, "logs", "localcloud.log"))
			t.Logf("the platform's log:\n%s", b)
		}
	})
	return l
}

func (l *local) carctl(args ...string) *exec.Cmd {
	return program(l.t.Context(), l.env, "carctl", append(args, "--platform", filepath.Join(l.dir, "platform.json"))...)
}

func (l *local) vehicle(i int) string {
	p, err := platform.Load(filepath.Join(l.dir, "platform.json"))
	require.NoError(l.t, err)
	return p.Vehicles[i]
}

// kill ends a child process of the platform as a crash would.
func (l *local) kill(name string) {
	b, err := os.ReadFile(filepath.Join(l.dir, "run", name+".pid"))
	require.NoError(l.t, err)
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(first)
	require.NoError(l.t, err)
	require.NoError(l.t, syscall.Kill(pid, syscall.SIGKILL))
}

// samples counts the stored samples of the car.
func (l *local) samples(vin string) int {
	out, err := l.carctl("telemetry", vin, "--json", "--limit", "0").Output()
	if err != nil { // nothing is stored yet, or the emulator is temporarily unavailable
		return 0
	}
	var stored struct {
		Samples []json.RawMessage `json:"samples"`
	}
	require.NoError(l.t, json.Unmarshal(out, &stored))
	return len(stored.Samples)
}

func (l *local) awaitSamples(vin string, atLeast int) {
	l.t.Helper()
	require.Eventually(l.t, func() bool { return l.samples(vin) >= atLeast }, time.Minute, 50*time.Millisecond,
		"the car has fewer than %d samples", atLeast)
}

func (l *local) awaitLog(text string) {
	l.t.Helper()
	require.Eventually(l.t, func() bool {
		b, err := os.ReadFile(filepath.Join(l.dir, "logs", "localcloud.log"))
		return err == nil && strings.Contains(string(b), text)
	}, 2*time.Minute, 100*time.Millisecond, "the platform does not say %q", text)
}

// ride is a drive that is running.
type ride struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
}

var rideFlags = []string{"--duration", "10s", "--interval", "100ms", "--seed", "5", "--drain", "2m"}

func (l *local) ride(vin string, more ...string) *ride {
	args := append([]string{"drive", vin, "--json"}, rideFlags...)
	r := &ride{t: l.t, cmd: l.carctl(append(args, more...)...)}
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	require.NoError(l.t, r.cmd.Start())
	return r
}

// finish waits for the end of the drive, which fails unless every message was acknowledged.
func (r *ride) finish() {
	r.t.Helper()
	require.NoError(r.t, r.cmd.Wait(), r.stderr.String())
	var s struct{ Queued, Acknowledged int }
	require.NoError(r.t, json.Unmarshal(r.stdout.Bytes(), &s))
	assert.Positive(r.t, s.Queued)
	assert.Equal(r.t, s.Queued, s.Acknowledged)
}

// planned counts the telemetry messages of the drive in a dry run: the same seed gives the same drive.
func (l *local) planned(vin string) int {
	out, err := l.carctl(append([]string{"drive", vin, "--dry-run"}, rideFlags...)...).Output()
	require.NoError(l.t, err)
	return strings.Count(string(out), "/"+string(names.Telemetry)+`"`)
}

// TestAKilledGatewayLosesNothing: every message that the gateway acknowledged is on the stream, and the car sends all others again.
func TestAKilledGatewayLosesNothing(t *testing.T) {
	l := startLocal(t)
	vin := l.vehicle(0)
	want := l.planned(vin)
	require.Positive(t, want)
	r := l.ride(vin)
	l.awaitSamples(vin, 10)
	l.kill("gateway")
	r.finish()
	l.awaitLog("gateway ended (signal: killed)")
	l.awaitSamples(vin, want)
	assert.Equal(t, want, l.samples(vin), "every message once")

	t.Run("a killed car starts again and sends what it had not", func(t *testing.T) {
		vin, queue := l.vehicle(1), t.TempDir()
		r := l.ride(vin, "--queue", queue)
		l.awaitSamples(vin, 10)
		require.NoError(t, r.cmd.Process.Kill())
		_ = r.cmd.Wait()
		had := l.samples(vin)
		l.ride(vin, "--queue", queue).finish()
		l.awaitSamples(vin, had+l.planned(vin))
	})

	t.Run("a killed emulator comes back with everything deployed, and cars go on", func(t *testing.T) {
		vin := l.vehicle(2)
		r := l.ride(vin)
		l.awaitSamples(vin, 10)
		l.kill("emulator")
		l.awaitLog("emulator ended (signal: killed)")
		r.finish()
		l.awaitLog("put cars on the allow-list again")
		l.awaitSamples(vin, 1)
		status, err := program(t.Context(), l.env, "localcloud", "status").CombinedOutput()
		require.NoError(t, err, string(status))
		assert.Contains(t, string(status), "Running")
	})

	t.Run("a second up uses the running platform", func(t *testing.T) {
		out, err := program(t.Context(), l.env, "localcloud", "up").CombinedOutput()
		require.NoError(t, err, string(out))
		assert.Contains(t, string(out), "Already running")
	})
}

// TestAKilledPlatformBlocksNothing: the platform's main process is killed and leaves its children running; the next start must work.
func TestAKilledPlatformBlocksNothing(t *testing.T) {
	l := startLocal(t)
	var holder struct{ PID int }
	b, err := os.ReadFile(filepath.Join(l.dir, "lock"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &holder))
	require.NoError(t, syscall.Kill(holder.PID, syscall.SIGKILL))
	require.Eventually(t, func() bool {
		out, err := program(t.Context(), l.env, "localcloud", "status").CombinedOutput()
		return err == nil && strings.Contains(string(out), "Not running")
	}, 10*time.Second, 50*time.Millisecond)
	out, err := program(t.Context(), l.env, "localcloud", "up").CombinedOutput()
	require.NoError(t, err, string(out))
	l.ride(l.vehicle(0)).finish()
}
