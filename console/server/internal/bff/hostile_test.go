package bff_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/console/server/internal/bff"
)

func TestOtherOriginsChangeNothing(t *testing.T) {
	c := start(t)
	b := c.browser(t).signIn("ana")
	for name, header := range map[string][]string{
		"a page elsewhere":             {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		"a page of a neighbour's host": {"Sec-Fetch-Site", "same-site", "Origin", "https://evil.example.com"},
		"an old browser":               {"Origin", "https://evil.example"},
		"a sandboxed frame":            {"Origin", "null"},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(c.api.requests())
			for _, path := range []string{"/api/v1/vehicles/" + anasCar + "/commands", "/auth/signout", "/auth/password", "/auth/answer"} {
				r := b.do("POST", path, `{"kind":"unlock"}`, header...)
				assert.Equal(t, http.StatusForbidden, r.StatusCode, path)
			}
			assert.Len(t, c.api.requests(), before)
		})
	}
	assert.Contains(t, b.do("GET", "/auth/session", "").text, `"signedIn":true`)
}

func TestFormsOfOtherPagesAreNoJSON(t *testing.T) {
	b := start(t).browser(t)
	r := b.do("POST", "/auth/password", `{"username":"ana","password":"right"}`, "Content-Type", "text/plain")
	assert.Equal(t, http.StatusUnsupportedMediaType, r.StatusCode)
}

func TestTheAPIGetsTheTokenAndNothingElseOfTheBrowser(t *testing.T) {
	c := start(t)
	b := c.browser(t).signIn("ana")
	r := b.do("POST", "/api/v1/vehicles/"+anasCar+"/commands", `{"kind":"lock"}`, "Idempotency-Key", "k1", "Authorization", "Bearer forged",
		"X-Forwarded-Host", "evil.example", "X-Amzn-Trace-Id", "x", "Connection", "X-Secret", "X-Secret", "y")
	require.Equal(t, http.StatusOK, r.StatusCode, r.text)
	seen := c.api.requests()
	got := seen[len(seen)-1]
	assert.Equal(t, "Bearer access-ana", got.Header.Get("Authorization"))
	assert.Equal(t, "k1", got.Header.Get("Idempotency-Key"))
	assert.JSONEq(t, `{"kind":"lock"}`, string(c.api.body))
	for _, name := range []string{"Cookie", "X-Forwarded-Host", "X-Amzn-Trace-Id", "X-Secret"} {
		assert.Empty(t, got.Header.Get(name), name)
	}
	assert.Equal(t, `"7"`, r.Header.Get("ETag"))
	assert.Equal(t, "/api/v1/vehicles/"+anasCar+"/commands/1", r.Header.Get("Location"))
	assert.Empty(t, r.Header.Get("Set-Cookie"), "a cookie of the API's")
	assert.Equal(t, "no-store", r.Header.Get("Cache-Control"))
}

func TestAnotherPersonsCarIsNotFound(t *testing.T) {
	c := start(t)
	ana, ben := c.browser(t).signIn("ana"), c.browser(t).signIn("ben")
	path := "/api/v1/vehicles/" + anasCar + "/state"
	assert.Equal(t, http.StatusOK, ana.do("GET", path, "").StatusCode)
	assert.Equal(t, http.StatusNotFound, ben.do("GET", path, "").StatusCode)
	assert.Equal(t, http.StatusUnauthorized, c.browser(t).do("GET", path, "").StatusCode)
}

// TestPathTricks sends request lines that http.Client would normalise.
func TestPathTricks(t *testing.T) {
	c := start(t)
	b := c.browser(t).signIn("ana")
	before := len(c.api.requests())
	for name, target := range map[string]string{
		"a step up to another API":    "/api/../v1/vehicles",
		"a step up, encoded":          "/api/v1/vehicles/%2e%2e/me",
		"a step up, twice encoded":    "/api/v1/vehicles/%252e%252e/me",
		"a slash, encoded":            "/api/v1/vehicles%2f" + anasCar,
		"the prefix, encoded":         "/%61pi/v1/secrets",
		"two slashes":                 "/api//v1/vehicles",
		"a backslash":                 `/api/v1\vehicles`,
		"the API's admin path":        "/api/_localstack/health",
		"a matrix parameter":          "/api/v1/vehicles;jsessionid=1",
		"another host":                "http://evil.example/api/v1/secrets",
		"an identity for MQTT":        "/api/v1/me/realtime",
		"a parameter of nobody's":     "/api/v1/vehicles?admin=true",
		"a parameter twice":           "/api/v1/vehicles?limit=1&limit=2",
		"a line break in a parameter": "/api/v1/vehicles/a%0d%0aX-Evil:%201/state",
	} {
		t.Run(name, func(t *testing.T) {
			status, header := raw(t, c, "GET "+target+" HTTP/1.1\r\nHost: console\r\nCookie: session="+b.cookie("session")+"\r\nConnection: close\r\n\r\n")
			assert.GreaterOrEqual(t, status, 300)
			assert.Empty(t, header.Get("X-Evil"))
			assert.Len(t, c.api.requests(), before, "nothing reached the API")
		})
	}
}

