package front

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"syscall"
)

// issuesKey tells the calls that issue a key to an identity of Amazon Cognito. They pass through the device gateway, which must know the key
// to verify addresses that are signed with it; it asks the emulator here in turn, with Via.
func (c *Call) issuesKey() bool {
	return c.Is("cognito-identity", "GetCredentialsForIdentity") && c.Request.Header.Get("Via") == ""
}

// gatewayFirst sends calls that issue keys to the emulator while the device gateway does not run, as when the emulator runs alone.
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
