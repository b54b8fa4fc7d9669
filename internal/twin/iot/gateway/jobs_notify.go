package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"connectedcar/internal/twin/iot/gateway/jobs"
)

const (
	// jobsPoll is the interval in which the executions of things are read whose devices listen for them: an emulator's control plane
	// tells nobody of new jobs.
	jobsPoll = time.Second
	// jobsParallel bounds those reads at one time.
	jobsParallel = 16
)

// notified is what listeners of a thing's jobs know.
type notified struct {
	mu    sync.Mutex // held while the thing's executions are read, so that each change is told once
	known bool       // what follows was read
	list  string     // ids of the jobs that are not over
	next  string     // id of the first of them
}

// listeners are the things whose jobs are listened for.
type listeners struct {
	mu     sync.Mutex
	things map[string]*notified
}

// of returns the thing's, which is made if need be.
func (l *listeners) of(thing string) *notified {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.things == nil {
		l.things = map[string]*notified{}
	}
	n := l.things[thing]
	if n == nil {
		n = &notified{}
		l.things[thing] = n
	}
	return n
}

// keep forgets other things.
func (l *listeners) keep(wanted map[string]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for thing := range l.things {
		if !wanted[thing] {
			delete(l.things, thing)
		}
	}
}

// jobsListenedFor is the thing whose notifications the filter asks for.
func jobsListenedFor(filter string) (thing string, ok bool) {
	rest, ok := strings.CutPrefix(filter, thingTopics)
	levels := strings.Split(rest, "/")
	if !ok || len(levels) < 3 || levels[1] != "jobs" || strings.ContainsAny(levels[0], "+#") {
		return "", false
	}
	switch levels[2] {
	case "notify", "notify-next", "#", "+":
		return levels[0], len(levels) == 3
	}
	return "", false
}

// listenForJobs remembers the things whose notifications the session subscribes to, with the executions that are there already.
func (s *session) listenForJobs(filter string) {
	thing, ok := jobsListenedFor(filter)
	if !ok || s.gateway.config.Jobs == nil {
		return
	}
	s.jobs.Store(thing, true)
	n := s.gateway.listeners.of(thing)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known {
		return
	}
	ctx, cancel := context.WithTimeout(s.gateway.work, maxLookup)
	defer cancel()
	pending, err := s.gateway.config.Jobs.Pending(ctx, thing)
	if err == nil {
		n.known = true
		n.list, n.next = summary(pending)
	}
}

// watchJobs tells listeners of changes until the gateway ends.
func (g *Gateway) watchJobs() {
	if g.config.Jobs == nil {
		return
	}
	tick := time.NewTicker(jobsPoll)
	defer tick.Stop()
	for {
		select {
		case <-g.ending.Done():
			return
		case <-tick.C:
		}
		wanted := map[string]bool{}
		for _, s := range g.allSessions() {
			s.jobs.Range(func(thing, _ any) bool {
				wanted[thing.(string)] = true
				return true
			})
		}
		g.listeners.keep(wanted)
		var reads errgroup.Group
		reads.SetLimit(jobsParallel)
		for thing := range wanted {
			reads.Go(func() error {
				g.notifyJobs(g.ending, thing)
				return nil
			})
		}
		_ = reads.Wait() // it tells of no errors
	}
}

// notifyJobs tells listeners of the thing's jobs where they changed.
// https://docs.aws.amazon.com/iot/latest/developerguide/jobs-comm-notifications.html
func (g *Gateway) notifyJobs(ctx context.Context, thing string) {
	n := g.listeners.of(thing)
	n.mu.Lock()
	defer n.mu.Unlock()
	pending, err := g.config.Jobs.Pending(ctx, thing)
	var rejected *jobs.Rejection
	if !errors.As(err, &rejected) { // one that refuses does answer
		g.config.Health.Report("IoT jobs", err)
	}
	if err != nil {
		return
	}
	list, next := summary(pending)
	changed, moved := n.known && list != n.list, n.known && next != n.next
	n.known, n.list, n.next = true, list, next
	prefix := thingTopics + thing + "/jobs/"
	if changed {
		g.announceJSON(g.work, prefix+"notify", jobs.Object{"timestamp": g.now().Unix(), "jobs": byStatus(pending)})
	}
	if !moved {
		return
	}
	answer, err := g.config.Jobs.Describe(ctx, thing, "$next", nil)
	if err != nil {
		g.log.Warn("read the next job", "thing", thing, "error", err)
		return
	}
	overMQTT(answer)
	answer["timestamp"] = g.now().Unix()
	g.announceJSON(g.work, prefix+"notify-next", answer)
}

// byStatus are the executions as a notification has them: statuses without one are left out.
func byStatus(pending jobs.Object) jobs.Object {
	out := jobs.Object{}
	for status, member := range map[string]string{"IN_PROGRESS": "inProgressJobs", "QUEUED": "queuedJobs"} {
		if list, _ := pending[member].([]any); len(list) > 0 {
			out[status] = list
		}
	}
	return out
}

// summary has the jobs that are not over, whatever their status, and the first of them: what is in progress, else what was queued first.
func summary(pending jobs.Object) (list, next string) {
	members := map[string]bool{}
	for _, member := range []string{"inProgressJobs", "queuedJobs"} {
		executions, _ := pending[member].([]any)
		for _, e := range executions {
			execution, _ := e.(jobs.Object)
			id, _ := execution["jobId"].(string)
			members[id] = true
			if next == "" {
				next = id
			}
		}
	}
	b, _ := json.Marshal(members) // texts always marshal, in order
	return string(b), next
}
