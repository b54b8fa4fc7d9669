package front

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"syscall"
)

// issuesKey reports whether the call issues a key to an identity of Amazon Cognito. Such a call passes through the device gateway, which
// must know the key to verify URLs signed with it; the gateway forwards the call to the emulator through this front, with a Via header.
func (c *Call) issuesKey() bool {
	return c.Is("cognito-identity", "GetCredentialsForIdentity") && c.Request.Header.Get("Via") == ""
}

// gatewayFirst sends calls that issue keys through the device gateway, or straight to the emulator while the gateway does not run.
type gatewayFirst struct {
	http.RoundTripper
	emulator *url.URL
}

// RoundTrip implements http.RoundTripper.
func (g gatewayFirst) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := g.RoundTripper.RoundTrip(r)
	c, ok := r.Context().Value(callKey{}).(*Call)
	if !ok || !c.issuesKey() || !errors.Is(err, syscall.ECONNREFUSED) {
		return answer, err
	}
	again := r.Clone(r.Context())
	again.URL.Scheme, again.URL.Host = g.emulator.Scheme, g.emulator.Host
	again.Body = io.NopCloser(bytes.NewReader(c.Body))
	return g.RoundTripper.RoundTrip(again)
}
