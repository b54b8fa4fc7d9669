// Command variants writes the templates of every variant in cdk.json to a folder of the variant's name, each as a separate CDK app, in one
// process and without the functions' code: `go run ./bin/variants cdk.out/variants`. To compare or deploy a variant, pass `-c variant=NAME`
// to the CDK's command.
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/config"
	"connectedcar/lib/function"
	"connectedcar/lib/stacks"
)

func main() {
	err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	jsii.Close()
	if err != nil {
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: variants FOLDER")
	}
	context, err := readContext("cdk.json")
	if err != nil {
		return err
	}
	all, err := config.Variants(context)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(args[0]); err != nil {
		return err
	}
	for _, v := range all {
		if err := synthesise(v, context, filepath.Join(args[0], v.Name)); err != nil {
			return fmt.Errorf("variant %s: %w", v.Name, err)
		}
	}
	return nil
}

func readContext(file string) (map[string]any, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var in struct {
		Context map[string]any `json:"context"`
	}
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return in.Context, nil
}

func synthesise(v config.Variant, context map[string]any, folder string) error {
	context = maps.Clone(context)
	context["variant"] = v.Name
	settings, err := config.Load(context, ".")
	if err != nil {
		return err
	}
	// The templates are only read and linted, so no code is compiled or copied.
	context["aws:cdk:disable-asset-staging"], context["aws:cdk:bundling-stacks"] = true, []any{}
	app := awscdk.NewApp(&awscdk.AppProps{Context: &context, Outdir: &folder, AnalyticsReporting: jsii.Bool(false)})
	code, err := function.Compile(app, settings)
	if err != nil {
		return err
	}
	for _, s := range settings {
		stacks.New(app, s, code)
	}
	app.Synth(nil)
	return nil
}
