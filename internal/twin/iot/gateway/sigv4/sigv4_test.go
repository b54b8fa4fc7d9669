package sigv4_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/gateway/sigv4"
)

var (
	now       = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	temporary = aws.Credentials{AccessKeyID: "ASIATEST", SecretAccessKey: "secret", SessionToken: "tok/en=="}
)

const body = `{"a":1}`

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// presigned returns the path and query of a signed URL for MQTT over WebSocket.
func presigned(t *testing.T, c aws.Credentials, query string) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "https://localhost:8443/mqtt"+query, nil)
	require.NoError(t, err)
	address, _, err := v4.NewSigner().PresignHTTP(t.Context(), c, r, hash(""), "iotdevicegateway", "eu-central-1", now)
	require.NoError(t, err)
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u.RequestURI()
}

func websocket(uri string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, uri, nil)
	r.Host = "localhost:8443"
	r.Header.Set("Sec-WebSocket-Protocol", "mqtt") // not covered by the signature
	return r
}

func publication(t *testing.T, c aws.Credentials) *http.Request {
	t.Helper()
	out, err := http.NewRequest(http.MethodPost, "https://localhost:8443/topics/a%2Fb%20c?qos=1", strings.NewReader(body))
	require.NoError(t, err)
	out.Header.Set("Content-Type", "application/octet-stream")
	require.NoError(t, v4.NewSigner().SignHTTP(t.Context(), c, out, hash(body), "iotdata", "eu-central-1", now))
	in := httptest.NewRequest(http.MethodPost, out.URL.RequestURI(), strings.NewReader(body)) // as a server reads it
	in.Host, in.Header, in.ContentLength = out.Host, out.Header.Clone(), int64(len(body))
	in.Header.Set("User-Agent", "added on the way")
	return in
}

func TestSignaturesAreVerified(t *testing.T) {
	lasting := aws.Credentials{AccessKeyID: "AKIATEST", SecretAccessKey: "secret"}
	good := func(r *http.Request) *http.Request { return r }
	for name, tc := range map[string]struct {
		request *http.Request
		change  func(*http.Request) *http.Request
		body    string
		key     sigv4.Key
		at      time.Time
		err     string
	}{
		"an address that the SDK signed":             {request: websocket(presigned(t, lasting, "")), key: sigv4.Key{Secret: "secret"}},
		"an address with a signed token":             {request: websocket(presigned(t, temporary, "?X-Amz-Expires=60")), key: sigv4.Key{Secret: "secret", Token: "tok/en=="}},
		"a token that was added after, as AWS IoT's": {request: websocket(presigned(t, lasting, "") + "&X-Amz-Security-Token=tok%2Fen%3D%3D"), key: sigv4.Key{Secret: "secret", Token: "tok/en=="}},
		"a call that the SDK signed":                 {request: publication(t, temporary), body: body, key: sigv4.Key{Secret: "secret", Token: "tok/en=="}},
		"another secret":                             {request: websocket(presigned(t, lasting, "")), key: sigv4.Key{Secret: "other"}, err: "does not match"},
		"another token":                              {request: websocket(presigned(t, temporary, "")), key: sigv4.Key{Secret: "secret", Token: "x"}, err: "security token"},
		"no token":                                   {request: websocket(presigned(t, lasting, "")), key: sigv4.Key{Secret: "secret", Token: "x"}, err: "security token"},
		"another path": {request: websocket(presigned(t, lasting, "")), key: sigv4.Key{Secret: "secret"}, err: "does not match",
			change: func(r *http.Request) *http.Request { r.URL.Path = "/other"; return r }},
		"another host": {request: websocket(presigned(t, lasting, "")), key: sigv4.Key{Secret: "secret"}, err: "does not match",
			change: func(r *http.Request) *http.Request { r.Host = "elsewhere"; return r }},
		"another parameter": {request: websocket(presigned(t, lasting, "") + "&x=1"), key: sigv4.Key{Secret: "secret"}, err: "does not match"},
		"an address whose time is over": {request: websocket(presigned(t, lasting, "?X-Amz-Expires=60")), key: sigv4.Key{Secret: "secret"},
			at: now.Add(61 * time.Second), err: "is over"},
		"an address of tomorrow":    {request: websocket(presigned(t, lasting, "")), key: sigv4.Key{Secret: "secret"}, at: now.Add(-6 * time.Minute), err: "is to come"},
		"a call of ten minutes ago": {request: publication(t, temporary), body: body, key: sigv4.Key{Secret: "secret", Token: "tok/en=="}, at: now.Add(10 * time.Minute), err: "ago"},
		"another body":              {request: publication(t, temporary), body: "x", key: sigv4.Key{Secret: "secret", Token: "tok/en=="}, err: "does not match"},
		"another query of a call": {request: publication(t, temporary), body: body, key: sigv4.Key{Secret: "secret", Token: "tok/en=="}, err: "does not match",
			change: func(r *http.Request) *http.Request { r.URL.RawQuery = "qos=0"; return r }},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.change == nil {
				tc.change = good
			}
			if tc.at.IsZero() {
				tc.at = now.Add(time.Second)
			}
			r := tc.change(tc.request)
			s, err := sigv4.Read(r)
			require.NoError(t, err)
			assert.Equal(t, "eu-central-1", s.Region)
			err = s.Verify(t.Context(), r, []byte(tc.body), tc.key, tc.at)
			if tc.err == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, tc.err)
		})
	}
}

func TestSignaturesThatCannotBeRead(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/mqtt", nil)
	_, err := sigv4.Read(r)
	require.ErrorIs(t, err, sigv4.ErrUnsigned)
	for uri, want := range map[string]string{
		"/mqtt?X-Amz-Algorithm=AWS4-HMAC-SHA1":                                                                                                           "allowed is AWS4-HMAC-SHA256",
		"/mqtt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/b":                                                                                    "allowed is key/date/region/service/aws4_request",
		"/mqtt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=0":                                                                                         "X-Amz-Expires",
		"/mqtt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/20261128/r/s/aws4_request&X-Amz-Date=now":                                             "X-Amz-Date",
		"/mqtt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/20261127/r/s/aws4_request&X-Amz-Date=20261128T120000Z&X-Amz-SignedHeaders=host":       "not of the credential's day",
		"/mqtt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/20261128/r/s/aws4_request&X-Amz-Date=20261128T120000Z&X-Amz-SignedHeaders=x-amz-date": "Host",
	} {
		_, err := sigv4.Read(httptest.NewRequest(http.MethodGet, uri, nil))
		assert.ErrorContains(t, err, want, uri)
	}
}
