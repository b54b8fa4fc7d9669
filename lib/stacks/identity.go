package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
	"connectedcar/lib/function"
	"connectedcar/lib/identity"
)

func newIdentity(stack awscdk.Stack, s config.Settings, runtime function.Runtime, d stored) *identity.Identity {
	people := identity.New(stack, "Identity", identity.Props{
		Runtime: runtime, Settings: s.Identity, Application: s.Application, ConsoleURL: s.ConsoleURL, EmailSender: s.EmailSender,
		Protected: s.Protected, Unbranded: s.Emulated(),
	})
	listeners := identity.NewListeners(stack, "Listeners", identity.ListenersProps{
		Runtime: runtime, Application: s.Application, Vehicles: d.Vehicles, Grants: d.Grants, Preferences: d.Preferences,
	})
	output(stack, names.OutputUserPoolID, people.Pool.UserPoolId(), "Who people are")
	output(stack, names.OutputConsoleClientID, people.Console.Ref(), "App client of the console")
	output(stack, names.OutputMobileClientID, people.Mobile.Ref(), "App client of the mobile app")
	output(stack, names.OutputCLIClientID, people.CLI.Ref(), "App client of carctl")
	output(stack, names.OutputSignInURL, people.SignInURL, "Where the sign-in pages are")
	output(stack, names.OutputIdentityPoolID, people.IdentityPool.Ref(), "Gives signed-in people AWS credentials for MQTT")
	output(stack, names.OutputListenersFailures, listeners.Failures.QueueUrl(), "Changes of who may listen to which cars, given up on")
	output(stack, names.OutputListenersFunction, listeners.Function.FunctionName(), "Follows who may listen to which cars")
	exportAlways(stack, people.SignInDomain)
	return people
}
