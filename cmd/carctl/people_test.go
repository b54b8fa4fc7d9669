package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
	"connectedcar/internal/platform"
)

// secret is the secret of every user's authenticator app.
const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// people is a fake platform with a user pool and an API, with the calls that carctl makes.
type people struct {
	t        *testing.T
	file     string
	api      http.HandlerFunc
	lifetime time.Duration // validity of the tokens that it issues
	plain    bool          // access tokens lack the platform's claims
	calls    []string      // operations of the user pool that were called
	revoked  []string
}

func newPeople(t *testing.T) *people {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	p := &people{t: t, file: filepath.Join(t.TempDir(), "platform.json"), lifetime: time.Hour}
	pool := httptest.NewServer(http.HandlerFunc(p.pool))
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.api(w, r) }))
	t.Cleanup(pool.Close)
	t.Cleanup(api.Close)
	described := platform.Platform{
		AWSEndpoint: pool.URL, Region: "eu-central-1", Users: []platform.User{
			{Username: "ana@example.com", Password: "anas"},
			{Username: "ops@example.com", Password: "opss", TOTPSecret: secret},
		},
		Stacks: map[string]map[string]string{"x": {names.OutputCLIClientID: "app", names.OutputAPIURL: api.URL + "/live/"}},
	}
	require.NoError(t, described.Save(p.file))
	return p
}

// run runs carctl on the fake platform.
func (p *people) run(stdin string, args ...string) (out string, err error) {
	p.t.Helper()
	var o, i bytes.Buffer
	root := newRoot(&o, &i)
	root.SetIn(strings.NewReader(stdin))
	root.SetArgs(append(args, "--platform", p.file))
	err = root.ExecuteContext(p.t.Context())
	return o.String(), err
}

// pool is a fake Amazon Cognito.
func (p *people) pool(w http.ResponseWriter, r *http.Request) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	p.calls = append(p.calls, operation)
	var in struct {
		AuthParameters, ChallengeResponses map[string]string
		RefreshToken, Token, UserCode      string
	}
	assert.NoError(p.t, json.NewDecoder(r.Body).Decode(&in))
	assert.Empty(p.t, r.Header.Get("Authorization"), "signing in needs no AWS credentials")
	passwords := map[string]string{"ana@example.com": "anas", "ops@example.com": "opss", "new@example.com": "news"}
	user := in.AuthParameters["USERNAME"]
	switch {
	case operation == "InitiateAuth" && passwords[user] != in.AuthParameters["PASSWORD"]:
		p.refuse(w, "NotAuthorizedException", "Incorrect username or password.")
	case operation == "InitiateAuth" && user == "ops@example.com":
		p.answer(w, map[string]any{"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": user})
	case operation == "InitiateAuth":
		p.answer(w, map[string]any{"AuthenticationResult": p.tokens(user)})
	case operation == "RespondToAuthChallenge" && !totp.Validate(in.ChallengeResponses["SOFTWARE_TOKEN_MFA_CODE"], secret):
		p.refuse(w, "CodeMismatchException", "Invalid code received for user")
	case operation == "RespondToAuthChallenge":
		p.answer(w, map[string]any{"AuthenticationResult": p.tokens(in.ChallengeResponses["USERNAME"])})
	case operation == "GetTokensFromRefreshToken" && in.RefreshToken == "refresh ana@example.com":
		p.answer(w, map[string]any{"AuthenticationResult": p.tokens("ana@example.com")})
	case operation == "AssociateSoftwareToken":
		p.answer(w, map[string]any{"SecretCode": secret})
	case operation == "VerifySoftwareToken" && !totp.Validate(in.UserCode, secret):
		p.refuse(w, "EnableSoftwareTokenMFAException", "Code mismatch")
	case operation == "VerifySoftwareToken":
		p.answer(w, map[string]any{"Status": "SUCCESS"})
	case operation == "SetUserMFAPreference":
		p.answer(w, map[string]any{})
	case operation == "RevokeToken":
		p.revoked = append(p.revoked, in.Token)
		p.answer(w, map[string]any{})
	default:
		p.refuse(w, "NotAuthorizedException", "Refresh Token has been revoked")
	}
}

func (p *people) tokens(user string) map[string]any {
	token := func(claims map[string]any) string {
		b, err := json.Marshal(claims)
		require.NoError(p.t, err)
		return "h." + base64.RawURLEncoding.EncodeToString(b) + ".s"
	}
	scope := "aws.cognito.signin.user.admin connectedcar/read"
	if p.plain {
		scope = "aws.cognito.signin.user.admin"
	}
	return map[string]any{
		"AccessToken":  token(map[string]any{"use": "access", "user": user, "scope": scope, "n": len(p.calls)}),
		"IdToken":      token(map[string]any{"use": "id", "user": user, "email": user, "cognito:groups": []string{"driver"}}),
		"RefreshToken": "refresh " + user, "ExpiresIn": int(p.lifetime.Seconds()),
	}
}

