package bff_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"connectedcar/api"
	"connectedcar/console/server/internal/bff"
	"connectedcar/console/server/internal/contract"
	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/session"
	"connectedcar/internal/errs"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/token"
)

const (
	anasCar = "1ACEV26S0TA000001"
	bensCar = "1ACEV26S0TA000002"
)

// fakePool is a user pool with ana, whose password is temporary, and ben, who has an authenticator app. Tokens are "access-<user>-<n>".
type fakePool struct {
	mu        sync.Mutex
	refreshed int
	revoked   []string
	disabled  bool // refresh tokens are rejected
	life      time.Duration
	now       func() time.Time
}

var errWrong = errs.As(errs.Denied, errors.New("NotAuthorizedException: Incorrect username or password"))

func (p *fakePool) tokens(user string) token.Set {
	id := "x." + encode(map[string]any{"email": user + "@example.com"}) + ".y"
	return token.Set{Access: "access-" + user, ID: id, Refresh: "refresh-" + user, Expires: p.now().Add(p.life)}
}

func (p *fakePool) Begin(_ context.Context, username, password string) (token.Set, *cognito.Challenge, error) {
	switch {
	case password != "right":
		return token.Set{}, nil, errWrong
	case username == "new":
		return token.Set{}, &cognito.Challenge{Name: types.ChallengeNameTypeNewPasswordRequired, Session: "s1", Username: "new"}, nil
	case username == "ben":
		return token.Set{}, &cognito.Challenge{Name: types.ChallengeNameTypeSoftwareTokenMfa, Session: "s2", Username: "ben"}, nil
	}
	return p.tokens(username), nil, nil
}

func (p *fakePool) Respond(_ context.Context, to cognito.Challenge, said string) (token.Set, *cognito.Challenge, error) {
	switch {
	case to.Session == "s1" && said == "weak":
		return token.Set{}, nil, errs.As(errs.Invalid, errors.New("InvalidPasswordException"))
	case to.Session == "s1", to.Session == "s2" && said == "123456":
		return p.tokens(to.Username), nil, nil
	}
	return token.Set{}, nil, errWrong
}

func (p *fakePool) Refresh(_ context.Context, refresh string) (token.Set, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.disabled {
		return token.Set{}, errWrong
	}
	p.refreshed++
	return p.tokens(strings.TrimPrefix(refresh, "refresh-")), nil
}

func (p *fakePool) Revoke(_ context.Context, refresh string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.revoked = append(p.revoked, refresh)
	return nil
}

// Verify returns the user of a fake token.
func (p *fakePool) Verify(_ context.Context, raw string) (authz.Principal, error) {
	user := strings.TrimPrefix(raw, "access-")
	return authz.Principal{ID: user, Roles: []authz.Role{"driver"}}, nil
}

// fakeAPI is a REST API with one car of each user. It answers 404 to other users.
type fakeAPI struct {
	*httptest.Server
	mu    sync.Mutex
	speed map[string]float64
	seen  []*http.Request
	body  []byte
	down  bool
}

