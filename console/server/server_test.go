package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var whole = map[string]string{
	"CONSOLE_URL": "https://console.example.com", "CONSOLE_API_URL": "https://api.example.com", "USER_POOL_ID": "eu-central-1_a", "CONSOLE_CLIENT_ID": "c",
	"SESSIONS_TABLE": "t", "CONSOLE_SESSION_KEYS": base64.StdEncoding.EncodeToString(make([]byte, 32)),
}

func TestSettings(t *testing.T) {
	s, err := read(func(name string) string { return whole[name] })
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:5000", s.listen)
	assert.Equal(t, 30*time.Minute, s.idle)
	for name, tc := range map[string]struct{ variable, value, err string }{
		"no table":                     {"SESSIONS_TABLE", "", "SESSIONS_TABLE is not set"},
		"a short key":                  {"CONSOLE_SESSION_KEYS", "AAAA", "CONSOLE_SESSION_KEYS: key 1 has 3 bytes, allowed are 32"},
		"an origin with a path":        {"CONSOLE_URL", "https://console.example.com/", `CONSOLE_URL is "https://console.example.com/"; allowed is an https address`},
		"an API without a scheme":      {"CONSOLE_API_URL", "api.example.com", `CONSOLE_API_URL is "api.example.com"`},
		"a negative number of proxies": {"CONSOLE_PROXIES", "-1", `CONSOLE_PROXIES is "-1"; allowed is a number of proxies`},
		"an idle time without a unit":  {"CONSOLE_SESSION_IDLE", "30", `CONSOLE_SESSION_IDLE is "30"; allowed is a positive duration`},
	} {
		t.Run(name, func(t *testing.T) {
			changed := maps.Clone(whole)
			changed[tc.variable] = tc.value
			_, err := read(func(name string) string { return changed[name] })
			assert.ErrorContains(t, err, tc.err)
		})
	}
}

// streaming responds with a stream that lives until the server drains.
type streaming struct{ drained chan struct{} }

func (s streaming) Drain() { close(s.drained) }

func (s streaming) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	c := http.NewResponseController(w)
	_, _ = fmt.Fprint(w, "open\n")
	_ = c.Flush()
	<-s.drained
	_, _ = fmt.Fprint(w, "goodbye\n")
}

func listen(t *testing.T) (address string, stop func() error) {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	limit := timeouts{header: 100 * time.Millisecond, request: 200 * time.Millisecond, answer: 5 * time.Second, rest: 100 * time.Millisecond, drain: 5 * time.Second}
	go func() { done <- serve(ctx, l, streaming{make(chan struct{})}, limit, slog.New(slog.DiscardHandler)) }()
	return l.Addr().String(), func() error {
		cancel()
		return <-done
	}
}

func TestSlowBrowsersDoNotHoldConnections(t *testing.T) {
	address, stop := listen(t)
	for name, part := range map[string]string{
		"nothing":        "",
		"half a header":  "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"an open header": "GET / HTTP/1.1\r\nHost: x\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", address)
			require.NoError(t, err)
			defer conn.Close() // a close error does not matter in a test
			_, err = io.WriteString(conn, part)
			require.NoError(t, err)
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(5*time.Second)))
			_, err = io.ReadAll(conn)
			require.NoError(t, err, "the server closes it")
		})
	}
	require.NoError(t, stop())
}

func TestStoppingEndsStreamsAndLetsRequestsFinish(t *testing.T) {
	address, stop := listen(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/", http.NoBody)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close() // a close error does not matter in a test
	require.NoError(t, stop())
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "open\ngoodbye\n", string(text))
}