func (p *people) answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	assert.NoError(p.t, json.NewEncoder(w).Encode(body))
}

func (p *people) refuse(w http.ResponseWriter, code, message string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(w, `{"__type":%q,"message":%q}`, code, message)
}

// bearer returns the claims of the request's token.
func bearer(t *testing.T, r *http.Request) (use, user string) {
	t.Helper()
	parts := strings.Split(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), ".")
	if !assert.Len(t, parts, 3) {
		return "", ""
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	assert.NoError(t, err)
	var claims struct{ Use, User string }
	assert.NoError(t, json.Unmarshal(b, &claims))
	return claims.Use, claims.User
}

// whoami responds with the user of the request's token.
func (p *people) whoami(w http.ResponseWriter, r *http.Request) {
	use, user := bearer(p.t, r)
	fmt.Fprintf(w, `{"use":%q,"user":%q}`, use, user)
}

func TestSigningInWithAPassword(t *testing.T) {
	code, err := totp.GenerateCode(secret, time.Now())
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		args      []string
		stdin     string
		want, err string
	}{
		"somebody whom the description knows":        {[]string{"--user", "ana@example.com"}, "", "signed in as ana@example.com (roles: driver)\n", ""},
		"with an authenticator app":                  {[]string{"--user", "ops@example.com"}, "", "signed in as ops@example.com", ""},
		"with a password of its own":                 {[]string{"--user", "new@example.com", "--password", "news"}, "", "signed in as new@example.com", ""},
		"with a password on standard input":          {[]string{"--user", "new@example.com", "--password-stdin"}, "news\n", "signed in as new@example.com", ""},
		"with a code":                                {[]string{"--user", "ops@example.com", "--password", "opss", "--code", code}, "", "signed in as ops@example.com", ""},
		"with a secret":                              {[]string{"--user", "ops@example.com", "--password", "opss", "--totp-secret", secret}, "", "signed in as ops@example.com", ""},
		"a code that is missing":                     {[]string{"--user", "ops@example.com", "--password", "opss"}, "", "", "asks for a code of the authenticator app: --code or --totp-secret"},
		"a code that is wrong":                       {[]string{"--user", "ops@example.com", "--code", "000000"}, "", "", "CodeMismatchException: Invalid code received for user"},
		"a secret that is none":                      {[]string{"--user", "ops@example.com", "--totp-secret", "1"}, "", "", "make a code of the authenticator app's secret"},
		"a wrong password":                           {[]string{"--user", "new@example.com", "--password", "x"}, "", "", "sign in new@example.com: NotAuthorizedException: Incorrect username or password."},
		"somebody unknown without a password":        {[]string{"--user", "x@example.com"}, "", "", `user "x@example.com": the platform's description has ana@example.com, ops@example.com: others need --password`},
		"an empty standard input":                    {[]string{"--user", "new@example.com", "--password-stdin"}, "", "", "read the password: standard input is empty"},
		"a password for nobody":                      {[]string{"--password", "x"}, "", "", "is for --user EMAIL"},
		"the browser on a platform without its page": {nil, "", "", "output SignInUrl: none"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := newPeople(t).run(tc.stdin, append([]string{"login"}, tc.args...)...)
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				return
			}
			require.NoError(t, err)
			assert.Contains(t, out, tc.want)
		})
	}
}

func TestCallsAreMadeForWhoSignedInLastOrWhomAsNames(t *testing.T) {
	p := newPeople(t)
	p.api = p.whoami
	_, err := p.run("", "api", "GET", "/v1/me")
	require.ErrorContains(t, err, "nobody is signed in")
	for _, user := range []string{"new@example.com", "ana@example.com"} {
		_, err = p.run("", "login", "--user", user, "--password", map[string]string{"new@example.com": "news", "ana@example.com": "anas"}[user])
		require.NoError(t, err)
	}
	for as, want := range map[string]string{"": "ana@example.com", "new@example.com": "new@example.com", "ops@example.com": "ops@example.com"} {
		out, err := p.run("", "api", "GET", "/v1/me", "--as", as)
		require.NoError(t, err)
		assert.JSONEq(t, fmt.Sprintf(`{"use":"access","user":%q}`, want), out)
	}
	before := len(p.calls)
	_, err = p.run("", "api", "GET", "/v1/me", "--as", "ops@example.com")
	require.NoError(t, err)
	assert.Len(t, p.calls, before, "a session is kept")
	_, err = p.run("", "api", "GET", "/v1/me", "--as", "x@example.com")
	require.ErrorContains(t, err, "x@example.com is not signed in (signed in: ana@example.com, new@example.com, ops@example.com)")

	_, err = p.run("", "logout")
	require.NoError(t, err)
	assert.Equal(t, []string{"refresh ana@example.com"}, p.revoked)
	_, err = p.run("", "api", "GET", "/v1/me")
	require.ErrorContains(t, err, "nobody is signed in")
	out, err := p.run("", "logout", "--all")
	require.NoError(t, err)
	assert.Equal(t, "signed out new@example.com\nsigned out ops@example.com\n", out)
	_, err = p.run("", "logout", "--as", "ana@example.com")
	require.ErrorContains(t, err, `"ana@example.com" is not signed in`)
}

