// Package function makes Lambda functions from the Go programs in `lambdas/`: compiled locally for provided.al2023, each with a log group,
// tracing, its own role and alarms.
package function

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"golang.org/x/sync/errgroup"

	"connectedcar/lib/config"
	"connectedcar/lib/gobuild"
)

// Folders of compiled code, below the module's root.
const (
	builds  = ".local/functions"
	bundles = ".local/console-bundles"
)

// Code is the code of the functions, or their source if the CDK command needs no code.
type Code struct {
	root     string
	compiled bool
}

// Compile builds every function once for each architecture. It builds nothing if the CDK command needs no code, such as `cdk list` or tests
// of templates.
func Compile(app constructs.Construct, settings []config.Settings) (Code, error) {
	here, err := os.Getwd()
	if err != nil {
		return Code{}, fmt.Errorf("build the functions: %w", err)
	}
	root, err := gobuild.Root(here)
	if err != nil {
		return Code{}, err
	}
	code := Code{root: root, compiled: codeNeeded(app)}
	if !code.compiled {
		return code, nil
	}
	if err := checkJar(root, settings); err != nil {
		return Code{}, err
	}
	var work errgroup.Group
	for _, a := range architectures(settings, func(config.Settings) bool { return true }) {
		work.Go(func() error { return gobuild.Build(root, string(a), code.folder(a)) })
	}
	for _, a := range architectures(settings, func(s config.Settings) bool { return s.Console == config.ElasticBeanstalk }) {
		work.Go(func() error { return gobuild.Bundle(root, string(a), code.bundle(a)) })
	}
	return code, work.Wait()
}

// architectures returns the distinct architectures of the wanted environments.
func architectures(settings []config.Settings, wanted func(config.Settings) bool) []config.Architecture {
	var all []config.Architecture
	for _, s := range settings {
		if wanted(s) && !slices.Contains(all, s.Architecture) {
			all = append(all, s.Architecture)
		}
	}
	return all
}

// Built returns a file that a command other than Compile builds, below the module's root, or its source if no code is needed.
func (c Code) Built(file, source string) string {
	if c.compiled {
		return filepath.Join(c.root, file)
	}
	return filepath.Join(c.root, source)
}

// checkJar returns an error that names the build command if an environment uses Flink and its job is not built.
func checkJar(root string, settings []config.Settings) error {
	for _, s := range settings {
		if s.Engine != config.Flink {
			continue
		}
		if _, err := os.Stat(filepath.Join(root, config.FlinkJar)); err != nil {
			return fmt.Errorf("environment %s has stream = flink, whose job is not built: run `make flink` first (%w)", s.Environment, err)
		}
	}
	return nil
}

// codeNeeded reports whether the CDK command needs assets. The CDK passes a list of stack patterns, which is empty if it needs none.
func codeNeeded(app constructs.Construct) bool {
	stacks, ok := app.Node().TryGetContext(jsii.String("aws:cdk:bundling-stacks")).([]any)
	return !ok || len(stacks) > 0
}

func (c Code) folder(a config.Architecture) string { return filepath.Join(c.root, builds, string(a)) }

// of returns the folder of a function's binary, or of its source if no binary is needed.
func (c Code) of(name string, a config.Architecture) string {
	if c.compiled {
		return filepath.Join(c.folder(a), name)
	}
	return filepath.Join(c.root, "lambdas", name)
}

func (c Code) bundle(a config.Architecture) string { return filepath.Join(c.root, bundles, string(a)) }

// Console returns the folder of the console's source bundle, which holds its program and Procfile, or of its source if no program is
// needed.
func (c Code) Console(a config.Architecture) string {
	if c.compiled {
		return c.bundle(a)
	}
	return filepath.Join(c.root, gobuild.Console)
}
