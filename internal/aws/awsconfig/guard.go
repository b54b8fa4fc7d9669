package awsconfig

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// ForeignHostError means that a program of a local platform tried to reach another host.
type ForeignHostError struct{ Address, Endpoint string }

func (e ForeignHostError) Error() string {
	return fmt.Sprintf("connection to %s refused: a local platform talks to this machine and to its endpoint %s alone", e.Address, e.Endpoint)
}

// RetryableError stops the SDK's retries, which a failed connection has otherwise.
func (ForeignHostError) RetryableError() bool { return false }

// Guard keeps a transport on this machine and on the host of the endpoint: a connection to any other host is refused before its
// name is looked up. Proxies are not used, since they would connect on the transport's behalf.
func Guard(endpoint string) func(*http.Transport) {
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	allowed := allowedBy(endpoint)
	return func(t *http.Transport) {
		t.Proxy = nil
		t.DialTLSContext = nil
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(address)
			if err != nil {
				return nil, fmt.Errorf("connect to %s: %w", address, err)
			}
			if !allowed(host) {
				return nil, ForeignHostError{Address: address, Endpoint: endpoint}
			}
			return dialer.DialContext(ctx, network, address)
		}
	}
}

// Allows reports whether a local platform with that endpoint may talk to the host of the URL.
func Allows(endpoint, address string) bool {
	u, err := url.Parse(address)
	return err == nil && allowedBy(endpoint)(u.Hostname())
}

func allowedBy(endpoint string) func(host string) bool {
	own := ""
	if u, err := url.Parse(endpoint); err == nil {
		own = canonical(u.Hostname())
	}
	return func(host string) bool { return isLoopback(host) || (host != "" && canonical(host) == own) }
}

// guardedClient is the SDK's own HTTP client behind Guard.
func guardedClient(endpoint string) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(Guard(endpoint))
}

// HTTPClient is a client for what a local platform serves beside the AWS APIs: its REST API and its pages.
func HTTPClient(endpoint string) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone() // it is one
	Guard(endpoint)(t)
	return &http.Client{Transport: t}
}

// guardLoaded keeps a configuration whose endpoint is on this machine there: what a variable or a profile sets for a single service
// then cannot mix AWS with the emulator.
func guardLoaded(cfg *aws.Config) error {
	if cfg.BaseEndpoint == nil || !onThisMachine(*cfg.BaseEndpoint) {
		return nil
	}
	switch client := cfg.HTTPClient.(type) {
	case nil:
		cfg.HTTPClient = guardedClient(*cfg.BaseEndpoint)
	case *awshttp.BuildableClient: // with the certificates of AWS_CA_BUNDLE
		cfg.HTTPClient = client.WithTransportOptions(Guard(*cfg.BaseEndpoint))
	default:
		return fmt.Errorf("guard the endpoint %s: the SDK's HTTP client is a %T", *cfg.BaseEndpoint, client)
	}
	return nil
}
