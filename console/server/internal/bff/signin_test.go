package bff_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/console/server/internal/bff"
	"connectedcar/internal/tool/signin"
)

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func TestSignInWithEachChallenge(t *testing.T) {
	for name, tc := range map[string]struct {
		user      string
		challenge string
		answers   []string // only the last is right
		status    int      // of the responses to the others
	}{
		"a password alone":     {"ana", "", nil, 0},
		"a temporary password": {"new", "NEW_PASSWORD_REQUIRED", []string{"weak", "good"}, http.StatusUnprocessableEntity},
		"an authenticator app": {"ben", "SOFTWARE_TOKEN_MFA", []string{"000000", "123456"}, http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t).browser(t)
			r := b.do("POST", "/auth/password", `{"username":"`+tc.user+`","password":"right"}`)
			require.Equal(t, http.StatusOK, r.StatusCode)
			for n, said := range tc.answers {
				assert.Contains(t, b.do("GET", "/auth/session", "").text, `"signedIn":false`)
				if n == 0 {
					assert.Contains(t, r.text, tc.challenge)
				}
				r = b.do("POST", "/auth/answer", `{"answer":"`+said+`"}`)
				if n < len(tc.answers)-1 {
					assert.Equal(t, tc.status, r.StatusCode)
				}
			}
			require.Equal(t, http.StatusOK, r.StatusCode, r.text)
			r = b.do("GET", "/auth/session", "")
			assert.Contains(t, r.text, `"email":"`+tc.user+`@example.com","roles":["driver"]`)
			assert.NotContains(t, r.text, "access-", "no token goes to the browser")
			assert.Equal(t, "no-store", r.Header.Get("Cache-Control"))
		})
	}
}

func TestWrongPasswordsAndUnknownPeopleGetOneAnswer(t *testing.T) {
	b := start(t).browser(t)
	known, unknown := b.do("POST", "/auth/password", `{"username":"ana","password":"wrong"}`), b.do("POST", "/auth/password", `{"username":"zoe","password":"wrong"}`)
	assert.Equal(t, http.StatusUnauthorized, known.StatusCode)
	assert.Equal(t, known.text, unknown.text)
	assert.Empty(t, b.cookie("session"))
}

func TestGuessingIsSlow(t *testing.T) {
	c := start(t)
	b, last := c.browser(t), reply{}
	for range 21 {
		last = b.do("POST", "/auth/password", `{"username":"ana","password":"wrong"}`)
	}
	assert.Equal(t, http.StatusTooManyRequests, last.StatusCode)
	assert.NotEmpty(t, last.Header.Get("Retry-After"))
	last = b.do("POST", "/auth/password", `{"username":"ana","password":"right"}`, "X-Forwarded-For", "198.51.100.7")
	assert.Equal(t, http.StatusTooManyRequests, last.StatusCode, "an address that the browser makes up does not count")
	c.later(time.Minute)
	b.signIn("ana")
}

func TestBehindProxiesTheirEntriesCount(t *testing.T) {
	c := start(t, func(c *bff.Config) { c.Proxies = 1 })
	b := c.browser(t)
	for range 21 {
		b.do("POST", "/auth/password", `{"username":"ana","password":"wrong"}`, "X-Forwarded-For", "203.0.113.1, 198.51.100.7")
	}
	r := b.do("POST", "/auth/password", `{"username":"ana","password":"right"}`, "X-Forwarded-For", "203.0.113.1, 198.51.100.8")
	assert.Equal(t, http.StatusOK, r.StatusCode, "another person")
	r = b.do("POST", "/auth/password", `{"username":"ana","password":"right"}`, "X-Forwarded-For", "203.0.113.2, 198.51.100.7")
	assert.Equal(t, http.StatusTooManyRequests, r.StatusCode, "the same person, with a made-up entry before")
}

func TestAnAnswerNeedsTheSignInOfThisBrowser(t *testing.T) {
	c := start(t)
	ben, thief := c.browser(t), c.browser(t)
	ben.do("POST", "/auth/password", `{"username":"ben","password":"right"}`)
	assert.Equal(t, http.StatusConflict, thief.do("POST", "/auth/answer", `{"answer":"123456"}`).StatusCode)
	assert.Equal(t, http.StatusConflict, thief.do("POST", "/auth/answer", `{"answer":"123456"}`, "Cookie", "flow=AAAA").StatusCode)
	c.later(6 * time.Minute)
	assert.Equal(t, http.StatusConflict, ben.do("POST", "/auth/answer", `{"answer":"123456"}`).StatusCode, "its time is over")
}

// TestSessionFixation: an attacker sets a session cookie in the browser before the sign-in.
func TestSessionFixation(t *testing.T) {
	c := start(t)
	attacker := c.browser(t).signIn("ana")
	planted := attacker.cookie("session")
	victim := c.browser(t)
	r := victim.do("POST", "/auth/password", `{"username":"zoe","password":"right"}`, "Cookie", "session="+planted)
	require.Equal(t, http.StatusOK, r.StatusCode)
	assert.NotEqual(t, planted, victim.cookie("session"))
	assert.Contains(t, attacker.do("GET", "/auth/session", "").text, `"signedIn":false`, "the planted session has ended")
}

