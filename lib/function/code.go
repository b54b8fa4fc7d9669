// Package function makes Lambda functions of the Go programs in `lambdas/`: compiled here, on provided.al2023, with a log group,
// tracing, a role of its own and alarms.
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

// Folders of what is compiled, below the module's root.
const (
	builds  = ".local/functions"
	bundles = ".local/console-bundles"
)

// Code is the functions' code, compiled or not.
type Code struct {
	root     string
	compiled bool
}

// Compile builds every function for each of the architectures, once each. Where the CDK's command needs no code it builds nothing:
// `cdk list` does not, nor do tests of templates.
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

// architectures are those of the settings that something is built for, once each.
func architectures(settings []config.Settings, wanted func(config.Settings) bool) []config.Architecture {
	var all []config.Architecture
	for _, s := range settings {
		if wanted(s) && !slices.Contains(all, s.Architecture) {
			all = append(all, s.Architecture)
		}
	}
	return all
}

// Built is a file that another command than Compile builds, below the module's root, or its source where no code is needed.
func (c Code) Built(file, source string) string {
	if c.compiled {
		return filepath.Join(c.root, file)
	}
	return filepath.Join(c.root, source)
}

// checkJar says what builds the job of Flink, for an environment that has one.
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

// codeNeeded reads what the CDK's command line says about the stacks whose assets it needs: a list of patterns, empty for none.
func codeNeeded(app constructs.Construct) bool {
	stacks, ok := app.Node().TryGetContext(jsii.String("aws:cdk:bundling-stacks")).([]any)
	return !ok || len(stacks) > 0
}

func (c Code) folder(a config.Architecture) string { return filepath.Join(c.root, builds, string(a)) }

// of is the folder with the code of a function: its binary, or its source where no binary is needed.
func (c Code) of(name string, a config.Architecture) string {
	if c.compiled {
		return filepath.Join(c.folder(a), name)
	}
	return filepath.Join(c.root, "lambdas", name)
}

func (c Code) bundle(a config.Architecture) string { return filepath.Join(c.root, bundles, string(a)) }

// Console is the folder with the console's source bundle: its program and the file that starts it, or its source where no program is needed.
func (c Code) Console(a config.Architecture) string {
	if c.compiled {
		return c.bundle(a)
	}
	return filepath.Join(c.root, gobuild.Console)
}
