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

// ForeignHostError means that a program of a local platform tried to connect to a host other than this machine and the endpoint's.
type ForeignHostError struct{ Address, Endpoint string }

func (e ForeignHostError) Error() string {
	return fmt.Sprintf("connection to %s refused: a local platform talks to this machine and to its endpoint %s alone", e.Address, e.Endpoint)
}

// RetryableError disables the SDK's retries, which it would otherwise make after a failed connection.
func (ForeignHostError) RetryableError() bool { return false }

// Guard restricts a transport to this machine and the host of the endpoint: a connection to any other host fails before its name is looked
// up. Proxies are disabled, because a proxy would make the connection in the transport's place.
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

// Allows reports whether a local platform with that endpoint may connect to the host of the URL address.
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

// guardedClient is the SDK's default HTTP client, restricted by Guard.
func guardedClient(endpoint string) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(Guard(endpoint))
}

// HTTPClient returns a client for the REST API and the pages of a local platform, restricted to its endpoint as with Guard.
func HTTPClient(endpoint string) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone() // the standard library sets this type
	Guard(endpoint)(t)
	return &http.Client{Transport: t}
}

// guardLoaded applies Guard to a configuration whose endpoint is on this machine: a variable or profile that sets the endpoint of a single
// service then cannot send calls to AWS.
func guardLoaded(cfg *aws.Config) error {
	if cfg.BaseEndpoint == nil || !onThisMachine(*cfg.BaseEndpoint) {
		return nil
	}
	switch client := cfg.HTTPClient.(type) {
	case nil:
		cfg.HTTPClient = guardedClient(*cfg.BaseEndpoint)
	case *awshttp.BuildableClient: // keeps the certificates of AWS_CA_BUNDLE
		cfg.HTTPClient = client.WithTransportOptions(Guard(*cfg.BaseEndpoint))
	default:
		return fmt.Errorf("guard the endpoint %s: the SDK's HTTP client is a %T", *cfg.BaseEndpoint, client)
	}
	return nil
}
