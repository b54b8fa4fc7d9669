package bff_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/console/server/internal/bff"
)

// event is a server-sent event; for a comment, name is the comment's text.
type event struct{ name, id, data string }

// listen opens a live stream.
func (b *browser) listen(query string, header ...string) (<-chan event, *http.Response) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	b.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+"/live?"+query, http.NoBody)
	require.NoError(b.t, err)
	for n := 0; n+1 < len(header); n += 2 {
		req.Header.Set(header[n], header[n+1])
	}
	resp, err := b.Do(req)
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = resp.Body.Close() })
	events := make(chan event, 100)
	go func() {
		defer close(events)
		var e event
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "event":
				e.name = value
			case "id":
				e.id = value
			case "data":
				e.data = value
			case "":
				if value != "" {
					e.name = value
				}
				if e != (event{}) {
					events <- e
				}
				e = event{}
			}
		}
	}()
	return events, resp
}

// next returns the next event of that name that contains the text.
func next(t *testing.T, events <-chan event, name, holds string) event {
	t.Helper()
	limit := time.After(5 * time.Second)
	for {
		select {
		case e, ok := <-events:
			require.True(t, ok, "the stream ended before %s %s", name, holds)
			if e.name == name && strings.Contains(e.data, holds) {
				return e
			}
		case <-limit:
			t.Fatalf("no event %s with %s", name, holds)
		}
	}
}

func TestACarsSpeedArrives(t *testing.T) {
	c := start(t)
	events, resp := c.browser(t).signIn("ana").listen("watch=state:" + anasCar)
	assert.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	assert.Equal(t, "no", resp.Header.Get("X-Accel-Buffering"))
	next(t, events, "update", `"speed":0`)
	c.api.drive(anasCar, 48.5)
	next(t, events, "update", `"speed":48.5`)
	next(t, events, "heartbeat", "")
}

// TestTwoPeopleSeeTheirOwnCarsAlone: a stream never sends one user's data to the other.
func TestTwoPeopleSeeTheirOwnCarsAlone(t *testing.T) {
	c := start(t)
	both := "watch=state:" + anasCar + "&watch=state:" + bensCar
	ana, _ := c.browser(t).signIn("ana").listen(both)
	ben, _ := c.browser(t).signIn("ben").listen(both)
	next(t, ana, "update", `"watch":"state:`+bensCar+`","status":404`)
	next(t, ben, "update", `"watch":"state:`+anasCar+`","status":404`)
	c.api.drive(anasCar, 111)
	c.api.drive(bensCar, 222)
	next(t, ana, "update", `"speed":111`)
	next(t, ben, "update", `"speed":222`)
	for n := range 5 {
		c.api.drive(anasCar, 1110+float64(n))
		c.api.drive(bensCar, 2220+float64(n))
		select {
		case e := <-ana:
			assert.NotContains(t, e.data, ":222")
		case e := <-ben:
			assert.NotContains(t, e.data, ":111")
		case <-time.After(300 * time.Millisecond): // the pace of one session is limited
		}
	}
}

func TestAStreamGoesOnWhereItWasCut(t *testing.T) {
	c := start(t)
	b := c.browser(t).signIn("ana")
	watch := "watch=state:" + anasCar + "&watch=alerts"
	events, resp := b.listen(watch)
	next(t, events, "update", "")
	last := next(t, events, "update", "")
	require.NoError(t, resp.Body.Close())

	events, _ = b.listen(watch, "Last-Event-ID", last.id)
	assert.Equal(t, "heartbeat", (<-events).name, "nothing has changed")
	c.api.drive(anasCar, 30)
	next(t, events, "update", `"speed":30`)

	events, _ = b.listen(watch, "Last-Event-ID", "nonsense.of.another")
	next(t, events, "update", `"speed":30`)
}

func TestAStreamEndsWithItsSession(t *testing.T) {
	c := start(t)
	b, elsewhere := c.browser(t).signIn("ana"), c.browser(t).signIn("ana")
	events, _ := b.listen("watch=state:" + anasCar)
	next(t, events, "update", "")
	elsewhere.do("POST", "/auth/signout", `{"everywhere":true}`)
	next(t, events, "ended", "")
	_, open := <-events
	assert.False(t, open)
}

func TestAStreamIsNoUseOfThePages(t *testing.T) {
	c := start(t)
	events, _ := c.browser(t).signIn("ana").listen("watch=state:" + anasCar)
	next(t, events, "update", "")
	c.later(31 * time.Minute)
	next(t, events, "ended", "")
}

func TestADrainingServerSendsBrowsersElsewhere(t *testing.T) {
	c := start(t)
	b := c.browser(t).signIn("ana")
	events, _ := b.listen("watch=state:" + anasCar)
	c.server.Drain()
	next(t, events, "reconnect", "")
	assert.Equal(t, http.StatusServiceUnavailable, b.do("GET", "/live?watch=alerts", "").StatusCode)
}

func TestTheAPIsTroubleIsToldAndEnds(t *testing.T) {
	c := start(t)
	events, _ := c.browser(t).signIn("ana").listen("watch=state:" + anasCar)
	next(t, events, "update", `"status":200`)
	c.api.mu.Lock()
	c.api.down = true
	c.api.mu.Unlock()
	next(t, events, "update", `"status":503`)
	c.api.mu.Lock()
	c.api.down = false
	c.api.mu.Unlock()
	next(t, events, "update", `"status":200`)
}

func TestWatchesThatAreNone(t *testing.T) {
	b := start(t).browser(t).signIn("ana")
	for _, query := range []string{
		"", "watch=", "watch=state", "watch=state:../me", "watch=secrets:" + anasCar, "watch=alerts&watch=alerts", strings.Repeat("watch=alerts&", 51),
		"watch=state:" + strings.ToLower(anasCar),
	} {
		assert.Equal(t, http.StatusBadRequest, b.do("GET", "/live?"+query, "").StatusCode, query)
	}
}

func TestOneSessionHasSixStreams(t *testing.T) {
	b := start(t).browser(t).signIn("ana")
	for range 6 {
		b.listen("watch=alerts")
	}
	assert.Equal(t, http.StatusTooManyRequests, b.do("GET", "/live?watch=alerts", "").StatusCode)
}

func TestNobodyListensWithoutASession(t *testing.T) {
	assert.Equal(t, http.StatusUnauthorized, start(t).browser(t).do("GET", "/live?watch=alerts", "").StatusCode)
}

// stuck is a connection whose browser stops reading after the first writes.
type stuck struct {
	header http.Header
	writes int
}

func (s *stuck) Header() http.Header              { return s.header }
func (s *stuck) WriteHeader(int)                  {}
func (s *stuck) Flush()                           {}
func (s *stuck) SetWriteDeadline(time.Time) error { return nil }
func (s *stuck) SetReadDeadline(time.Time) error  { return nil }
func (s *stuck) Write(b []byte) (int, error) {
	if s.writes++; s.writes > 2 {
		return 0, io.ErrShortWrite // as after a write deadline
	}
	return len(b), nil
}

func TestABrowserThatDoesNotReadIsCutOff(t *testing.T) {
	c := start(t, func(c *bff.Config) { c.Live.State = time.Millisecond })
	b := c.browser(t).signIn("ana")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/live?watch=state:"+anasCar, http.NoBody)
	require.NoError(t, err)
	r.AddCookie(&http.Cookie{Name: "session", Value: b.cookie("session")})
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.server.ServeHTTP(&stuck{header: http.Header{}}, r)
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("the stream is still open")
	}
}
