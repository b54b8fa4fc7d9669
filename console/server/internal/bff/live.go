package bff

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"connectedcar/internal/domain/session"
)

// Pace sets the speed of live updates.
type Pace struct {
	State     time.Duration // between two looks at a car's state
	Slow      time.Duration // between two looks at anything else
	Heartbeat time.Duration // of a stream with nothing to tell: proxies close silent connections after 60 s (nginx, proxy_read_timeout)
	Write     time.Duration // for the browser to take an update; after that the stream is cut
	Check     time.Duration // between two looks whether the session goes on
}

// DefaultPace keeps a car's page a second behind the car.
var DefaultPace = Pace{State: time.Second, Slow: 3 * time.Second, Heartbeat: 15 * time.Second, Write: 10 * time.Second, Check: 15 * time.Second}

// maxWatches and maxStreams bound what one stream and one session watch.
const (
	maxWatches = 50
	maxStreams = 6
)

// streams counts the open streams of each session.
type streams struct {
	mu    sync.Mutex
	open  map[string]int
	ended chan struct{} // closed when the server drains
}

// enter counts one more stream of the session; false if it has too many.
func (s *streams) enter(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[string]int{}
	}
	if s.open[id] >= maxStreams {
		return false
	}
	s.open[id]++
	return true
}

func (s *streams) leave(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[id]--; s.open[id] <= 0 {
		delete(s.open, id)
	}
}

// live sends updates of what the query names, as server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html). Each is read from the API with the person's own token, so that the
// API decides who sees what, and a stream can show nobody more than the pages do.
func (s *server) live(w http.ResponseWriter, r *http.Request) {
	watches, err := parseWatches(r.URL.Query()["watch"])
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error())
		return
	}
	st, err := s.current(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if s.draining.Load() {
		w.Header().Set("Retry-After", "1")
		problem(w, http.StatusServiceUnavailable, "this instance is about to stop")
		return
	}
	if !s.streams.enter(st.ID) {
		slowDown(w)
		return
	}
	defer s.streams.leave(st.ID)
	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	stream := &stream{server: s, id: st.ID, out: w, watches: watches, board: newBoard(len(watches), seenBefore(r.Header.Get("Last-Event-ID"), len(watches)))}
	for n, watch := range watches {
		go stream.follow(ctx, n, watch)
	}
	stream.send(ctx)
}

// stream is one open stream.
type stream struct {
	*server
	id      string // of the session
	out     http.ResponseWriter
	watches []watch
	board   *board
}

// send writes what changes until the browser goes, the session ends or the server drains.
func (s *stream) send(ctx context.Context) {
	h := s.out.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")                                   // nginx hands updates on at once
	_ = http.NewResponseController(s.out).SetReadDeadline(time.Time{}) // the server's would end the stream: https://go.dev/issue/16100
	s.out.WriteHeader(http.StatusOK)
	if !s.write(ctx, "retry: 2000\n\n") {
		return
	}
	heartbeat, check := time.NewTicker(s.Live.Heartbeat), time.NewTicker(s.Live.Check)
	defer heartbeat.Stop()
	defer check.Stop()
	for {
		ok := true
		select {
		case <-ctx.Done():
			return
		case <-s.streams.ended:
			s.write(ctx, "event: reconnect\ndata: {}\n\n")
			return
		case <-heartbeat.C:
			ok = s.write(ctx, "event: heartbeat\ndata: {}\n\n")
		case <-check.C:
			ok = s.goesOn(ctx)
		case <-s.board.changed:
			ok = s.sendChanges(ctx)
			heartbeat.Reset(s.Live.Heartbeat)
		}
		if !ok {
			return
		}
	}
}

func (s *stream) sendChanges(ctx context.Context) bool {
	for n, update := range s.board.take() {
		if update == nil {
			continue
		}
		data, err := json.Marshal(struct {
			Watch  string          `json:"watch"`
			Status int             `json:"status"`
			Body   json.RawMessage `json:"body"`
		}{s.watches[n].name, update.status, update.body})
		if err != nil {
			s.Log.WarnContext(ctx, "send an update", "error", err)
			continue
		}
		if !s.write(ctx, fmt.Sprintf("id: %s\nevent: update\ndata: %s\n\n", s.board.eventID(n, update), data)) {
			return false
		}
		s.metrics.updates.Inc()
	}
	return true
}

// goesOn ends the stream with its session: after a sign-out elsewhere, or when nobody used the pages for long. The stream itself is no use
// of them.
func (s *stream) goesOn(ctx context.Context) bool {
	if _, err := s.find(ctx, s.id); errors.Is(err, session.ErrEnded) {
		s.write(ctx, "event: ended\ndata: {}\n\n")
		return false
	}
	return true
}

// write sends text at once. A browser that does not take it in time is cut off, instead of what it misses being kept for it.
func (s *stream) write(ctx context.Context, text string) bool {
	c := http.NewResponseController(s.out)
	_ = c.SetWriteDeadline(time.Now().Add(s.Live.Write)) // deadlines of connections are by the clock of the machine
	_, err := s.out.Write([]byte(text))
	if err == nil {
		err = c.Flush()
	}
	if err != nil && ctx.Err() == nil {
		s.metrics.cut.Inc()
	}
	return err == nil
}

// follow looks at one thing again and again until the context ends, or the API says that it is not there for this person.
func (s *stream) follow(ctx context.Context, n int, w watch) {
	pace := max(w.pace(s.Live), time.Duration(len(s.watches))*s.Live.State/4) // many cars share what one session may ask
	for wait := pace; ; {
		status, body, retry := s.look(ctx, w)
		if ctx.Err() != nil {
			return
		}
		s.board.put(n, status, body)
		switch {
		case status == http.StatusForbidden || status == http.StatusNotFound:
			return
		case retry:
			wait = min(2*wait, time.Minute)
		default:
			wait = pace
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// look asks the API once.
func (s *stream) look(ctx context.Context, w watch) (status int, body []byte, retry bool) {
	if err := s.limits.polls.of(s.id).Wait(ctx); err != nil {
		return 0, nil, true
	}
	st, err := s.find(ctx, s.id)
	if err != nil {
		return http.StatusUnauthorized, nil, true
	}
	resp, err := s.ask(ctx, st, http.MethodGet, w.path, nil, http.Header{"Accept": {"application/json"}})
	switch {
	case errors.Is(err, session.ErrEnded):
		return http.StatusUnauthorized, nil, true
	case err != nil:
		return http.StatusBadGateway, nil, true
	case resp.status != http.StatusOK:
		return resp.status, nil, true
	}
	return resp.status, resp.body, false
}
