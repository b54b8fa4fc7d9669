package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
	"connectedcar/lib/console"
)

func newConsole(stack awscdk.Stack, s config.Settings) {
	c := console.New(stack, "Console", console.Props{Protected: s.Protected})
	output(stack, names.OutputSessionsTable, c.Sessions.TableName(), "The console's sessions")
}
