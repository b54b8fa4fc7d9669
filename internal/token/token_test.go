package token_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/authz"
	"connectedcar/internal/errs"
	"connectedcar/internal/token"
)

const (
	issuer = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Test"
	client = "client1"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// pool is a fake user pool that signs tokens.
type pool struct {
	t       testing.TB
	server  *httptest.Server
	keys    map[string]*rsa.PrivateKey
	fetches atomic.Int32
	broken  atomic.Bool
}

// distance is the time after which the pool responds.
const distance = 20 * time.Millisecond

func newPool(t testing.TB, kids ...string) *pool {
	t.Helper()
	p := &pool{t: t, keys: map[string]*rsa.PrivateKey{}}
	for _, kid := range kids {
		p.add(kid)
	}
	p.server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.server.Close)
	return p
}

func (p *pool) add(kid string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(p.t, err)
	p.keys[kid] = key
}

func (p *pool) serve(w http.ResponseWriter, _ *http.Request) {
	p.fetches.Add(1)
	<-time.After(distance)
	if p.broken.Load() {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	var list []map[string]string
	for kid, key := range p.keys {
		list = append(list, map[string]string{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": list})
}

func (p *pool) verifier(use token.Use, clock func() time.Time) *token.Verifier {
	v, err := token.New(token.Config{Issuer: issuer, Clients: []string{"other", client}, Use: use, KeysURL: p.server.URL, Now: clock})
	require.NoError(p.t, err)
	return v
}

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// good returns the claims of a valid access token.
func good() jwt.MapClaims {
	return jwt.MapClaims{
		"iss": issuer, "sub": "user1", "token_use": "access", "client_id": client, "scope": "connectedcar/read openid",
		"exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "cognito:groups": []string{"dealer", "admins", "driver"}, "dealerId": "munich",
	}
}

func (p *pool) sign(kid string, c jwt.MapClaims) string {
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, c)
	t.Header["kid"] = kid
	s, err := t.SignedString(p.keys[kid])
	require.NoError(p.t, err)
	return s
}

func TestATokenSaysWhoItIsOf(t *testing.T) {
	p := newPool(t, "k1", "k2")
	got, err := p.verifier(token.Access, at(now)).Verify(t.Context(), p.sign("k2", good()))
	require.NoError(t, err)
	assert.Equal(t, authz.Principal{
		ID: "user1", Roles: []authz.Role{authz.Dealer, authz.Driver}, Dealer: "munich", Scoped: true, Scopes: []string{"connectedcar/read", "openid"},
	}, got)

	c := good()
	c["token_use"], c["aud"] = "id", client
	delete(c, "client_id")
	delete(c, "scope")
	got, err = p.verifier(token.ID, at(now)).Verify(t.Context(), p.sign("k1", c))
	require.NoError(t, err)
	assert.False(t, got.Scoped)
}

func TestTokensThatDoNotCount(t *testing.T) {
	p := newPool(t, "k1")
	stranger := newPool(t, "k1", "k9")
	with := func(name string, value any) jwt.MapClaims {
		c := good()
		if value == nil {
			delete(c, name)
		} else {
			c[name] = value
		}
		return c
	}
	sign := func(c jwt.MapClaims) string { return p.sign("k1", c) }
	parts := strings.Split(sign(good()), ".")
	forged := base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"` + issuer + `","sub":"user2","token_use":"access","client_id":"` + client + `","exp":1895438800}`))
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"k1"}`))
	hs := jwt.NewWithClaims(jwt.SigningMethodHS256, good())
	hs.Header["kid"] = "k1"
	confused, err := hs.SignedString(p.keys["k1"].N.Bytes())
	require.NoError(t, err)
	for name, tc := range map[string]struct{ raw, why string }{
		"no token":                         {"", "no JWT"},
		"no JWT":                           {"secret.of.somebody", "no JWT"},
		"alg none":                         {none + "." + parts[1] + ".", "signature"},
		"alg none with the old signature":  {none + "." + parts[1] + "." + parts[2], "signature"},
		"the public key as an HMAC secret": {confused, "signature"},
		"other claims under the signature": {parts[0] + "." + forged + "." + parts[2], "signature"},
		"a cut signature":                  {parts[0] + "." + parts[1] + "." + parts[2][:40], "signature"},
		"another pool's key of that name":  {stranger.sign("k1", good()), "signature"},
		"a key that the pool has not":      {stranger.sign("k9", good()), "key is not the pool's"},
		"another pool":                     {sign(with("iss", issuer+"2")), "another issuer"},
		"no issuer":                        {sign(with("iss", nil)), "lacks a required claim"},
		"another application":              {sign(with("client_id", "client2")), "another application"},
		"no application":                   {sign(with("client_id", nil)), "another application"},
		"an ID token":                      {sign(with("token_use", "id")), "no access token"},
		"no use":                           {sign(with("token_use", nil)), "no access token"},
		"expired":                          {sign(with("exp", now.Add(-31*time.Second).Unix())), "expired"},
		"without an end":                   {sign(with("exp", nil)), "lacks a required claim"},
		"not valid yet":                    {sign(with("nbf", now.Add(time.Minute).Unix())), "not valid yet"},
		"from the future":                  {sign(with("iat", now.Add(time.Minute).Unix())), "from the future"},
		"of nobody":                        {sign(with("sub", nil)), "names nobody"},
		"groups that are no list":          {sign(with("cognito:groups", "operator")), "no JWT"},
		"too long":                         {sign(with("x", strings.Repeat("x", 9000))), "characters"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := p.verifier(token.Access, at(now)).Verify(t.Context(), tc.raw)
			require.ErrorIs(t, err, token.ErrInvalid)
			assert.ErrorContains(t, err, tc.why)
			assert.Equal(t, errs.Denied, errs.Of(err))
			assert.Empty(t, got)
			assert.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestAnAccessTokenIsNoIDToken(t *testing.T) {
	p := newPool(t, "k1")
	c := good()
	c["aud"] = client
	_, err := p.verifier(token.ID, at(now)).Verify(t.Context(), p.sign("k1", c))
	assert.ErrorContains(t, err, "no id token")
}

func TestKeysAreKeptAndRotated(t *testing.T) {
	p := newPool(t, "k1")
	clock := now
	v := p.verifier(token.Access, func() time.Time { return clock })
	verify := func(kid string) error {
		_, err := v.Verify(t.Context(), p.sign(kid, good()))
		return err
	}
	for range 3 {
		require.NoError(t, verify("k1"))
	}
	assert.EqualValues(t, 1, p.fetches.Load(), "the keys are kept")

	p.add("k2")
	require.NoError(t, verify("k2"), "a new key is found at once")
	assert.EqualValues(t, 2, p.fetches.Load())

	before := p.fetches.Load()
	stranger := newPool(t, "made-up")
	for range 20 {
		_, err := v.Verify(t.Context(), stranger.sign("made-up", good()))
		require.Error(t, err)
	}
	assert.LessOrEqual(t, p.fetches.Load(), before+1, "a stranger has the keys read anew as often as he likes")

	p.broken.Store(true)
	clock = clock.Add(59 * time.Minute)
	require.NoError(t, verify("k1"))
	p.broken.Store(false)
	withdrawn := p.sign("k1", good())
	delete(p.keys, "k1")
	clock = now.Add(61 * time.Minute)
	c := good()
	c["exp"] = clock.Add(time.Hour).Unix()
	_, err := v.Verify(t.Context(), p.sign("k2", c))
	require.NoError(t, err)
	_, err = v.Verify(t.Context(), withdrawn)
	require.Error(t, err, "a key that the pool withdrew counts no more")
}

func TestWithoutKeysNothingCounts(t *testing.T) {
	p := newPool(t, "k1")
	p.broken.Store(true)
	v := p.verifier(token.Access, at(now))
	_, err := v.Verify(t.Context(), p.sign("k1", good()))
	assert.Equal(t, errs.Unavailable, errs.Of(err), "%v", err)
	p.broken.Store(false)
	_, err = v.Verify(t.Context(), p.sign("k1", good()))
	assert.NoError(t, err)
}

func TestIssuerHasTheSuffixOfThePartition(t *testing.T) {
	got, err := token.Issuer("cn-north-1_Test")
	require.NoError(t, err)
	assert.Equal(t, "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_Test", got)
}

func TestIssuer(t *testing.T) {
	got, err := token.Issuer("eu-central-1_Test")
	require.NoError(t, err)
	assert.Equal(t, issuer, got)
	for _, bad := range []string{"", "x", "_x", "x_"} {
		_, err := token.Issuer(bad)
		assert.ErrorContains(t, err, "allowed is")
	}
}

func FuzzVerifyBelievesOnlyThePool(f *testing.F) {
	p := newPool(f, "k1")
	v := p.verifier(token.Access, at(now))
	valid := p.sign("k1", good())
	f.Add(valid + "x")
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, raw string) {
		if _, err := v.Verify(t.Context(), raw); err == nil && raw != valid {
			t.Fatalf("%q is believed", raw)
		}
	})
}