func newAPI(t *testing.T) *fakeAPI {
	t.Helper()
	a := &fakeAPI{speed: map[string]float64{}}
	owner := map[string]string{anasCar: "Bearer access-ana", bensCar: "Bearer access-ben"}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.body, _ = io.ReadAll(r.Body)
		a.seen = append(a.seen, r.Clone(context.Background()))
		car, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/vehicles/"), "/")
		w.Header().Set("Content-Type", "application/json")
		switch {
		case a.down:
			w.WriteHeader(http.StatusServiceUnavailable)
		case owner[car] != "" && owner[car] != r.Header.Get("Authorization"):
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"title":"Not Found","status":404}`)
		case strings.HasSuffix(r.URL.Path, "/state"):
			_ = json.NewEncoder(w).Encode(map[string]any{"vin": car, "ageS": time.Now().UnixNano(), "speed": a.speed[car]})
		default:
			w.Header().Set("Set-Cookie", "api=1")
			w.Header().Set("ETag", `"7"`)
			w.Header().Set("Location", "/v1/vehicles/"+car+"/commands/1")
			_, _ = io.WriteString(w, `{"items":[]}`)
		}
	})
	a.Server = httptest.NewServer(mux)
	t.Cleanup(a.Close)
	return a
}

func (a *fakeAPI) drive(car string, speed float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.speed[car] = speed
}

func (a *fakeAPI) requests() []*http.Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]*http.Request(nil), a.seen...)
}

// console is a console server with a fake pool and a fake API.
type console struct {
	*httptest.Server
	api    *fakeAPI
	pool   *fakePool
	server *bff.Server
	keeper *session.Service

	mu  sync.Mutex
	now time.Time
}

func (c *console) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *console) later(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var pages = fstest.MapFS{
	"en/index.html":            {Data: []byte(`<html lang="en"><app ngCspNonce="CSP_NONCE"></app></html>`)},
	"en/main-ABCD1234.js":      {Data: bytes.Repeat([]byte("export {};\n"), 100)},
	"de/index.html":            {Data: []byte(`<html lang="de"></html>`)},
	"3rdpartylicenses.txt":     {Data: []byte("x")},
	"en/assets/land-110m.json": {Data: []byte("{}")},
	"prerendered-routes.json":  {Data: []byte("{}")},
}

var pace = bff.Pace{State: 5 * time.Millisecond, Slow: 5 * time.Millisecond, Heartbeat: 20 * time.Millisecond, Write: 300 * time.Millisecond, Check: 10 * time.Millisecond}

func start(t *testing.T, change ...func(*bff.Config)) *console {
	t.Helper()
	c := &console{api: newAPI(t), now: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)}
	c.pool = &fakePool{now: c.clock, life: time.Hour}
	sealer, err := session.NewSealer(bytes.Repeat([]byte{1}, 32))
	require.NoError(t, err)
	c.keeper = &session.Service{Store: &memory.Sessions{}, Sealer: sealer, Now: c.clock, Idle: 30 * time.Minute, Absolute: 12 * time.Hour}
	operations, err := contract.Read(api.Contract)
	require.NoError(t, err)
	c.Server = httptest.NewUnstartedServer(nil)
	config := bff.Config{
		Origin: "http://" + c.Listener.Addr().String(), API: c.api.URL, HTTP: c.api.Client(), Pool: c.pool, Tokens: c.pool, TokenUse: token.Access,
		Sessions: c.keeper, Flows: sealer, Contract: operations, Web: fs.FS(pages), Registry: prometheus.NewRegistry(),
		Log: slog.New(slog.DiscardHandler), Now: c.clock, Live: pace,
	}
	for _, f := range change {
		f(&config)
	}
	c.server, err = bff.New(config)
	require.NoError(t, err)
	c.Config.Handler = c.server
	c.Start()
	t.Cleanup(func() {
		c.server.Drain()
		c.Close()
	})
	return c
}

// browser keeps cookies and does not follow redirects.
type browser struct {
	*http.Client
	t    *testing.T
	base string
}

func (c *console) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &browser{t: t, base: c.URL, Client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// reply is a response with its whole body.
type reply struct {
	*http.Response
	text string
}

func (b *browser) do(method, path, body string, header ...string) reply {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(body))
	require.NoError(b.t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for n := 0; n+1 < len(header); n += 2 {
		req.Header.Set(header[n], header[n+1])
	}
	resp, err := b.Do(req)
	require.NoError(b.t, err)
	defer resp.Body.Close() // read-only: a close error loses nothing
	text, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	return reply{resp, string(text)}
}

func (b *browser) signIn(user string) *browser {
	b.t.Helper()
	r := b.do("POST", "/auth/password", `{"username":"`+user+`","password":"right"}`)
	if strings.Contains(r.text, "SOFTWARE_TOKEN_MFA") {
		r = b.do("POST", "/auth/answer", `{"answer":"123456"}`)
	}
	require.Equal(b.t, http.StatusOK, r.StatusCode, r.text)
	require.Contains(b.t, r.text, `"signedIn":true`)
	return b
}

func (b *browser) cookie(name string) string {
	u, err := url.Parse(b.base)
	require.NoError(b.t, err)
	for _, c := range b.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}
