package signin_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/token"
	"connectedcar/internal/tool/freeport"
	"connectedcar/internal/tool/signin"
)

// pages is a fake authorization server that gives one code for each challenge (RFC 7636).
type pages struct {
	*httptest.Server
	challenges map[string]string // by authorization code
	answer     string            // sent in place of tokens
}

func newPages(t *testing.T) *pages {
	t.Helper()
	p := &pages{challenges: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth2/authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		assert.Equal(t, "code", q.Get("response_type"))
		assert.Equal(t, "S256", q.Get("code_challenge_method"))
		assert.Contains(t, q.Get("scope"), "openid")
		code := "code-" + q.Get("state")
		p.challenges[code] = q.Get("code_challenge")
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
	})
	mux.HandleFunc("POST /oauth2/token", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8") // as in RFC 6749, section 5.1
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		challenge, ok := p.challenges[r.FormValue("code")]
		delete(p.challenges, r.FormValue("code"))
		if !ok || challenge != base64.RawURLEncoding.EncodeToString(sum[:]) || r.FormValue("client_id") != "app" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"invalid_grant"}`)
			return
		}
		if p.answer != "" {
			_, _ = io.WriteString(w, p.answer)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "a", "id_token": "i", "refresh_token": "r", "expires_in": 3600})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func begin(t *testing.T, p *pages, host string) *signin.Flow {
	t.Helper()
	port, err := freeport.One()
	require.NoError(t, err)
	f, err := signin.App{
		Pages: p.URL + "/", ClientID: "app", RedirectURL: fmt.Sprintf("http://%s:%d/callback", host, port), HTTP: p.Client(),
	}.Begin()
	require.NoError(t, err)
	return f
}

// visit opens an address as a browser does, and returns the last page after redirects.
func visit(t *testing.T, address string) (status int, body, last string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close() // only read, so the error does not matter
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(b), resp.Request.URL.String()
}

func TestTheBrowserComesBackToThisMachine(t *testing.T) {
	for _, host := range []string{"localhost", "127.0.0.1"} {
		t.Run(host, func(t *testing.T) {
			f := begin(t, newPages(t), host)
			l, err := f.Listen(t.Context())
			require.NoError(t, err)
			defer l.Close() // Close is tested below
			status, body, _ := visit(t, f.URL())
			assert.Equal(t, http.StatusOK, status)
			assert.Contains(t, body, "You are signed in")
			code, err := l.Code(t.Context())
			require.NoError(t, err)
			tokens, err := f.Tokens(t.Context(), code)
			require.NoError(t, err)
			assert.WithinDuration(t, time.Now().Add(time.Hour), tokens.Expires, time.Minute)
			tokens.Expires = time.Time{}
			assert.Equal(t, token.Set{Access: "a", ID: "i", Refresh: "r"}, tokens)
			require.NoError(t, l.Close())

			_, err = f.Tokens(t.Context(), code)
			require.ErrorContains(t, err, "invalid_grant", "a code counts once")
		})
	}
}

func TestARedirectOfAnotherSignInChangesNothing(t *testing.T) {
	p := newPages(t)
	f, attackers := begin(t, p, "127.0.0.1"), begin(t, p, "127.0.0.1")
	l, err := f.Listen(t.Context())
	require.NoError(t, err)
	defer l.Close() // an error of Close does not matter here
	mine, err := url.Parse(f.URL())
	require.NoError(t, err)
	theirs, err := url.Parse(attackers.URL())
	require.NoError(t, err)
	redirect := mine.Query().Get("redirect_uri")
	for _, forged := range []string{"", "?code=x", "?code=x&state=" + theirs.Query().Get("state"), "?error=x&state="} {
		status, _, _ := visit(t, redirect+forged)
		assert.Equal(t, http.StatusBadRequest, status, forged)
	}
	visit(t, f.URL())
	code, err := l.Code(t.Context())
	require.NoError(t, err, "the real one still counts")
	_, err = attackers.Tokens(t.Context(), code)
	require.ErrorContains(t, err, "invalid_grant", "a code is worth nothing without the proof key")
}

func TestThePagesMayRefuse(t *testing.T) {
	f := begin(t, newPages(t), "127.0.0.1")
	l, err := f.Listen(t.Context())
	require.NoError(t, err)
	defer l.Close() // an error of Close does not matter here
	u, err := url.Parse(f.URL())
	require.NoError(t, err)
	q := u.Query()
	visit(t, q.Get("redirect_uri")+"?error=access_denied&error_description=no&state="+q.Get("state"))
	_, err = l.Code(t.Context())
	assert.ErrorContains(t, err, "the sign-in pages refused: access_denied no")
}

func TestPastedAddresses(t *testing.T) {
	f := begin(t, newPages(t), "127.0.0.1")
	u, err := url.Parse(f.URL())
	require.NoError(t, err)
	state := u.Query().Get("state")
	for name, tc := range map[string]struct{ in, code, err string }{
		"the whole address":             {" http://localhost:1/callback?code=c&state=" + state + "\n", "c", ""},
		"only what follows the ?":       {"?code=c&state=" + state, "c", ""},
		"another sign-in's":             {"http://localhost:1/callback?code=c&state=x", "", "belongs to another sign-in"},
		"without a state":               {"http://localhost:1/callback?code=c", "", "belongs to another sign-in"},
		"without a code":                {"?state=" + state, "", "the address has no code"},
		"what is no address":            {"http://[", "", "the address is no URL"},
		"the address of the first page": {f.URL(), "", "the address has no code"},
	} {
		t.Run(name, func(t *testing.T) {
			code, err := f.Code(tc.in)
			assert.Equal(t, tc.code, code)
			if tc.err == "" {
				require.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, tc.err)
		})
	}
}

func TestEachSignInHasSecretsOfItsOwn(t *testing.T) {
	p := newPages(t)
	one, two := begin(t, p, "127.0.0.1"), begin(t, p, "127.0.0.1")
	for _, name := range []string{"state", "code_challenge"} {
		a, _ := url.Parse(one.URL())
		b, _ := url.Parse(two.URL())
		assert.NotEqual(t, a.Query().Get(name), b.Query().Get(name))
		assert.GreaterOrEqual(t, len(a.Query().Get(name)), 22, "128 bits")
	}
}

func TestAnswersThatAreNoTokens(t *testing.T) {
	for answer, want := range map[string]string{
		"<html>": "redeem the code", `{"access_token":"a"}`: "lacks an ID token",
	} {
		p := newPages(t)
		p.answer = answer
		f := begin(t, p, "127.0.0.1")
		l, err := f.Listen(t.Context())
		require.NoError(t, err)
		visit(t, f.URL())
		code, err := l.Code(t.Context())
		require.NoError(t, err)
		_, err = f.Tokens(t.Context(), code)
		require.ErrorContains(t, err, want)
		require.NoError(t, l.Close())
	}
}

func TestWhatCannotBe(t *testing.T) {
	_, err := signin.App{Pages: "example.com"}.Begin()
	require.ErrorContains(t, err, `sign-in pages "example.com": allowed is an http or https URL`)
	f, err := signin.App{Pages: "https://example.com", RedirectURL: "http://example.com:1/callback"}.Begin()
	require.NoError(t, err)
	_, err = f.Listen(t.Context())
	require.ErrorContains(t, err, "allowed are localhost and loopback addresses")

	f = begin(t, newPages(t), "127.0.0.1")
	l, err := f.Listen(t.Context())
	require.NoError(t, err)
	defer l.Close() // an error of Close does not matter here
	_, err = f.Listen(t.Context())
	require.ErrorContains(t, err, "address already in use")
}

func TestReadAToken(t *testing.T) {
	part := base64.RawURLEncoding.EncodeToString([]byte(`{"email":"ana@example.com","cognito:groups":["driver"],"scope":"a b"}`))
	c, err := signin.Read("x." + part + ".y")
	require.NoError(t, err)
	assert.Equal(t, signin.Claims{Email: "ana@example.com", Groups: []string{"driver"}, Scope: "a b"}, c)
	for _, bad := range []string{"", "x.y", "x.*.y", "x." + strings.Repeat("A", 8) + ".y"} {
		_, err := signin.Read(bad)
		assert.Error(t, err, bad)
	}
}