// raw sends bytes and reads one response.
func raw(t *testing.T, c *console, request string) (int, http.Header) {
	t.Helper()
	conn, err := net.Dial("tcp", c.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close() // a close error does not matter in a test
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer resp.Body.Close() // only the status and headers are checked
	return resp.StatusCode, resp.Header
}

func TestLineBreaksInWhatPeopleTypeStayThere(t *testing.T) {
	b := start(t).browser(t)
	for _, path := range []string{"/en/a%0d%0aSet-Cookie:%20x=1", "/a%0d%0aSet-Cookie:%20x=1", "/?next=%0d%0aSet-Cookie:%20x=1"} {
		r := b.do("GET", path, "")
		assert.Empty(t, r.Header.Get("Set-Cookie"), path)
	}
	r := b.do("GET", "/%5cevil.example", "")
	assert.NotRegexp(t, `^(https?:)?[/\\]{2}`, r.Header.Get("Location"), "no redirect leaves the console")
	r = b.do("GET", "//evil.example/x", "")
	assert.NotRegexp(t, `^(https?:)?[/\\]{2}`, r.Header.Get("Location"))
}

func TestBodiesAreBounded(t *testing.T) {
	c := start(t)
	b := c.browser(t).signIn("ana")
	huge := `{"kind":"` + strings.Repeat("x", 10<<20) + `"}`
	before := len(c.api.requests())
	for _, path := range []string{"/api/v1/vehicles/" + anasCar + "/commands", "/auth/signout"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL+path, strings.NewReader(huge))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		resp, err := b.Do(req)
		if err != nil { // the server closed the connection while the rest was being sent
			continue
		}
		assert.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode, path)
		_ = resp.Body.Close()
	}
	assert.Len(t, c.api.requests(), before)
	assert.Equal(t, http.StatusOK, b.do("GET", "/api/v1/vehicles", "").StatusCode, "the console goes on")
}

func TestOneSessionCannotFloodTheAPI(t *testing.T) {
	c := start(t)
	b := c.browser(t).signIn("ana")
	refused := 0
	for range 70 {
		if b.do("GET", "/api/v1/vehicles", "").StatusCode == http.StatusTooManyRequests {
			refused++
		}
	}
	assert.Equal(t, 10, refused)
	assert.Equal(t, http.StatusOK, c.browser(t).signIn("ben").do("GET", "/api/v1/vehicles", "").StatusCode, "others are not slowed")
}

func TestEveryAnswerHasTheHeaders(t *testing.T) {
	c := start(t)
	b := c.browser(t)
	for _, path := range []string{"/en/", "/en/main-ABCD1234.js", "/auth/session", "/api/v1/vehicles", "/nothing.txt", "/healthz"} {
		r := b.do("GET", path, "")
		csp := r.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self' 'nonce-", "frame-ancestors 'none'", "form-action 'self'"} {
			assert.Contains(t, csp, want, path)
		}
		assert.NotContains(t, csp, "unsafe", path)
		assert.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"), path)
		assert.Equal(t, "no-referrer", r.Header.Get("Referrer-Policy"), path)
	}
	one, two := b.do("GET", "/en/", ""), b.do("GET", "/en/", "")
	assert.NotEqual(t, one.text, two.text, "a nonce is used once")
	assert.NotContains(t, one.text, "CSP_NONCE")
	assert.Empty(t, one.Header.Get("Strict-Transport-Security"), "by http it means nothing")
	secure := start(t, func(c *bff.Config) { c.Origin = "https://console.example.com" })
	assert.Contains(t, secure.browser(t).do("GET", "/en/", "").Header.Get("Strict-Transport-Security"), "max-age=63072000")
}

func TestPagesInTheReadersLanguage(t *testing.T) {
	b := start(t).browser(t)
	for name, tc := range map[string]struct{ path, accept, cookie, want string }{
		"as the browser asks":    {"/vehicles?x=1", "de-CH,de;q=0.9,en;q=0.5", "", "/de/vehicles?x=1"},
		"as the person chose":    {"/", "de", "en", "/en/"},
		"a language of nobody's": {"/", "fr", "", "/en/"},
		"nonsense":               {"/", "\"';--", "../..", "/en/"},
	} {
		t.Run(name, func(t *testing.T) {
			r := b.do("GET", tc.path, "", "Accept-Language", tc.accept, "Cookie", "language="+tc.cookie)
			assert.Equal(t, http.StatusSeeOther, r.StatusCode)
			assert.Equal(t, tc.want, r.Header.Get("Location"))
		})
	}
	assert.Contains(t, b.do("GET", "/de/vehicles/"+anasCar, "").text, `lang="de"`, "every page of the application")
	assert.Equal(t, http.StatusNotFound, b.do("GET", "/en/main-00000000.js", "").StatusCode, "a file of an older build is no page")
	r := b.do("GET", "/en/main-ABCD1234.js", "", "Accept-Encoding", "gzip")
	assert.Equal(t, "gzip", r.Header.Get("Content-Encoding"))
	assert.Contains(t, r.Header.Get("Cache-Control"), "immutable")
	assert.Equal(t, http.StatusMethodNotAllowed, b.do("POST", "/en/", `{}`).StatusCode)
}

func TestWithoutTheAPIAndWhileDraining(t *testing.T) {
	c := start(t)
	b := c.browser(t).signIn("ana")
	c.api.Close()
	assert.Equal(t, http.StatusBadGateway, b.do("GET", "/api/v1/vehicles", "").StatusCode)
	assert.Equal(t, http.StatusOK, b.do("GET", "/healthz", "").StatusCode)
	c.server.Drain()
	assert.Equal(t, http.StatusServiceUnavailable, b.do("GET", "/healthz", "").StatusCode)
}
