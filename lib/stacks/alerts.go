package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"connectedcar/internal/contract"
	"connectedcar/lib/alerts"
	"connectedcar/lib/config"
	"connectedcar/lib/gofunction"
	"connectedcar/lib/identity"
)

func newAlerts(stack awscdk.Stack, s config.Settings, runtime gofunction.Runtime, d stored, people *identity.Identity) {
	a := alerts.New(stack, "Notify", alerts.Props{
		Runtime: runtime, Application: s.Application, Pool: people.Pool, EmailSender: s.EmailSender,
		Tables: alerts.Tables{Alerts: d.Alerts, Vehicles: d.Vehicles, Grants: d.Grants, Preferences: d.Preferences, OneTime: d.OneTime},
	})
	output(stack, contract.OutputManufacturerTopic, a.Manufacturer.TopicArn(), "Alerts for manufacturers")
	output(stack, contract.OutputDealerTopic, a.Dealer.TopicArn(), "Alerts for dealers")
	output(stack, contract.OutputOperatorTopic, a.Operator.TopicArn(), "Alerts for operators")
	output(stack, contract.OutputEventBus, a.Bus.EventBusName(), "Alerts for integrations")
	output(stack, contract.OutputNotifyQueue, a.Queue.QueueUrl(), "Notifications to send")
	output(stack, contract.OutputNotifyFunction, a.Function.FunctionName(), "Sends notifications, and follows alerts")
	output(stack, contract.OutputNotifyFailures, a.Failures.QueueUrl(), "Notifications given up on, with the reason")
}
