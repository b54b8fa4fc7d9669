package gateway

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// opened registers a connected session.
func (g *Gateway) opened(s *session) {
	s.version = g.versions.next(s.clientID)
	g.mu.Lock()
	g.sessions[s.clientID] = s
	g.mu.Unlock()
	g.metrics.connected.Inc()
	g.log.Info("client connected", "client_id", s.clientID, "principal", s.identity.name(),
		"source_ip", s.identity.sourceIP, "mqtt_version", byte(s.client.Version()))
	for _, f := range s.client.Filters() { // filters of a resumed session
		s.listenForJobs(f)
	}
	s.announceConnected()
}

// closed removes a session.
func (g *Gateway) closed(s *session, cause error) {
	close(s.ended)
	g.mu.Lock()
	if g.sessions[s.clientID] == s {
		delete(g.sessions, s.clientID)
	}
	g.mu.Unlock()
	g.metrics.connected.Dec()
	reason := disconnectReason(cause)
	g.log.Info("client disconnected", "client_id", s.clientID, "reason", reason)
	s.announceDisconnected(reason)
}

// refusals remembers logged refusals, so that a client that retries forever does not fill the log.
type refusals struct {
	mu     sync.Mutex
	logged map[string]time.Time
}

// A refusal is logged again after logAgain. The number of remembered refusals is bounded.
const (
	logAgain    = 5 * time.Minute
	maxRefusals = 10_000
)

func (r *refusals) first(what string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at, ok := r.logged[what]; ok && now.Sub(at) < logAgain {
		return false
	}
	if r.logged == nil || len(r.logged) >= maxRefusals {
		r.logged = map[string]time.Time{}
	}
	r.logged[what] = now
	return true
}

// refused logs the reason for a refused connection, once per address and reason.
func (g *Gateway) refused(remote net.Addr, err error) {
	if errors.Is(err, errPending) && err == errPending { // if it is joined with a failure, it is logged
		return
	}
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return // a port check that sent no data
	}
	g.metrics.refused.Inc()
	ip := addressOf(remote).String()
	if g.refusals.first(ip+" "+err.Error(), g.now()) {
		g.log.Warn("connection refused", "source_ip", ip, "reason", err)
	}
}
