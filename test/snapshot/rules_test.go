package snapshot_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesisfirehose"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/cdktest"
	"connectedcar/lib/rules"
)

func TestRulesHaveVersionErrorActionAndARoleOfTheirOwn(t *testing.T) {
	owners := map[string]string{}
	each(t, "AWS::IoT::TopicRule", func(t *testing.T, in cdktest.Template, id string, r cdktest.Resource) {
		payload := r.Properties["TopicRulePayload"]
		assert.Equal(t, "2016-03-23", at(payload, "AwsIotSqlVersion"))
		assert.Equal(t, false, at(payload, "RuleDisabled"))
		actions := append(list(at(payload, "Actions")), at(payload, "ErrorAction"))
		require.GreaterOrEqual(t, len(actions), 2)
		for _, a := range actions {
			for _, details := range a.(map[string]any) {
				role, _ := list(at(details, "RoleArn", "Fn::GetAtt"))[0].(string)
				assert.Equal(t, "AWS::IAM::Role", in.Resources[role].Type)
				assert.Contains(t, []string{"", id}, owners[in.Stack+"/"+role], "another rule has the same role")
				owners[in.Stack+"/"+role] = id
				trust, err := json.Marshal(in.Resources[role].Properties["AssumeRolePolicyDocument"])
				require.NoError(t, err)
				assert.Contains(t, string(trust), fmt.Sprint(":rule/", r.Properties["RuleName"]), "AWS IoT may assume the role for any rule")
			}
		}
		name := r.Properties["RuleName"]
		metrics := alarms(in, "RuleName", func(v any) bool { return v == name })
		assert.Equal(t, []string{"ParseError", "RuleMessageThrottled"}, metrics)
	})
}

// whole is a complete Props of a rule.
func whole(stack awscdk.Stack) rules.Props {
	queue := awssqs.NewQueue(stack, jsii.String("Queue"), nil)
	topic := awssns.NewTopic(stack, jsii.String("Topic"), nil)
	return rules.Props{
		Name: "cars_x", Description: "x", SQL: "SELECT * FROM 'x'", SQLVersion: "2016-03-23",
		Actions:     []rules.Action{rules.SNS{Topic: topic}},
		ErrorAction: rules.SQS{Queue: queue},
		Alarm:       awscloudwatchactions.NewSnsAction(topic),
	}
}

func TestRuleThatLacksSomethingCannotBeBuilt(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(p *rules.Props)
		want  string
	}{
		"without a name":                        {func(p *rules.Props) { p.Name = "" }, `Name = ""`},
		"a name that AWS IoT refuses":           {func(p *rules.Props) { p.Name = "cars-x" }, `Name = "cars-x"`},
		"without a description":                 {func(p *rules.Props) { p.Description = "" }, "Description is required"},
		"without SQL":                           {func(p *rules.Props) { p.SQL = "" }, "SQL is required"},
		"without an SQL version":                {func(p *rules.Props) { p.SQLVersion = "" }, "SQLVersion is required"},
		"without actions":                       {func(p *rules.Props) { p.Actions = nil }, "Actions: 0 given"},
		"with too many actions":                 {func(p *rules.Props) { p.Actions = make([]rules.Action, 11) }, "Actions: 11 given"},
		"without an error action":               {func(p *rules.Props) { p.ErrorAction = nil }, "ErrorAction is required"},
		"an error action without a target":      {func(p *rules.Props) { p.ErrorAction = rules.SQS{} }, "ErrorAction.Queue is required"},
		"without an alarm":                      {func(p *rules.Props) { p.Alarm = nil }, "Alarm is required"},
		"Kinesis without a stream":              {func(p *rules.Props) { p.Actions = []rules.Action{rules.Kinesis{}} }, "Actions[0].Stream is required"},
		"S3 without a bucket":                   {func(p *rules.Props) { p.Actions = []rules.Action{rules.S3{}} }, "Actions[0].Bucket is required"},
		"DynamoDB without a table":              {func(p *rules.Props) { p.Actions = []rules.Action{rules.DynamoDBv2{}} }, "Actions[0].Table is required"},
		"a log without a group":                 {func(p *rules.Props) { p.Actions = []rules.Action{rules.CloudwatchLogs{}} }, "Actions[0].LogGroup is required"},
		"Lambda without a function":             {func(p *rules.Props) { p.Actions = []rules.Action{rules.Lambda{}} }, "Actions[0].Function is required"},
		"SNS without a topic":                   {func(p *rules.Props) { p.Actions = []rules.Action{rules.SNS{}} }, "Actions[0].Topic is required"},
		"Firehose without a stream":             {func(p *rules.Props) { p.Actions = []rules.Action{rules.Firehose{}} }, "Actions[0].Stream is required"},
		"republishing without a topic":          {func(p *rules.Props) { p.Actions = []rules.Action{rules.Republish{}} }, "Actions[0].Topic is required"},
		"republishing to whichever topic comes": {func(p *rules.Props) { p.Actions = []rules.Action{rules.Republish{Topic: "x"}} }, "Actions[0].Allow is required"},
	} {
		t.Run(name, func(t *testing.T) {
			stack := cdktest.Stack(t)
			props := whole(stack)
			tc.spoil(&props)
			assert.Contains(t, cdktest.Panic(func() { rules.New(stack, "Rule", props) }), tc.want)
		})
	}
}

