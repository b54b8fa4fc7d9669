// Package stacks composes the platform: one stage for each environment, with stacks divided by the lifetime of their resources.
package stacks

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/alarm"
	"connectedcar/lib/config"
	"connectedcar/lib/function"
)

// New makes the stage of an environment: the stores that must survive, the registry of cars, and the consumers of their messages.
func New(app constructs.Construct, s config.Settings, code function.Code) awscdk.Stage {
	stage := awscdk.NewStage(app, jsii.String(string(s.Environment)), &awscdk.StageProps{
		Env: &awscdk.Environment{Account: optional(s.Account), Region: optional(s.Region)},
	})
	alarms := newStack(stage, "alarms", "The topic that every alarm goes to", s)
	alarm.NewTopic(alarms, "Alarms", alarm.TopicProps{Name: topicName(s), Email: s.AlarmEmail})
	runtimeOf := func(stack awscdk.Stack) function.Runtime {
		stack.AddStackDependency(alarms, jsii.String("its alarms go to that topic"))
		return function.Runtime{
			Code: code, Architecture: s.Architecture, LogRetentionDays: s.LogRetentionDays, Reserved: s.Reserved, Alarm: alarm.To(stack, "AlarmTopic", topicName(s)),
		}
	}
	data := newData(newStack(stage, "data", "Tables, buckets and the stream: what must survive", s), s, runtimeOf)
	fleet := newFleet(newStack(stage, "fleet", "The registry of cars in AWS IoT", s), s)
	var reports awskinesis.IStream
	if s.Engine == config.Flink {
		stream := newStack(stage, "stream", "Windows over the whole fleet", s)
		reports = newStreaming(stream, s, runtimeOf(stream), data)
	}
	ingest := newStack(stage, "ingest", "Rules, queues and functions: takes what cars send and can be replaced", s)
	newIngest(ingest, s, runtimeOf(ingest), data, reports, fleet)
	identity := newStack(stage, "identity", "Who people are", s)
	people := newIdentity(identity, s, runtimeOf(identity), data)
	alerts := newStack(stage, "alerts", "Who is told of what goes wrong", s)
	newAlerts(alerts, s, runtimeOf(alerts), data, people)
	api := newStack(stage, "api", "The REST API", s)
	rest := newAPI(api, s, runtimeOf(api), data, people)
	if s.Console != config.NoConsole {
		stack := newStack(stage, "console", "The administration console", s)
		c := newConsole(stack, s)
		if s.Beanstalk != nil {
			newHosting(stack, s, runtimeOf(stack), c, people, rest)
		}
	}
	if s.Analytics.Backend != config.NoAnalytics {
		lake := newStack(stage, "analytics", "Telemetry of all cars, for analysis", s)
		newAnalytics(lake, s, runtimeOf(lake), data)
	}
	outputParts(stage, alarms)
	tag(stage, s)
	return stage
}

// outputParts writes the stacks that the settings require to an output. Tools compare it with the account: the stack of an option that was
// switched off stays, and is billed, until somebody deletes it.
func outputParts(stage awscdk.Stage, in awscdk.Stack) {
	var parts []string
	for _, c := range *stage.Node().Children() {
		parts = append(parts, *c.Node().Id())
	}
	slices.Sort(parts)
	output(in, names.OutputParts, jsii.String(strings.Join(parts, ",")), "The stacks of the environment")
}

// topicName returns the name of the environment's alarm topic.
func topicName(s config.Settings) string {
	return names.StackPrefix + "-" + string(s.Environment) + "-alarms"
}

func newStack(stage awscdk.Stage, part, description string, s config.Settings) awscdk.Stack {
	stack := awscdk.NewStack(stage, jsii.String(part), &awscdk.StackProps{
		StackName:             jsii.String(names.StackPrefix + "-" + string(s.Environment) + "-" + part),
		Description:           jsii.String("Connected cars, " + string(s.Environment) + ". " + description + "."),
		TerminationProtection: jsii.Bool(s.Protected),
	})
	awscdk.Tags_Of(stack).Add(jsii.String("part"), jsii.String(part), nil)
	return stack
}

// tag adds the environment's tags to every resource that supports tags. Tags set on a stack would not reach all of them.
func tag(stage awscdk.Stage, s config.Settings) {
	tags := awscdk.Tags_Of(stage)
	tags.Add(jsii.String("project"), jsii.String(names.StackPrefix), nil)
	tags.Add(jsii.String("environment"), jsii.String(string(s.Environment)), nil)
	for _, name := range slices.Sorted(maps.Keys(s.Tags)) {
		tags.Add(jsii.String(name), jsii.String(s.Tags[name]), nil)
	}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return jsii.String(s)
}

func output(stack awscdk.Stack, name string, value *string, description string) {
	awscdk.NewCfnOutput(stack, jsii.String(name), &awscdk.CfnOutputProps{Value: value, Description: jsii.String(description)})
}
