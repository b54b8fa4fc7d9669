package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"connectedcar/internal/contract"
	"connectedcar/lib/config"
	"connectedcar/lib/gofunction"
	"connectedcar/lib/identity"
)

func newIdentity(stack awscdk.Stack, s config.Settings, runtime gofunction.Runtime, d stored) *identity.Identity {
	people := identity.New(stack, "Identity", identity.Props{
		Runtime: runtime, Settings: s.Identity, Application: s.Application, ConsoleURL: s.ConsoleURL, EmailSender: s.EmailSender,
		Protected: s.Protected, Unbranded: s.Emulated(),
	})
	listeners := identity.NewListeners(stack, "Listeners", identity.ListenersProps{
		Runtime: runtime, Application: s.Application, Vehicles: d.Vehicles, Grants: d.Grants, Preferences: d.Preferences,
	})
	output(stack, contract.OutputUserPoolID, people.Pool.UserPoolId(), "Who people are")
	output(stack, contract.OutputConsoleClientID, people.Console.Ref(), "App client of the console")
	output(stack, contract.OutputMobileClientID, people.Mobile.Ref(), "App client of the mobile app")
	output(stack, contract.OutputCLIClientID, people.CLI.Ref(), "App client of carctl")
	output(stack, contract.OutputSignInURL, people.SignInURL, "Where the sign-in pages are")
	output(stack, contract.OutputIdentityPoolID, people.IdentityPool.Ref(), "Gives signed-in people AWS credentials for MQTT")
	output(stack, contract.OutputListenersFailures, listeners.Failures.QueueUrl(), "Changes of who may listen to which cars, given up on")
	output(stack, contract.OutputListenersFunction, listeners.Function.FunctionName(), "Follows who may listen to which cars")
	return people
}
