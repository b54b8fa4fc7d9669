package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/platform"
	"connectedcar/internal/platform/deployed"
)

// target selects the platform that a command works on.
type target struct {
	file        string
	environment string
}

// platformVariable is the environment variable with the path of the platform's description.
const platformVariable = "CARCTL_PLATFORM"

// find sets the path of the description if no flag does.
func (t *target) find(getenv func(string) string) error {
	if t.file != "" {
		return nil
	}
	if t.file = getenv(platformVariable); t.file != "" {
		return nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("look for the platform's description: %w", err)
	}
	t.file = platform.FileFor(dir)
	return nil
}

// where is a platform with the configuration to call its AWS services.
type where struct {
	platform.Platform
	aws aws.Config
	// web is the transport for calls of the API and of the sign-in pages.
	web http.RoundTripper
}

// open reads the platform's description: from its file, or from the outputs of the environment's stacks.
func (t *target) open(ctx context.Context) (where, error) {
	if t.environment == "" {
		return t.openLocal()
	}
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return where{}, err
	}
	p, err := deployed.Find(ctx, cfg, t.environment)
	return where{p, cfg, http.DefaultTransport}, err
}

// openLocal opens the platform of the file. It ignores the user's own AWS settings, which apply only with --env.
func (t *target) openLocal() (where, error) {
	p, err := platform.Load(t.file)
	if err != nil {
		return where{}, err
	}
	var key awsconfig.Key
	if p.AWSKey != nil {
		key = awsconfig.Key(*p.AWSKey)
	}
	cfg, err := awsconfig.Local(p.AWSEndpoint, p.Region, key)
	if err != nil {
		return where{}, fmt.Errorf("platform description %s: %w; for an environment in an AWS account, --env", t.file, err)
	}
	return where{p, cfg, awsconfig.HTTPClient(p.AWSEndpoint).Transport}, nil
}

// openAWS loads the AWS configuration, for commands that need an account but no deployed platform.
func (t *target) openAWS(ctx context.Context) (aws.Config, error) {
	if t.environment != "" {
		return awsconfig.Load(ctx)
	}
	w, err := t.openLocal()
	return w.aws, err
}

// dir returns the folder of the platform's files. Each environment has its own folder, so that cars in different environments do not share
// a key.
func (t *target) dir() string {
	if t.environment != "" {
		return filepath.Join(filepath.Dir(platform.DefaultFile), t.environment)
	}
	return filepath.Dir(t.file)
}

// caDir returns the folder of the issuing CA.
func (t *target) caDir(p platform.Platform) string {
	if p.DeviceCADir != "" {
		return p.DeviceCADir
	}
	return filepath.Join(t.dir(), "ca")
}

// carDir returns the folder of all cars' keys and certificates.
func (t *target) carDir() string { return filepath.Join(t.dir(), "cars") }
