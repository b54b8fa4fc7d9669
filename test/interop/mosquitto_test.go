//go:build integration

package interop

import (
	"bufio"
	"context"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// protocols are the MQTT versions that the gateway supports, as options of mosquitto's clients.
var protocols = []string{"mqttv311", "mqttv5"}

// mosquitto is a command of Debian's mosquitto clients with the car's certificate. It is killed after patience.
func (c car) mosquitto(t *testing.T, program, protocol string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed: apt-get install mosquitto-clients", program)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, path, append([]string{
		"-h", local.MQTT.Host, "-p", strconv.Itoa(local.MQTT.Port), "--cafile", local.MQTT.ServerCA,
		"--cert", c.certificate, "--key", c.key, "-i", c.vin, "-V", protocol, "-q", "1", "-d",
	}, args...)...)
}

func TestMosquittoPublishesTelemetryThatIsStored(t *testing.T) {
	c := registered(t, 0)
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			payload, speed := sample(t)
			out, err := c.mosquitto(t, "mosquitto_pub", protocol, "-t", c.app.Topic(c.vin, "telemetry"), "-m", payload).CombinedOutput()
			require.NoError(t, err, string(out))
			assert.Contains(t, string(out), "received PUBACK")
			c.requireStored(t, speed)
		})
	}
}

func TestMosquittoReceivesItsCommands(t *testing.T) {
	c := registered(t, 0)
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			sub := c.mosquitto(t, "mosquitto_sub", protocol, "-t", c.app.CommandRequest(c.vin, "+"), "-C", "1")
			lines := follow(t, sub)
			require.True(t, lines.until("Subscribed"), "mosquitto_sub told:\n%s", lines.told())
			command(t, c.app.CommandRequest(c.vin, "lock-"+protocol), `{"lock":true}`)
			require.True(t, lines.until(`{"lock":true}`), "mosquitto_sub told:\n%s", lines.told())
			lines.drain()
			require.NoError(t, sub.Wait(), lines.told())
		})
	}
}

func TestMosquittoIsDisconnectedWhereItMayNotBe(t *testing.T) {
	c, other := registered(t, 0), local.Vehicles[1]
	for _, protocol := range protocols {
		t.Run("publishing as another car, "+protocol, func(t *testing.T) {
			out, err := c.mosquitto(t, "mosquitto_pub", protocol, "-t", c.app.Topic(other, "telemetry"), "-m", "{}").CombinedOutput()
			var failed *exec.ExitError
			require.ErrorAs(t, err, &failed, string(out))
			assert.Positive(t, failed.ExitCode(), "killed by the deadline instead of disconnected: %s", out)
			assert.Contains(t, string(out), "received CONNACK (0)")
			assert.NotContains(t, string(out), "received PUBACK")
			if protocol == "mqttv5" {
				assert.Contains(t, string(out), "Received DISCONNECT (135)", "not authorized")
			}
		})
		t.Run("subscribing to another car's commands, "+protocol, func(t *testing.T) {
			// In MQTT 3.1.1 a server cannot send DISCONNECT: mosquitto_sub reconnects and is disconnected again until the time of its
			// option -W is over.
			out, _ := c.mosquitto(t, "mosquitto_sub", protocol, "-t", c.app.CommandRequest(other, "+"), "-W", "3").CombinedOutput()
			assert.Contains(t, string(out), "sending SUBSCRIBE")
			assert.NotContains(t, string(out), "received SUBACK")
			if protocol == "mqttv5" {
				assert.Contains(t, string(out), "Received DISCONNECT (135)", "not authorized")
			} else {
				assert.Greater(t, strings.Count(string(out), "received CONNACK (0)"), 1, "it was not thrown out: %s", out)
			}
		})
	}
}

// following reads the output of a running program line by line.
type following struct {
	lines *bufio.Scanner
	seen  []string
}

// follow starts the program with unbuffered output and reads its lines.
func follow(t *testing.T, cmd *exec.Cmd) *following {
	t.Helper()
	if stdbuf, err := exec.LookPath("stdbuf"); err == nil {
		cmd.Args = append([]string{stdbuf, "-oL", cmd.Path}, cmd.Args[1:]...)
		cmd.Path = stdbuf
	}
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return &following{lines: bufio.NewScanner(out)}
}

// until reads up to the line with that text. It returns false if the program ended before, for example at its deadline.
func (f *following) until(text string) bool {
	for f.lines.Scan() {
		f.seen = append(f.seen, f.lines.Text())
		if strings.Contains(f.lines.Text(), text) {
			return true
		}
	}
	return false
}

func (f *following) drain() {
	for f.lines.Scan() {
		f.seen = append(f.seen, f.lines.Text())
	}
}

func (f *following) told() string { return strings.Join(f.seen, "\n") }
