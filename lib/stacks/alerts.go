package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
	"connectedcar/lib/function"
	"connectedcar/lib/identity"
	"connectedcar/lib/notification"
)

func newAlerts(stack awscdk.Stack, s config.Settings, runtime function.Runtime, d stored, people *identity.Identity) {
	a := notification.New(stack, "Notify", notification.Props{
		Runtime: runtime, Application: s.Application, Pool: people.Pool, EmailSender: s.EmailSender, TrustedEmail: trustedEmail(s.Identity.Providers),
		TextSpendUSD: s.Texts.MonthlySpendUSD,
		Tables:       notification.Tables{Alerts: d.Alerts, Vehicles: d.Vehicles, Grants: d.Grants, Preferences: d.Preferences, OneTime: d.OneTime},
	})
	output(stack, names.OutputManufacturerTopic, a.Manufacturer.TopicArn(), "Alerts for manufacturers")
	output(stack, names.OutputDealerTopic, a.Dealer.TopicArn(), "Alerts for dealers")
	output(stack, names.OutputOperatorTopic, a.Operator.TopicArn(), "Alerts for operators")
	output(stack, names.OutputEventBus, a.Bus.EventBusName(), "Alerts for integrations")
	output(stack, names.OutputNotifyQueue, a.Queue.QueueUrl(), "Notifications to send")
	output(stack, names.OutputNotifyFunction, a.Function.FunctionName(), "Sends notifications, and follows alerts")
	output(stack, names.OutputNotifyFailures, a.Failures.QueueUrl(), "Notifications given up on, with the reason")
}

// trustedEmail returns the providers whose users' addresses count as verified.
func trustedEmail(providers []config.Provider) []string {
	var all []string
	for _, p := range providers {
		if p.TrustEmail {
			all = append(all, p.Name)
		}
	}
	return all
}
