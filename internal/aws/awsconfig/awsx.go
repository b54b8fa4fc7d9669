// Package awsconfig loads the AWS SDK's configuration once for every program of the platform. Regions, endpoints, retries and
// emulators are known here and nowhere else.
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

// DefaultRegion is the region where neither the environment nor a profile names one.
const DefaultRegion = "eu-central-1"

const (
	// maxAttempts bounds a call with its retries; whoever needs longer has a queue to return to.
	maxAttempts = 5
	maxBackoff  = 5 * time.Second
)

// Load reads the configuration in the SDK's usual order: environment, shared files, then the machine's role. It honours
// AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_<SERVICE>, tries a call at most five times, and takes DefaultRegion if none is set.
//
// With AWS_ENDPOINT_URL on this machine every call stays on it, see Guard; and if no key or profile is in the environment, the key is
// the emulators' customary "test": a person's own credentials then never reach an emulator, and nothing waits for a machine's role.
//
// It is for functions, and for tools that work in the account of a person's usual credentials. For a local platform there is Local.
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

// checkEndpoint refuses at the start what would otherwise fail at every call with a message about host names.
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

// emulated reports whether calls go to this machine and nobody said with which key.
func emulated() bool {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"} {
		if os.Getenv(name) != "" {
			return false
		}
	}
	return onThisMachine(os.Getenv("AWS_ENDPOINT_URL"))
}
