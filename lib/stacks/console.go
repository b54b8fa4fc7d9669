package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/api"
	"connectedcar/lib/config"
	"connectedcar/lib/console"
	"connectedcar/lib/function"
	"connectedcar/lib/identity"
)

func newConsole(stack awscdk.Stack, s config.Settings) *console.Console {
	c := console.New(stack, "Console", console.Props{Protected: s.Protected})
	output(stack, names.OutputSessionsTable, c.Sessions.TableName(), "The console's sessions")
	return c
}

// newHosting makes the hosting of the console.
func newHosting(stack awscdk.Stack, s config.Settings, runtime function.Runtime, c *console.Console, people *identity.Identity, a *api.API) {
	h := console.NewHosting(stack, "Hosting", console.HostingProps{
		Runtime: runtime, Settings: *s.Beanstalk, Name: names.StackPrefix + "-" + string(s.Environment) + "-console", Sessions: c.Sessions,
		RequestsPerClient: s.API.RequestsPerClient, Protected: s.Protected,
		Environment: map[string]*string{
			names.EnvConsoleURL: jsii.String(s.ConsoleURL), names.EnvConsoleAPI: a.URL, names.EnvConsolePages: people.SignInURL,
			names.EnvUserPoolID: people.Pool.UserPoolId(), names.EnvConsoleClient: people.Console.Ref(),
			names.EnvTokenUse: jsii.String(identity.TokenUse(s.Identity.Plan)),
		},
	})
	output(stack, names.OutputConsoleEndpoint, h.Endpoint, "Where consoleDomain points to")
}
