package principal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"connectedcar/internal/twin/iot/gateway/sigv4"
)

const (
	cognitoTarget = "AWSCognitoIdentityService."
	issue         = cognitoTarget + "GetCredentialsForIdentity"
	// maxCall is the most bytes that are read of a call and of its response.
	maxCall = 1 << 20
)

// Handles reports whether the call is to Amazon Cognito identity pools, which ServeHTTP passes to the emulator.
func (b *Book) Handles(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasPrefix(r.Header.Get("X-Amz-Target"), cognitoTarget)
}

type loginsKey struct{}

// ServeHTTP passes the call to the emulator, and stores the key if the response issues one.
func (b *Book) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Amz-Target") == issue {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCall))
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		var call struct{ Logins map[string]string }
		_ = json.Unmarshal(body, &call) // the emulator responds to an invalid body
		r.Body = io.NopCloser(bytes.NewReader(body))
		r = r.WithContext(context.WithValue(r.Context(), loginsKey{}, len(call.Logins) > 0))
	}
	b.proxy.ServeHTTP(w, r)
}

// Via marks calls that passed through this proxy, for a proxy between it and the emulator.
const Via = "1.1 devicegateway"

func (b *Book) newProxy(emulator *url.URL, transport http.RoundTripper) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(emulator)
			p.Out.Host = p.In.Host // the signature covers Host
			p.Out.Header.Set("Via", Via)
		},
		Transport:      transport,
		ModifyResponse: b.see,
	}
}

// see stores the key of a response.
func (b *Book) see(r *http.Response) error {
	authenticated, ok := r.Request.Context().Value(loginsKey{}).(bool)
	if !ok || r.StatusCode != http.StatusOK {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxCall))
	if err != nil {
		return fmt.Errorf("read the emulator's answer: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var answer struct {
		IdentityID  string `json:"IdentityId"`
		Credentials struct {
			AccessKeyID  string `json:"AccessKeyId"`
			SecretKey    string
			SessionToken string
			Expiration   float64 // seconds since 1970
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("read the emulator's answer: %w", err)
	}
	c := answer.Credentials
	if c.AccessKeyID == "" || c.SecretKey == "" {
		return errors.New("the emulator's answer to GetCredentialsForIdentity has no credentials")
	}
	b.learn(c.AccessKeyID, &entry{
		Key: sigv4.Key{Secret: c.SecretKey, Token: c.SessionToken}, expires: time.Unix(int64(c.Expiration), 0),
		identity: answer.IdentityID, authenticated: authenticated,
	})
	return nil
}