func TestTokensAreRefreshed(t *testing.T) {
	p := newPeople(t)
	p.api, p.lifetime = p.whoami, margin/2
	for _, user := range []string{"ana@example.com", "ops@example.com"} {
		_, err := p.run("", "login", "--user", user)
		require.NoError(t, err)
	}
	p.calls, p.lifetime = nil, time.Hour
	for user, calls := range map[string][]string{
		"ana@example.com": {"GetTokensFromRefreshToken"},
		"ops@example.com": {"GetTokensFromRefreshToken", "InitiateAuth", "RespondToAuthChallenge"}, // the refresh token is refused
	} {
		p.calls = nil
		for range 2 {
			out, err := p.run("", "api", "GET", "/v1/me", "--as", user)
			require.NoError(t, err)
			assert.Contains(t, out, user)
		}
		assert.Equal(t, calls, p.calls)
	}
	p.lifetime = 0
	_, err := p.run("", "login", "--user", "new@example.com", "--password", "news")
	require.NoError(t, err)
	_, err = p.run("", "api", "GET", "/v1/me")
	require.ErrorContains(t, err, "the session of new@example.com is over")
}

func TestTurningAnAuthenticatorAppOn(t *testing.T) {
	p := newPeople(t)
	code, err := totp.GenerateCode(secret, time.Now())
	require.NoError(t, err)
	out, err := p.run(code[:3]+" "+code[3:]+"\n", "mfa", "--as", "ana@example.com")
	require.NoError(t, err)
	assert.Contains(t, out, "the authenticator app of ana@example.com is on")
	assert.Equal(t, []string{"InitiateAuth", "AssociateSoftwareToken", "VerifySoftwareToken", "SetUserMFAPreference"}, p.calls)
	_, err = p.run("000000\n", "mfa", "--as", "ana@example.com")
	require.ErrorContains(t, err, "prove the authenticator app: EnableSoftwareTokenMFAException: Code mismatch")
	_, err = p.run("", "mfa", "--as", "ana@example.com")
	require.ErrorContains(t, err, "read the app's code: standard input is empty")
	assert.Equal(t, "otpauth://totp/connectedcar:ana@example.com?issuer=connectedcar&secret="+secret, keyURI("ana@example.com", secret))
}

func TestAPoolThatCannotShapeAccessTokensIsUsedByIDTokens(t *testing.T) {
	p := newPeople(t)
	p.api, p.plain = p.whoami, true
	out, err := p.run("", "api", "GET", "/v1/me", "--as", "ana@example.com")
	require.NoError(t, err)
	assert.JSONEq(t, `{"use":"id","user":"ana@example.com"}`, out)
}

func TestWhatIsSent(t *testing.T) {
	p := newPeople(t)
	var got *http.Request
	var body string
	p.api = func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		got, body = r, string(b)
		w.WriteHeader(http.StatusNoContent)
	}
	out, err := p.run(`{"code":"1"}`, "api", "post", "/v1/claims?x=1", "--data", "-", "--as", "ana@example.com", "--header", "If-Match: \"7\"", "--header", "X-Empty:")
	require.NoError(t, err)
	assert.Empty(t, out)
	assert.Equal(t, "POST /live/v1/claims?x=1", got.Method+" "+got.URL.String())
	assert.JSONEq(t, `{"code":"1"}`, body)
	assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
	assert.Equal(t, `"7"`, got.Header.Get("If-Match"))
	key := got.Header.Get("Idempotency-Key")
	assert.GreaterOrEqual(t, len(key), 22)

	_, err = p.run("", "api", "POST", "/v1/claims", "--data", "@"+write(t, `{}`), "--as", "ana@example.com", "--header", "Idempotency-Key: mine")
	require.NoError(t, err)
	assert.Equal(t, "mine", got.Header.Get("Idempotency-Key"))
	_, err = p.run("", "api", "DELETE", "/v1/x", "--as", "ana@example.com")
	require.NoError(t, err)
	assert.Empty(t, body+got.Header.Get("Content-Type")+got.Header.Get("Idempotency-Key"))
}

