package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
	"connectedcar/internal/platform"
)

// firstURL returns the first line that is an address. It reads on in the background, so that the writer does not block.
func firstURL(t *testing.T, r io.Reader) *url.URL {
	t.Helper()
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if line := strings.TrimSpace(lines.Text()); strings.HasPrefix(line, "http") {
			go func() { _, _ = io.Copy(io.Discard, r) }()
			u, err := url.Parse(line)
			require.NoError(t, err)
			return u
		}
	}
	t.Fatal("carctl printed no address")
	return nil
}

func TestABrowserOnAnotherMachine(t *testing.T) {
	p := newPeople(t)
	p.api = p.whoami
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "the code", r.FormValue("code"))
		assert.Equal(t, names.CLIRedirectURL, r.FormValue("redirect_uri"))
		tokens := p.tokens("ana@example.com")
		p.answer(w, map[string]any{
			"access_token": tokens["AccessToken"], "id_token": tokens["IdToken"], "refresh_token": tokens["RefreshToken"], "expires_in": 3600,
		})
	}))
	defer pages.Close()
	described, err := platform.Load(p.file)
	require.NoError(t, err)
	described.Stacks["x"][names.OutputSignInURL] = pages.URL
	require.NoError(t, described.Save(p.file))

	var out bytes.Buffer
	stdin, paste := io.Pipe()
	shown, info := io.Pipe()
	root := newRoot(&out, info)
	root.SetIn(stdin)
	root.SetArgs([]string{"login", "--platform", p.file})
	ended := make(chan error, 1)
	go func() {
		err := root.ExecuteContext(t.Context())
		_ = info.Close()
		ended <- err
	}()
	q := firstURL(t, shown).Query()
	_, err = io.WriteString(paste, q.Get("redirect_uri")+"?"+url.Values{"code": {"the code"}, "state": {q.Get("state")}}.Encode()+"\n")
	require.NoError(t, err)
	require.NoError(t, <-ended)
	assert.Equal(t, "signed in as ana@example.com (roles: driver)\n", out.String())
	answer, err := p.run("", "api", "GET", "/v1/me")
	require.NoError(t, err)
	assert.Contains(t, answer, "ana@example.com")
}

func TestNobodySignsIn(t *testing.T) {
	p := newPeople(t)
	described, err := platform.Load(p.file)
	require.NoError(t, err)
	described.Stacks["x"][names.OutputSignInURL] = "https://example.com"
	require.NoError(t, described.Save(p.file))
	_, err = p.run("", "login")
	require.ErrorContains(t, err, "no sign-in pages", "a local platform never leads a person to AWS's")

	described.Stacks["x"][names.OutputSignInURL] = "http://127.0.0.1:1"
	require.NoError(t, described.Save(p.file))
	_, err = p.run("https://example.com/?code=x&state=forged\n", "login", "--timeout", "1m")
	require.ErrorContains(t, err, "belongs to another sign-in")

	stdin, paste := io.Pipe()
	defer paste.Close() // the test pastes nothing
	var out bytes.Buffer
	root := newRoot(&out, io.Discard)
	root.SetIn(stdin)
	root.SetArgs([]string{"login", "--platform", p.file, "--timeout", "1ms"})
	require.ErrorContains(t, root.ExecuteContext(t.Context()), "nobody signed in within 1ms")
}
