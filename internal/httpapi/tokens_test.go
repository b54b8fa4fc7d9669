package httpapi_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"connectedcar/api"
	"connectedcar/internal/token"
)

const (
	issuer = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Test"
	client = "client1"
)

// pool is a user pool that issues tokens, with a second, foreign key, and the parsed contract, as both take long to make.
type pool struct {
	t             testing.TB
	keys          *httptest.Server
	own, anothers *rsa.PrivateKey
	tokens        map[string]string
	contract      *openapi3.T
}

// keyPair makes the pools' keys once: it takes long.
var keyPair = sync.OnceValues(func() (own, anothers *rsa.PrivateKey) { return newKey(), newKey() })

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

func newPool(t testing.TB) *pool {
	t.Helper()
	p := &pool{t: t, tokens: map[string]string{}}
	p.own, p.anothers = keyPair()
	var err error
	p.contract, err = openapi3.NewLoader().LoadFromData(api.Contract)
	require.NoError(t, err)
	p.keys = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		key := map[string]string{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k1", "n": base64.RawURLEncoding.EncodeToString(p.own.N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(p.own.E)).Bytes())}
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{key}})
	}))
	t.Cleanup(p.keys.Close)
	return p
}

func (p *pool) verifier() *token.Verifier {
	v, err := token.New(token.Config{Issuer: issuer, Clients: []string{client}, Use: token.Access, KeysURL: p.keys.URL, Now: func() time.Time { return at }})
	require.NoError(p.t, err)
	return v
}

// claims returns the claims of a user's access token.
func claims(name string, scopes ...string) jwt.MapClaims {
	if len(scopes) == 0 {
		scopes = []string{"connectedcar/read", "connectedcar/write"}
	}
	c := jwt.MapClaims{
		"iss": issuer, "sub": name, "token_use": "access", "client_id": client, "scope": strings.Join(scopes, " "),
		"exp": at.Add(time.Hour).Unix(), "iat": at.Add(-time.Minute).Unix(),
	}
	roles := map[string]jwt.MapClaims{
		"dealer":        {"cognito:groups": []string{"dealer"}, "dealerId": "munich"},
		"otherDealer":   {"cognito:groups": []string{"dealer"}, "dealerId": "berlin"},
		"nobodysDealer": {"cognito:groups": []string{"dealer"}},
		"maker":         {"cognito:groups": []string{"manufacturer"}, "manufacturerId": "acme"},
		"otherMaker":    {"cognito:groups": []string{"manufacturer"}, "manufacturerId": "zenith"},
		"operator":      {"cognito:groups": []string{"operator"}},
		"roleless":      {"sub": "owner", "cognito:groups": []string{"admins"}},
	}
	more, known := roles[name]
	if !known {
		more = jwt.MapClaims{"cognito:groups": []string{"driver"}}
	}
	for k, v := range more {
		c[k] = v
	}
	return c
}

func (p *pool) sign(c jwt.MapClaims, key *rsa.PrivateKey) string {
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, c)
	t.Header["kid"] = "k1"
	s, err := t.SignedString(key)
	require.NoError(p.t, err)
	return s
}

// token returns a user's token, with both scopes if none are given.
func (p *pool) token(name string, scopes ...string) string {
	key := name + " " + strings.Join(scopes, " ")
	if p.tokens[key] == "" {
		p.tokens[key] = p.sign(claims(name, scopes...), p.own)
	}
	return p.tokens[key]
}

// bad returns invalid tokens, of the owner and of a made-up operator, by their defect.
func (p *pool) bad() map[string]string {
	changed := func(name string, value any) string {
		c := claims("owner")
		c[name] = value
		return p.sign(c, p.own)
	}
	good := strings.Split(p.token("owner"), ".")
	tampered, err := json.Marshal(claims("operator"))
	require.NoError(p.t, err)
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT","kid":"k1"}`))
	return map[string]string{
		"no token":                    "",
		"no JWT":                      "opensesame",
		"expired":                     changed("exp", at.Add(-time.Minute).Unix()),
		"another pool's name":         changed("iss", issuer+"Other"),
		"another pool's key":          p.sign(claims("owner"), p.anothers),
		"another application's":       changed("client_id", "client2"),
		"an ID token":                 changed("token_use", "id"),
		"alg none":                    none + "." + good[1] + ".",
		"alg none, with a signature":  none + "." + good[1] + "." + good[2],
		"other claims, old signature": good[0] + "." + base64.RawURLEncoding.EncodeToString(tampered) + "." + good[2],
	}
}