func TestMistakesInACall(t *testing.T) {
	p := newPeople(t)
	p.api = func(http.ResponseWriter, *http.Request) { t.Error("nothing must be sent") }
	for want, args := range map[string][]string{
		`method "FETCH": allowed are GET, POST`:            {"FETCH", "/v1/x"},
		`path "v1/x": allowed are paths that begin with /`: {"GET", "v1/x"},
		"--all is for GET, not POST":                       {"POST", "/v1/x", "--all"},
		"--data is not JSON":                               {"POST", "/v1/x", "--data", "{"},
		"read --data: open nowhere: no such file":          {"POST", "/v1/x", "--data", "@nowhere"},
		`--header "X": allowed is 'Name: value'`:           {"GET", "/v1/x", "--header", "X"},
		"accepts 2 arg(s), received 1":                     {"GET"},
	} {
		_, err := p.run("", append([]string{"api", "--as", "ana@example.com"}, args...)...)
		require.ErrorContains(t, err, want)
	}
}

func TestProblemsAreReadable(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"a problem": {
			404, `{"type":"about:blank","title":"Not Found","status":404,"detail":"no such vehicle","instance":"req-1"}`,
			"the API answers 404 Not Found: no such vehicle [req-1]",
		},
		"a problem of several fields": {
			400, `{"type":"https://example.com/invalid","title":"Invalid input","errors":[{"field":"vin","detail":"17 characters"}]}`,
			"the API answers 400 Bad Request: Invalid input: vin 17 characters (https://example.com/invalid)",
		},
		"the gateway's own words": {401, `{"message":"Unauthorized"}`, "the API answers 401 Unauthorized"},
		"other words of it":       {403, `{"message":"The incoming token has expired"}`, "the API answers 403 Forbidden: The incoming token has expired"},
		"what is no JSON":         {502, "<html>oops</html>", "the API answers 502 Bad Gateway: <html>oops</html>"},
		"nothing":                 {500, "", "the API answers 500 Internal Server Error"},
		"a redirect":              {302, "", "the API answers 302 Found"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeople(t)
			p.api = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			}
			out, err := p.run("", "api", "GET", "/v1/x", "--as", "ana@example.com")
			require.EqualError(t, err, tc.want)
			assert.Empty(t, out)
		})
	}
}

func TestAllPages(t *testing.T) {
	p := newPeople(t)
	pages := map[string]string{
		"": `{"items":[{"n": 1},{"n":2}],"nextToken":"b+/="}`, "b+/=": `{"items":[],"nextToken":"c"}`, "c": `{"items":[{"n":3}]}`,
		"twice": `{"items":[],"nextToken":"twice"}`,
	}
	p.api = func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "1", r.URL.Query().Get("limit"))
		_, _ = io.WriteString(w, pages[r.URL.Query().Get("nextToken")])
	}
	out, err := p.run("", "api", "GET", "/v1/vehicles?limit=1", "--all", "--as", "ana@example.com")
	require.NoError(t, err)
	assert.Equal(t, "{\"n\": 1}\n{\"n\":2}\n{\"n\":3}\n", out)
	_, err = p.run("", "api", "GET", "/v1/vehicles?limit=1&nextToken=twice", "--all", "--as", "ana@example.com")
	require.ErrorContains(t, err, "the same nextToken twice")
	pages[""] = `{"vin":"x"}`
	_, err = p.run("", "api", "GET", "/v1/vehicles?limit=1", "--all", "--as", "ana@example.com")
	require.ErrorContains(t, err, "the answer is no list")
}

func TestMistakesAboutPeople(t *testing.T) {
	p := newPeople(t)
	for want, args := range map[string][]string{
		`--role: role "boss": allowed are manufacturer, dealer, driver, operator`: {"add", "--email", "a@example.com", "--role", "boss"},
		`--role: role "x"`:                                  {"list", "--role", "x"},
		`e-mail "Ana <a@example.com>"`:                      {"add", "--email", "Ana <a@example.com>"},
		`required flag(s) "email" not set`:                  {"add", "--role", "driver"},
		`dealer "": allowed are 1 to 32`:                    {"add", "--email", "a@example.com", "--role", "dealer"},
		`dealer "x": allowed together with the role dealer`: {"add", "--email", "a@example.com", "--role", "driver", "--dealer", "x"},
		`manufacturer "A B": allowed are 1 to 32`:           {"add", "--email", "a@example.com", "--role", "manufacturer", "--manufacturer", "A B"},
		"temporary: allowed together with a password":       {"add", "--email", "a@example.com", "--temporary"},
		"output UserPoolId: none of the platform's":         {"list"},
	} {
		_, err := p.run("", append([]string{"user"}, args...)...)
		require.ErrorContains(t, err, want)
	}
	var o bytes.Buffer
	root := newRoot(&o, &o)
	root.SetArgs([]string{"user", "seed", "--env", "prod"})
	require.ErrorContains(t, root.ExecuteContext(t.Context()), "--env prod: people with written-down passwords are for the local platform only")
}
