package gateway_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/twin/iot/gateway"
	"connectedcar/internal/twin/iot/gateway/actions"
	"connectedcar/internal/twin/iot/gateway/registry"
	"connectedcar/internal/twin/iot/gateway/servercert"
)

// world is a gateway with a certificate authority, whose cars may do everything under their own name.
type world struct {
	t        testing.TB
	registry *memory
	sinks    *sinks
	gateway  *gateway.Gateway
	address  string
	trust    string // path of the CA certificate that signed the gateway's certificate
	roots    *x509.CertPool
	issuer   pki.Pair
	ca       registry.CA
	log      *logbook
	began    time.Time
	version  byte // MQTT version, for checks that run with both
}

// carPolicy is the policy of the tests' cars.
const carPolicy = `{"Version":"2012-10-17","Statement":[
 {"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:eu-central-1:000000000000:client/${iot:Connection.Thing.ThingName}",
  "Condition":{"Bool":{"iot:Connection.Thing.IsAttached":"true"}}},
 {"Effect":"Allow","Action":["iot:Publish","iot:RetainPublish","iot:Receive"],"Resource":[
  "arn:aws:iot:eu-central-1:000000000000:topic/dt/cars/${iot:Connection.Thing.ThingName}/*",
  "arn:aws:iot:eu-central-1:000000000000:topic/cmd/cars/${iot:Connection.Thing.ThingName}/*",
  "arn:aws:iot:eu-central-1:000000000000:topic/$aws/rules/*",
  "arn:aws:iot:eu-central-1:000000000000:topic/$aws/things/${iot:Connection.Thing.ThingName}/shadow/*"]},
 {"Effect":"Allow","Action":"iot:Subscribe","Resource":[
  "arn:aws:iot:eu-central-1:000000000000:topicfilter/dt/cars/${iot:Connection.Thing.ThingName}/*",
  "arn:aws:iot:eu-central-1:000000000000:topicfilter/cmd/cars/${iot:Connection.Thing.ThingName}/*",
  "arn:aws:iot:eu-central-1:000000000000:topicfilter/$aws/things/${iot:Connection.Thing.ThingName}/shadow/*"]}
]}`

// logbook records the gateway's log.
type logbook struct {
	mu    sync.Mutex
	lines []string
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(b))
	if testing.Verbose() {
		return os.Stderr.Write(b)
	}
	return len(b), nil
}

func (l *logbook) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out string
	for _, s := range l.lines {
		out += s
	}
	return out
}

func newWorld(t testing.TB, change ...func(*gateway.Config)) *world {
	t.Helper()
	root, err := pki.NewRoot("Acme", time.Now())
	require.NoError(t, err)
	issuer, err := pki.NewIntermediate(root, "Acme", time.Now())
	require.NoError(t, err)
	w := &world{t: t, registry: newMemory(), sinks: &sinks{}, issuer: issuer, log: &logbook{}, version: 5}
	w.ca = w.registry.addCA(issuer)
	w.registry.setPolicy(t, "car", carPolicy)
	w.start(change...)
	return w
}

func (w *world) start(change ...func(*gateway.Config)) {
	w.t.Helper()
	server, trust, err := servercert.Ensure(w.t.TempDir(), []string{"localhost", "127.0.0.1"}, time.Now())
	require.NoError(w.t, err)
	w.trust = trust
	pem, err := os.ReadFile(trust)
	require.NoError(w.t, err)
	w.roots = x509.NewCertPool()
	w.roots.AppendCertsFromPEM(pem)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(w.t, err)
	log := slog.New(slog.NewTextHandler(w.log, nil))
	c := gateway.Config{
		Source: w.registry, Account: account, Region: region, Server: server, Devices: l, Poll: 10 * time.Millisecond,
		Actions: func(actions.Republisher) gateway.ActionBuilder { return w.sinks }, Log: log, Health: gateway.NewHealth(log),
	}
	for _, f := range change {
		f(&c)
	}
	w.gateway, err = gateway.Start(context.Background(), c)
	require.NoError(w.t, err)
	w.address = l.Addr().String()
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		w.gateway.Close(ctx)
	})
}

// car makes a certificate for a car that is not in the registry.
func (w *world) car(name string) pki.Pair {
	w.t.Helper()
	p, err := pki.NewCar(w.issuer, name, 30, time.Now())
	require.NoError(w.t, err)
	return p
}

// attempt connects with the certificate: TLS handshake and CONNECT.
func (w *world) attempt(car pki.Pair, version byte, clientID string, options ...connectOption) (*device, packets.Packet, error) {
	w.t.Helper()
	conn, err := dial(w.t, w.address, "localhost", w.roots, car, w.issuer)
	if err != nil {
		return nil, packets.Packet{}, err
	}
	return connect(w.t, conn, version, clientID, options...)
}

// joined returns a registered and connected car.
func (w *world) joined(version byte, name string, options ...connectOption) *device {
	w.t.Helper()
	car := w.car(name)
	w.registry.provision(car, w.ca, name, "car")
	d, ack, err := w.attempt(car, version, name, options...)
	require.NoError(w.t, err)
	require.Equal(w.t, byte(0), ack.ReasonCode)
	return d
}

// addRule deploys a rule and waits until the gateway runs it.
func (w *world) addRule(r registry.Rule) {
	w.t.Helper()
	w.registry.do(func() { w.registry.rules[r.Name] = r })
	w.eventually(func() bool { return w.gateway.HasRule(r.Name) }, "the gateway loads rule %s", r.Name)
}

func (w *world) eventually(ok func() bool, what string, args ...any) {
	w.t.Helper()
	require.Eventuallyf(w.t, ok, patience, 2*time.Millisecond, what, args...)
}

// next returns the sink's next message, with its output decoded.
func (w *world) next(sinkID string) (actions.Invocation, map[string]any) {
	w.t.Helper()
	select {
	case in := <-w.sinks.sink(sinkID).got:
		var out map[string]any
		require.NoError(w.t, json.Unmarshal(in.Output, &out), string(in.Output))
		return in, out
	case <-time.After(patience):
		require.FailNow(w.t, "no message came to "+sinkID)
		return actions.Invocation{}, nil
	}
}

// metrics returns the gateway's metrics in the Prometheus format.
func (w *world) metrics() string {
	w.t.Helper()
	r := httptest.NewRecorder()
	w.gateway.Handler().ServeHTTP(r, httptest.NewRequest(http.MethodGet, "http://localhost/metrics", nil))
	return r.Body.String()
}

// drain returns the log lines since the last call.
func (l *logbook) drain() string {
	out := l.text()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = nil
	return out
}
