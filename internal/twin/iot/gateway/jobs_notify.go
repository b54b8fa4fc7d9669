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
	// jobsPoll is the interval between two reads of the executions of things whose devices subscribe to notifications: an emulator's
	// control plane sends no notice of new jobs.
	jobsPoll = time.Second
	// jobsParallel is the largest number of concurrent reads.
	jobsParallel = 16
)

// notified is the state of a thing's jobs that its device was last notified of.
type notified struct {
	mu    sync.Mutex // held while the executions are read, so that each change is notified once
	known bool       // list and next were read
	list  string     // ids of the unfinished jobs
	next  string     // id of the first unfinished job
}

// listeners holds the things whose devices subscribe to jobs notifications.
type listeners struct {
	mu     sync.Mutex
	things map[string]*notified
}

// of returns the thing's entry, and creates it if necessary.
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

// keep removes all things that are not in wanted.
func (l *listeners) keep(wanted map[string]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for thing := range l.things {
		if !wanted[thing] {
			delete(l.things, thing)
		}
	}
}

// jobsListenedFor returns the thing whose jobs notifications match the filter.
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

// listenForJobs records the things whose jobs notifications the session subscribes to, with their present executions, so that only later
// changes are notified.
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

// watchJobs notifies devices of changes to their jobs until the gateway ends.
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
		_ = reads.Wait() // the functions return no errors
	}
}

// notifyJobs notifies the thing's device if its jobs have changed.
// https://docs.aws.amazon.com/iot/latest/developerguide/jobs-comm-notifications.html
func (g *Gateway) notifyJobs(ctx context.Context, thing string) {
	n := g.listeners.of(thing)
	n.mu.Lock()
	defer n.mu.Unlock()
	pending, err := g.config.Jobs.Pending(ctx, thing)
	var rejected *jobs.Rejection
	if !errors.As(err, &rejected) { // a service that rejects the request is healthy
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

// byStatus groups the executions in the form of a notification, without empty groups.
func byStatus(pending jobs.Object) jobs.Object {
	out := jobs.Object{}
	for status, member := range map[string]string{"IN_PROGRESS": "inProgressJobs", "QUEUED": "queuedJobs"} {
		if list, _ := pending[member].([]any); len(list) > 0 {
			out[status] = list
		}
	}
	return out
}

// summary returns the ids of the unfinished jobs and the first of them: the one in progress, or else the one that was queued first.
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
	b, _ := json.Marshal(members) // cannot fail: texts always marshal, with sorted keys
	return string(b), next
}
