// Package gateway is a device gateway that behaves like that of AWS IoT Core: MQTT 3.1.1 and 5 over mutual TLS, just-in-time registration,
// policies, topic rules with their actions, and the IoT data API over HTTP. It reads certificates, policies and rules from the control
// plane of AWS IoT or of an emulator.
package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"path/filepath"
	"reflect"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"golang.org/x/time/rate"

	"connectedcar/internal/twin/iot/gateway/actions"
	"connectedcar/internal/twin/iot/gateway/registry"
	"connectedcar/internal/twin/iot/gateway/rules"
	"connectedcar/internal/twin/iot/gateway/shadow"
	"connectedcar/internal/twin/iot/mqtt/broker"
	"connectedcar/internal/twin/iot/mqtt/disk"
	"connectedcar/internal/twin/iot/mqtt/packet"
	"connectedcar/internal/twin/iot/policy"
	"connectedcar/internal/twin/iot/sql"
)

// ActionBuilder compiles the actions of rules.
type ActionBuilder interface {
	Build(*sql.Statement, types.Action) (actions.Action, error)
}

// Config configures a gateway. Fields without a default are required.
type Config struct {
	Source  registry.Source
	Account string // account id, 12 digits
	Region  string
	// Actions makes the builder of rule actions. The argument publishes the messages of republish actions.
	Actions func(actions.Republisher) ActionBuilder
	// State is the folder for device shadows, sessions and retained messages. Default: they are only in memory.
	State string
	// Sync writes the state to the disk before the change is acknowledged, so that it survives a crash of the machine and not only of the
	// program.
	Sync bool
	// Callers knows the keys of callers who sign requests. Default: no keys, and therefore no MQTT over WebSocket.
	Callers Callers
	// Jobs stores the executions of jobs. Default: requests for jobs get no response.
	Jobs Jobs
	// RequireSignatures refuses calls of the data API that are not signed with a known key.
	RequireSignatures bool
	// Services are called by SQL functions. Default: only get_thing_shadow works.
	Services sql.Services
	// Server is the certificate that the gateway presents to devices.
	Server tls.Certificate
	// Devices is the listener for devices: TCP without TLS, because the gateway does the handshake. Close closes it.
	Devices net.Listener
	// RelaxSNI lets clients on this machine connect without a server name, because clients that connect to an IP address cannot send one.
	RelaxSNI bool
	// Poll is the interval between two reads of the registry. Default: 500 ms.
	Poll time.Duration
	// PublishRate is the largest number of messages per second of a connection. Default 0: no limit.
	PublishRate int
	// ConnectRate is the largest number of connects per second. Default 0: no limit.
	ConnectRate int
	// SessionExpiry is the time for which persistent sessions are kept after a disconnect. Default: 1 h.
	SessionExpiry time.Duration
	Log           *slog.Logger
	Health        *Health
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

const (
	defaultPoll          = 500 * time.Millisecond
	defaultSessionExpiry = time.Hour
)

// Gateway is a running device gateway.
type Gateway struct {
	config        Config
	log           *slog.Logger
	registry      *registry.Registry
	engine        *rules.Engine
	broker        *broker.Broker
	store         *disk.Store // nil: only in memory
	arns          policy.ARNs
	shadows       *shadow.Store
	metrics       *metrics
	registrations registrations
	connects      *rate.Limiter
	refusals      refusals
	versions      versions
	listeners     listeners

	ending   context.Context // ends when the gateway closes
	end      context.CancelFunc
	work     context.Context // ends when the time for running actions is over
	abort    context.CancelFunc
	working  workers
	watching sync.WaitGroup
	devices  *deviceListener

	mu       sync.Mutex
	sessions map[string]*session // by client id
}

// Start makes a gateway, reads the registry, and serves until Close. It fails on invalid state files or if the registry cannot be read.
func Start(ctx context.Context, c Config) (*Gateway, error) {
	if c.Poll == 0 {
		c.Poll = defaultPoll
	}
	if c.SessionExpiry == 0 {
		c.SessionExpiry = defaultSessionExpiry
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	g := &Gateway{
		config: c, log: c.Log, arns: policy.ARNs{Region: c.Region, Account: c.Account}, metrics: newMetrics(),
		connects: perSecond(c.ConnectRate), sessions: map[string]*session{},
	}
	g.ending, g.end = context.WithCancel(context.Background())
	g.work, g.abort = context.WithCancel(context.Background())
	var err error
	g.registry, err = registry.New(ctx, c.Source, func(err error) { c.Health.Report(RegistryService, err) })
	if err != nil {
		return nil, err
	}
	if err := g.open(); err != nil {
		return nil, err
	}
	c.Services.ThingShadow = g.thingShadow
	g.engine = rules.New(c.Actions(g.republish), c.Services, c.Log, g.metrics.engineCounter())
	g.engine.Set(g.registry.Current().Rules)
	if err := g.serve(); err != nil {
		return nil, err
	}
	g.watching.Go(g.watchJobs)
	g.watching.Go(func() { g.registry.Watch(g.ending, c.Poll, g.follower()) })
	return g, nil
}

func (g *Gateway) now() time.Time { return g.config.Now() }

// Limits of the queues for clients that are disconnected or slow.
const (
	queueBytes  = 8 << 20 // per client
	memoryBytes = 96 << 20
	writeTime   = 5 * time.Second // a client that reads nothing for that long is disconnected
)

// open opens the stores in the state folder.
func (g *Gateway) open() error {
	folder := func(name string) string {
		if g.config.State == "" {
			return ""
		}
		return filepath.Join(g.config.State, name)
	}
	var err error
	if g.shadows, err = shadow.Open(folder("shadows"), g.config.Sync); err != nil || g.config.State == "" {
		return err
	}
	g.store, err = disk.Open(folder("sessions.db"), g.config.Sync, broker.Buckets...)
	return err
}

func (g *Gateway) serve() error {
	g.broker = broker.New(broker.Config{
		Accept: g.accept, MaximumPacket: maxPacket, ReceiveMaximum: receiveMaximum, TopicAliases: maxTopicAlias,
		SessionExpiry: g.config.SessionExpiry, QueueBytes: queueBytes, MemoryBytes: memoryBytes, WriteTime: writeTime, Store: g.store,
		Counts: broker.Counts{Dropped: g.queueFull, Slow: g.slowClient, Refused: func(c *broker.Client, err error) { g.refused(c.Conn().RemoteAddr(), err) }},
	})
	if err := g.broker.Restore(g.now()); err != nil {
		return errors.Join(fmt.Errorf("restore sessions from %s: %w", g.config.State, err), g.store.Close())
	}
	g.metrics.watch(g.broker)
	g.devices = newDeviceListener(g, g.config.Devices, g.config.Server)
	g.watching.Go(g.devices.serve)
	return nil
}

// queueFull counts a message that was dropped because the subscriber's queue was full.
func (g *Gateway) queueFull(clientID string) {
	g.metrics.queueDropped.Inc()
	if g.refusals.first("queue "+clientID, g.now()) {
		g.log.Warn("message dropped: its subscriber's queue is full", "client_id", clientID)
	}
}

func (g *Gateway) slowClient(clientID string) {
	g.metrics.slow.Inc()
	g.log.Warn("connection ended: the client takes nothing", "client_id", clientID, "seconds", int(writeTime/time.Second))
}

// maxPacket is the largest packet that clients may send, with topic and properties: 149,504 bytes as in AWS.
const maxPacket = maxPayload + 18<<10

// follower applies each new snapshot of the registry.
func (g *Gateway) follower() func(*registry.Snapshot) {
	last := g.registry.Current()
	return func(s *registry.Snapshot) {
		policies := !samePolicies(last, s)
		last = s
		for _, x := range g.allSessions() {
			g.apply(s, x, policies)
		}
		// The rules are set after the sessions are updated. If certificates and rules disappear together, as when an emulator lost its
		// state, a message of a session that is about to end must not be acknowledged for lack of a rule.
		g.engine.Set(s.Rules)
	}
}

func samePolicies(a, b *registry.Snapshot) bool {
	return maps.Equal(a.Policies, b.Policies) && reflect.DeepEqual(a.Attached, b.Attached) && reflect.DeepEqual(a.Groups, b.Groups)
}

// apply ends the session if its certificate is not active, and otherwise sets its new policies.
func (g *Gateway) apply(snapshot *registry.Snapshot, s *session, policies bool) {
	if s.connectedAt.After(snapshot.At) {
		return // the session used a newer snapshot
	}
	if s.identity.signer == nil && !g.stillActive(snapshot, s) {
		s.client.End(packet.AdministrativeAction)
		return
	}
	if policies {
		s.setPolicies(snapshot)
	}
}

func (g *Gateway) stillActive(snapshot *registry.Snapshot, s *session) bool {
	c, ok := snapshot.Certificates[s.identity.certificate.ID]
	if ok && c.Status == registry.Active {
		return true
	}
	status := c.Status
	if !ok {
		status = "deleted"
	}
	g.log.Warn("session ended: its certificate is not active any more", "client_id", s.clientID, "certificate_id", s.identity.certificate.ID, "status", status)
	return false
}

func (g *Gateway) allSessions() []*session {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := make([]*session, 0, len(g.sessions))
	for _, s := range g.sessions {
		out = append(out, s)
	}
	return out
}

// Close ends the gateway: it accepts no new connections and finishes the running actions while the context lasts. Then it notifies and
// disconnects the clients. Unfinished messages stay unacknowledged.
func (g *Gateway) Close(ctx context.Context) {
	g.end()
	g.devices.stop()
	select {
	case <-g.working.finish():
	case <-ctx.Done():
	}
	g.abort()
	g.broker.Close()
	g.devices.wait()
	g.watching.Wait()
	if g.store != nil {
		if err := g.store.Close(); err != nil {
			g.log.Error("close the sessions' file", "error", err)
		}
	}
}
