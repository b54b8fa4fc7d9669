package lambdas_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// atMost is the largest start time of a function, as a share of that of the Node.js process.
func atMost(name string) float64 {
	if name == "api" { // it parses the authorisation policies and the contract before its first request
		return 0.15
	}
	return 0.1
}

// node is the baseline: the start of a function on Node.js, with version 2 of AWS's SDK.
const node = `
const AWS = require('aws-sdk');
new AWS.DynamoDB.DocumentClient();
require('http').get('http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/next');
`

// BenchmarkStart measures the time from the start of a process to its request for the first event from the Lambda runtime, and its peak
// memory. It fails if a function exceeds atMost of the Node.js process's time in the same run.
func BenchmarkStart(b *testing.B) {
	api := newRuntimeAPI(b)
	medians := map[string]time.Duration{}
	measure := func(b *testing.B, name string, cmd func(context.Context) *exec.Cmd) {
		b.Run(name, func(b *testing.B) {
			var times []time.Duration
			var peak int64
			for b.Loop() {
				took, memory := api.start(b, cmd)
				times, peak = append(times, took), max(peak, memory)
			}
			slices.Sort(times)
			medians[name] = times[len(times)/2]
			b.ReportMetric(float64(medians[name].Microseconds())/1000, "median-ms")
			b.ReportMetric(float64(peak)/1024, "peak-MiB")
		})
	}
	for name, path := range build(b, runtime.GOARCH) {
		measure(b, name, func(ctx context.Context) *exec.Cmd { return exec.CommandContext(ctx, path) })
	}
	script := nodeScript(b)
	if script == "" {
		return
	}
	measure(b, "node-aws-sdk-2", func(ctx context.Context) *exec.Cmd { return exec.CommandContext(ctx, "node", script) })
	slow := medians["node-aws-sdk-2"]
	for name, took := range medians {
		if slow == 0 || took == slow {
			continue // this sub-benchmark was filtered out, or is the baseline
		}
		share := float64(took) / float64(slow)
		b.Logf("%s: %v, %.1f %% of Node's %v", name, took, 100*share, slow)
		if limit := atMost(name); share > limit {
			b.Errorf("%s takes %.0f %% of Node's time to start; allowed are %.0f %%", name, 100*share, 100*limit)
		}
	}
}

// TestEveryFunctionStarts checks that environment has every setting that a function reads: the benchmark is not part of the fast tests.
func TestEveryFunctionStarts(t *testing.T) {
	visit(t)
	api := newRuntimeAPI(t)
	for name, path := range build(t, runtime.GOARCH) {
		t.Run(name, func(t *testing.T) {
			_, peak := api.start(t, func(ctx context.Context) *exec.Cmd { return exec.CommandContext(ctx, path) })
			require.Positive(t, peak)
		})
	}
}

// nodeScript installs the baseline into a temporary directory; it returns "" if there is no Node.js or no package registry.
func nodeScript(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			b.Logf("no comparison with Node.js: %v", err)
			return ""
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "--loglevel=error", "aws-sdk@2")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		b.Logf("no comparison with Node.js: npm install aws-sdk@2: %v: %s", err, out)
		return ""
	}
	script := filepath.Join(dir, "start.js")
	require.NoError(b, os.WriteFile(script, []byte(node), 0o600))
	return script
}

// runtimeAPI is the part of the Lambda runtime API that a starting process uses: a request for the next event, which
// never comes.
type runtimeAPI struct {
	address string
	asked   chan time.Time
}

func newRuntimeAPI(b testing.TB) *runtimeAPI {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	api := &runtimeAPI{address: listener.Addr().String(), asked: make(chan time.Time, 1)}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/runtime/invocation/next") {
			select {
			case api.asked <- time.Now():
			default: // Node's client may repeat the request when its process ends
			}
		}
		<-r.Context().Done()
	})}
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			b.Error(err)
		}
	})
	b.Cleanup(func() {
		_ = server.Close()
		wait.Wait()
	})
	return api
}

// start runs a process until it requests its first event, kills it, and returns the time that this took and its peak memory in KiB.
func (a *runtimeAPI) start(b testing.TB, command func(context.Context) *exec.Cmd) (time.Duration, int64) {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := command(ctx)
	var output strings.Builder
	cmd.Env, cmd.Stdout, cmd.Stderr = environment(a.address), &output, &output
	started := time.Now()
	require.NoError(b, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case ready := <-a.asked:
		require.NoError(b, cmd.Process.Kill())
		<-ended
		usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		require.True(b, ok)
		return ready.Sub(started), usage.Maxrss
	case err := <-ended:
		b.Fatalf("%s ended before it was ready: %v: %s", cmd.Path, err, output.String())
	}
	return 0, 0
}

// environment returns the environment variables that the functions need to start.
func environment(api string) []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir(), "AWS_LAMBDA_RUNTIME_API=" + api, "AWS_LAMBDA_FUNCTION_NAME=start",
		"AWS_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE=1",
		"TELEMETRY_RETENTION=336h", "CONNECTIVITY_GRACE=15m", "CERTIFICATE_LIFETIME=720h", "CERTIFICATE_AUTHORITIES={}", "MANUFACTURER_WMIS={}", `TEXT_COUNTRIES={"+":1}`, "ROLE_MAPPINGS={}",
		"ALERT_TOPICS={}", "LAKE_NESTED=false", "CONSOLE_URL=https://console.example.com",
		"USER_POOL_ID=eu-central-1_Start", "TOKEN_USE=access",
	}
	for _, name := range []string{
		"DIAGNOSTICS_TABLE", "TRIPS_TABLE", "PRESENCE_QUEUE_URL", "TRIP_QUEUE_URL",
		"VEHICLES_TABLE", "CERTIFICATES_TABLE", "ALERTS_TABLE", "VEHICLE_STATE_TABLE", "TELEMETRY_TABLE", "FAILURE_QUEUE_URL",
		"DEVICE_POLICIES", "THING_TYPE", "GRANTS_TABLE", "PREFERENCES_TABLE", "APPLICATION", "IOT_ARN", "SCHEDULE_GROUP",
		"SCHEDULE_ROLE", "HEALTH_REPORTS_TABLE", "COMMANDS_TABLE", "ONE_TIME_TABLE", "IDENTITY_POOL_ID", "USER_POOL_CLIENT_IDS",
		"TELEMETRY_STREAM", "DELIVERY_QUEUE_URL", "EVENT_BUS",
	} {
		env = append(env, fmt.Sprintf("%s=%s", name, strings.ToLower(name)))
	}
	return env
}
