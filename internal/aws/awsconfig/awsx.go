// Package awsconfig loads the AWS SDK's configuration for every program of the platform. It alone sets regions, endpoints, retries and
// emulators.
package awsconfig

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// DefaultRegion is the region that is used if neither the environment nor a profile sets one.
const DefaultRegion = "eu-central-1"

const (
	// maxAttempts bounds the tries of one call. A caller that can wait longer retries by way of its queue.
	maxAttempts = 5
	maxBackoff  = 5 * time.Second
)

// Load reads the configuration in the SDK's usual order: environment, shared files, then the machine's role. It honours AWS_ENDPOINT_URL
// and AWS_ENDPOINT_URL_<SERVICE>, tries a call at most five times, and uses DefaultRegion if no region is set.
//
// If AWS_ENDPOINT_URL is on this machine, every call stays on this machine (see Guard). If the environment then has no key and no profile,
// the key is "test", which emulators accept by custom: no personal credentials reach an emulator, and the SDK does not wait for a
// machine's role.
//
// Load is for Lambda functions, and for tools that use a person's own AWS credentials. Local is for a local platform.
// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
func Load(ctx context.Context) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{
		config.WithDefaultRegion(DefaultRegion),
		config.WithRetryer(newRetryer),
	}
	if emulated() {
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(customary, customary, "")))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	if err := checkEndpoint(cfg.BaseEndpoint); err != nil {
		return aws.Config{}, err
	}
	if err := guardLoaded(&cfg); err != nil {
		return aws.Config{}, err
	}
	return cfg, nil
}

func newRetryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = maxAttempts
		o.MaxBackoff = maxBackoff
	})
}

// checkEndpoint rejects a malformed endpoint at the start: otherwise every call would fail with a message about host names.
func checkEndpoint(endpoint *string) error {
	if endpoint == nil {
		return nil
	}
	u, err := url.Parse(*endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("AWS_ENDPOINT_URL %q: allowed is an http or https URL such as http://127.0.0.1:4566", *endpoint)
	}
	return nil
}

// emulated reports whether calls go to this machine and the environment names neither a key nor a profile for them.
func emulated() bool {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"} {
		if os.Getenv(name) != "" {
			return false
		}
	}
	return onThisMachine(os.Getenv("AWS_ENDPOINT_URL"))
}
