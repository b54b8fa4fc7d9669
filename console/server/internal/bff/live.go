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

// Pace sets the intervals and time limits of live updates.
type Pace struct {
	State     time.Duration // between two polls of a car's state
	Slow      time.Duration // between two polls of any other resource
	Heartbeat time.Duration // of an idle stream: proxies close silent connections after 60 s (nginx, proxy_read_timeout)
	Write     time.Duration // for sending an update; a slower browser is disconnected
	Check     time.Duration // between two checks of the session
}

// DefaultPace updates a car's page about one second after the car's state changes.
var DefaultPace = Pace{State: time.Second, Slow: 3 * time.Second, Heartbeat: 15 * time.Second, Write: 10 * time.Second, Check: 15 * time.Second}

// maxWatches and maxStreams limit the watched resources of a stream and the streams of a session.
const (
	maxWatches = 50
	maxStreams = 6
)

// streams counts the open streams of each session.
type streams struct {
	mu    sync.Mutex
	open  map[string]int
	ended chan struct{} // closed when the server shuts down
}

// enter counts one more stream of the session. It returns false if the session has reached its limit.
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

// live sends updates of the resources in the query as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
// Each resource is read from the API with the user's own token, so that the API authorizes every read and a stream never shows more than
// the pages do.
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

// stream is one open live stream.
type stream struct {
	*server
	id      string // of the session
	out     http.ResponseWriter
	watches []watch
	board   *board
}

// send writes updates until the browser disconnects, the session ends or the server shuts down.
func (s *stream) send(ctx context.Context) {
	h := s.out.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")                                   // nginx forwards updates without buffering
	_ = http.NewResponseController(s.out).SetReadDeadline(time.Time{}) // the server's read deadline would end the stream: https://go.dev/issue/16100
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

// goesOn reports whether the session still exists: it ends after a sign-out elsewhere, or when it is idle for too long. The stream itself
// does not count as activity.
func (s *stream) goesOn(ctx context.Context) bool {
	if _, err := s.find(ctx, s.id); errors.Is(err, session.ErrEnded) {
		s.write(ctx, "event: ended\ndata: {}\n\n")
		return false
	}
	return true
}

// write sends text at once. A browser that does not read it within the time limit is disconnected, so that no updates are buffered for it.
func (s *stream) write(ctx context.Context, text string) bool {
	c := http.NewResponseController(s.out)
	_ = c.SetWriteDeadline(time.Now().Add(s.Live.Write)) // a connection deadline always uses the real clock
	_, err := s.out.Write([]byte(text))
	if err == nil {
		err = c.Flush()
	}
	if err != nil && ctx.Err() == nil {
		s.metrics.cut.Inc()
	}
	return err == nil
}

// follow polls one resource until the context ends, or until the API answers that the user may not see it.
func (s *stream) follow(ctx context.Context, n int, w watch) {
	pace := max(w.pace(s.Live), time.Duration(len(s.watches))*s.Live.State/4) // many watched cars share one session's rate limit
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

// look reads the resource from the API once.
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
