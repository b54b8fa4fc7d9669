package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/platform"
	"connectedcar/internal/platform/deployed"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// target is the platform that a command works on.
type target struct {
	file        string
	environment string
}

// where is a platform and how to talk to its AWS services.
type where struct {
	platform.Platform
	aws aws.Config
}

// open reads the platform's description, from its file or from the stacks of the environment.
func (t *target) open(ctx context.Context) (where, error) {
	if t.environment != "" {
		cfg, err := awsconfig.Load(ctx)
		if err != nil {
			return where{}, err
		}
		p, err := deployed.Find(ctx, cfg, t.environment)
		return where{p, cfg}, err
	}
	p, err := platform.Load(t.file)
	if err != nil {
		return where{}, err
	}
	cfg, err := loadFor(ctx, p)
	return where{p, cfg}, err
}

// openAWS is for commands that need an account but no deployed platform: it uses the description's endpoint if there is one.
func (t *target) openAWS(ctx context.Context) (aws.Config, error) {
	p, err := platform.Load(t.file)
	if err != nil || t.environment != "" {
		return awsconfig.Load(ctx)
	}
	return loadFor(ctx, p)
}

// loadFor loads the SDK's configuration for that platform. Its endpoint and region go through the environment while it loads, so
// that awsx treats an emulator as it always does, and a region in the user's own settings does not lead past the platform.
func loadFor(ctx context.Context, p platform.Platform) (aws.Config, error) {
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": p.AWSEndpoint, "AWS_REGION": p.Region} {
		if value == "" {
			continue
		}
		before, was := os.LookupEnv(name)
		if err := os.Setenv(name, value); err != nil {
			return aws.Config{}, fmt.Errorf("use the platform's %s: %w", name, err)
		}
		defer func() {
			if was {
				_ = os.Setenv(name, before)
			} else {
				_ = os.Unsetenv(name)
			}
		}()
	}
	return awsconfig.Load(ctx)
}

// dir is the folder of the platform's files.
func (t *target) dir() string {
	if t.environment != "" {
		return filepath.Dir(platform.DefaultFile)
	}
	return filepath.Dir(t.file)
}

// caDir is the folder of the issuing CA.
func (t *target) caDir(p platform.Platform) string {
	if p.DeviceCADir != "" {
		return p.DeviceCADir
	}
	return filepath.Join(t.dir(), "ca")
}

// carDir is the folder of all cars' keys and certificates.
func (t *target) carDir() string { return filepath.Join(t.dir(), "cars") }