// TestEveryActionComesWithItsPermission has, for each action, the IAM action that the rule's role or the function's policy must allow.
func TestEveryActionComesWithItsPermission(t *testing.T) {
	for name, tc := range map[string]struct {
		action func(awscdk.Stack) rules.Action
		want   string
	}{
		"Kinesis": {func(s awscdk.Stack) rules.Action {
			return rules.Kinesis{Stream: awskinesis.NewStream(s, jsii.String("Stream"), nil), PartitionKey: "${topic(3)}"}
		}, "kinesis:PutRecord"},
		"S3": {func(s awscdk.Stack) rules.Action {
			return rules.S3{Bucket: awss3.NewBucket(s, jsii.String("Bucket"), nil), Folder: "x", Key: "${newuuid()}"}
		}, "s3:PutObject"},
		"SNS":    {func(s awscdk.Stack) rules.Action { return rules.SNS{Topic: awssns.NewTopic(s, jsii.String("T"), nil)} }, "sns:Publish"},
		"Lambda": {func(s awscdk.Stack) rules.Action { return rules.Lambda{Function: newFunction(s)} }, "lambda:InvokeFunction"},
		"Firehose": {func(s awscdk.Stack) rules.Action {
			return rules.Firehose{Stream: awskinesisfirehose.DeliveryStream_FromDeliveryStreamName(s, jsii.String("F"), jsii.String("lake"))}
		}, "firehose:PutRecord"},
		"republishing": {func(awscdk.Stack) rules.Action { return rules.Republish{Topic: "cmd/${topic(3)}", Allow: "cmd/*"} }, "iot:Publish"},
	} {
		t.Run(name, func(t *testing.T) {
			stack := cdktest.Stack(t)
			cdktest.Check(t, func() {
				props := whole(stack)
				props.Actions = []rules.Action{tc.action(stack)}
				rules.New(stack, "Rule", props)
			})
			template := cdktest.SynthStack(t, stack)
			assert.Contains(t, string(template.Raw), `"`+tc.want+`"`)
			assert.Len(t, template.OfType("AWS::IoT::TopicRule"), 1)
			for _, p := range template.OfType("AWS::Lambda::Permission") {
				assert.Equal(t, "iot.amazonaws.com", p.Properties["Principal"])
				assert.NotNil(t, p.Properties["SourceAccount"])
				assert.Contains(t, fmt.Sprint(p.Properties["SourceArn"]), ":rule/cars_x")
			}
		})
	}
}

func newFunction(stack awscdk.Stack) awslambda.Function {
	return awslambda.NewFunction(stack, jsii.String("Function"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_LATEST(), Handler: jsii.String("x"), Code: awslambda.Code_FromInline(jsii.String("x")),
	})
}
