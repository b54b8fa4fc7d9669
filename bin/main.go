// Command bin is the CDK app: it reads the settings and makes the stacks of every selected environment.
package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/config"
	"connectedcar/lib/function"
	"connectedcar/lib/stacks"
)

func main() {
	err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	jsii.Close()
	if err != nil {
		os.Exit(1)
	}
}

func run() error {
	app := awscdk.NewApp(nil)
	context, _ := app.Node().GetAllContext(nil).(map[string]any)
	settings, err := config.Load(context, ".")
	if err != nil {
		return err
	}
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