func TestSessionsEnd(t *testing.T) {
	for name, end := range map[string]func(c *console, b, other *browser){
		"by signing out":            func(_ *console, b, _ *browser) { b.do("POST", "/auth/signout", `{"everywhere":false}`) },
		"by signing out everywhere": func(_ *console, _, other *browser) { other.do("POST", "/auth/signout", `{"everywhere":true}`) },
		"by resting":                func(c *console, _, _ *browser) { c.later(31 * time.Minute) },
		"by the pool's refusal":     func(c *console, _, _ *browser) { c.pool.disabled = true; c.later(50 * time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			if name == "by the pool's refusal" {
				c.keeper.Idle = 2 * time.Hour
				c.pool.life = 40 * time.Minute
			}
			b, other := c.browser(t).signIn("ana"), c.browser(t).signIn("ana")
			stolen := b.cookie("session")
			require.Equal(t, http.StatusOK, b.do("GET", "/api/v1/vehicles", "").StatusCode)
			end(c, b, other)
			r := b.do("GET", "/api/v1/vehicles", "", "Cookie", "session="+stolen)
			assert.Equal(t, http.StatusUnauthorized, r.StatusCode, "a copy of the cookie is worth nothing")
		})
	}
}

func TestSigningOutRevokesThePoolsTokens(t *testing.T) {
	c := start(t)
	b := c.browser(t).signIn("ana")
	r := b.do("POST", "/auth/signout", `{"everywhere":false}`)
	assert.Equal(t, http.StatusOK, r.StatusCode)
	assert.Equal(t, []string{"refresh-ana"}, c.pool.revoked)
	assert.Empty(t, b.cookie("session"))
	assert.Equal(t, http.StatusOK, b.do("POST", "/auth/signout", `{"everywhere":false}`).StatusCode, "again")
}

func TestTokensAreRefreshedOnceForManyRequests(t *testing.T) {
	c := start(t)
	b := c.browser(t).signIn("ana")
	c.keeper.Idle = 2 * time.Hour
	c.later(time.Hour)
	done := make(chan int)
	for range 8 {
		go func() { done <- b.do("GET", "/api/v1/vehicles", "").StatusCode }()
	}
	for range 8 {
		assert.Equal(t, http.StatusOK, <-done)
	}
	assert.Equal(t, 1, c.pool.refreshed)
}

func TestCookiesOfAnHTTPSConsole(t *testing.T) {
	c := start(t, func(c *bff.Config) { c.Origin = "https://console.example.com" })
	r := c.browser(t).do("POST", "/auth/password", `{"username":"ana","password":"right"}`, "Origin", "https://console.example.com")
	require.Equal(t, http.StatusOK, r.StatusCode)
	for _, cookie := range r.Cookies() {
		if cookie.Name != "__Host-session" {
			continue
		}
		assert.True(t, cookie.Secure && cookie.HttpOnly && cookie.Path == "/" && cookie.Domain == "" && cookie.SameSite == http.SameSiteStrictMode, cookie.String())
		return
	}
	t.Fatal("no cookie __Host-session")
}

func TestSignInOnThePoolsPages(t *testing.T) {
	pool := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.FormValue("code") != "c1" || r.FormValue("code_verifier") == "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"access_token": "access-ana", "id_token": "x." + encode(map[string]any{"email": "ana@example.com"}) + ".y", "refresh_token": "r", "expires_in": 3600,
		})
	}))
	defer pool.Close()
	c := start(t, func(c *bff.Config) {
		c.Pages = &signin.App{Pages: pool.URL, ClientID: "app", RedirectURL: c.Origin + "/auth/callback", HTTP: pool.Client(), Scopes: []string{"openid"}}
	})
	b := c.browser(t)
	assert.Contains(t, b.do("GET", "/auth/session", "").text, `"signIn":"pages"`)
	assert.Equal(t, http.StatusNotFound, b.do("POST", "/auth/password", `{"username":"ana","password":"right"}`).StatusCode)
	r := b.do("GET", "/auth/login", "")
	to, err := url.Parse(r.Header.Get("Location"))
	require.NoError(t, err)
	assert.Equal(t, "S256", to.Query().Get("code_challenge_method"))
	back := "/auth/callback?code=c1&state=" + to.Query().Get("state")

	thief := c.browser(t)
	assert.Equal(t, "/?signin=again", thief.do("GET", back, "").Header.Get("Location"), "another browser's sign-in")
	assert.Equal(t, "/?signin=again", b.do("GET", "/auth/callback?code=c1&state=x", "").Header.Get("Location"), "another sign-in")
	assert.Empty(t, b.cookie("session"))
	assert.Equal(t, "/", b.do("GET", back, "").Header.Get("Location"))
	assert.Contains(t, b.do("GET", "/auth/session", "").text, `"signedIn":true`)
	assert.Contains(t, b.do("POST", "/auth/signout", `{"everywhere":false}`).text, "/logout?client_id=app")
}
