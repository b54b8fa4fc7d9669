// Package rules makes topic rules of AWS IoT by this project's conventions: an explicit and stable name, an SQL version, an error action,
// and a separate role for each rule with only the permissions of its actions.
package rules

import (
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiot"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/alarm"
)

// Props configures Rule.
type Props struct {
	// Name is the rule's name: letters, digits and underscores. It must never change, because cars publish to it through Basic Ingest.
	// Required.
	Name string
	// Description is the purpose of the rule. Required.
	Description string
	// SQL selects and stamps messages. Required.
	SQL string
	// SQLVersion is the version of the rules engine's SQL. Required, because AWS's default is an old version.
	SQLVersion string
	// Actions process each message; there must be one to ten. Required.
	Actions []Action
	// ErrorAction receives the messages whose action failed. Required, because AWS would drop them.
	// https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
	ErrorAction Action
	// Readers are the functions that consume the rule's messages. They are deployed before the rule, so that no old function receives a new
	// message format.
	Readers []constructs.IDependable
	// Alarm is notified when the rule cannot evaluate messages or is throttled, which triggers no error action. Required.
	Alarm awscloudwatch.IAlarmAction
}

// Rule is a topic rule.
type Rule struct {
	constructs.Construct
	Role awsiam.Role
	ARN  *string
}

// Action is an action of a rule: one of Kinesis, S3, DynamoDBv2, SQS, SNS, Lambda, Firehose, Republish, IoTAnalytics and CloudwatchLogs.
type Action interface {
	// check returns the name of a missing required field, or an empty string.
	check() string
	// bind grants the rule's role the permissions of the action and returns its CloudFormation property.
	bind(r *Rule) *awsiot.CfnTopicRule_ActionProperty
}

var namePattern = regexp.MustCompile(`^[a-zA-Z0-9_]{1,128}$`)

// New makes the rule.
func New(scope constructs.Construct, id string, props Props) *Rule {
	if missing := props.missing(); missing != "" {
		panic(fmt.Sprintf("rules.New %s: %s", id, missing))
	}
	r := &Rule{Construct: constructs.NewConstruct(scope, jsii.String(id))}
	stack := awscdk.Stack_Of(r.Construct)
	r.ARN = stack.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("iot"), Resource: jsii.String("rule"), ResourceName: jsii.String(props.Name),
	})
	r.Role = newRole(r, props.Name, stack.Account())
	var actions []*awsiot.CfnTopicRule_ActionProperty
	for _, a := range props.Actions {
		actions = append(actions, a.bind(r))
	}
	rule := awsiot.NewCfnTopicRule(r.Construct, jsii.String("Rule"), &awsiot.CfnTopicRuleProps{
		RuleName: jsii.String(props.Name),
		TopicRulePayload: &awsiot.CfnTopicRule_TopicRulePayloadProperty{
			Sql:              jsii.String(props.SQL),
			AwsIotSqlVersion: jsii.String(props.SQLVersion),
			Description:      jsii.String(props.Description),
			RuleDisabled:     jsii.Bool(false),
			Actions:          actions,
			ErrorAction:      props.ErrorAction.bind(r),
		},
	})
	// AWS IoT checks at creation that it can assume the role. The dependency also ensures that the role's permissions exist before the
	// rule.
	rule.Node().AddDependency(r.Role)
	rule.Node().AddDependency(props.Readers...)
	r.watch(props.Name, props.Alarm)
	return r
}

func (p Props) missing() string {
	switch {
	case !namePattern.MatchString(p.Name):
		return fmt.Sprintf("Name = %q: 1 to 128 letters, digits and underscores are required", p.Name)
	case p.Description == "":
		return "Description is required"
	case p.SQL == "":
		return "SQL is required"
	case p.SQLVersion == "":
		return "SQLVersion is required"
	case len(p.Actions) == 0 || len(p.Actions) > 10:
		return fmt.Sprintf("Actions: %d given, 1 to 10 are required", len(p.Actions))
	case p.ErrorAction == nil:
		return "ErrorAction is required"
	case p.Alarm == nil:
		return "Alarm is required"
	}
	for i, a := range p.Actions {
		if field := a.check(); field != "" {
			return fmt.Sprintf("Actions[%d].%s is required", i, field)
		}
	}
	if field := p.ErrorAction.check(); field != "" {
		return "ErrorAction." + field + " is required"
	}
	return ""
}

// newRole makes the rule's role, which AWS IoT can assume only for this rule of this account.
func newRole(r *Rule, name string, account *string) awsiam.Role {
	return awsiam.NewRole(r.Construct, jsii.String("Role"), &awsiam.RoleProps{
		Description: jsii.String("What the rule " + name + " may do"),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("iot.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{
				"StringEquals": map[string]any{"aws:SourceAccount": account},
				"ArnLike":      map[string]any{"aws:SourceArn": r.ARN},
			},
		}),
	})
}

// watch raises alarms on messages that reach no action and no error action.
func (r *Rule) watch(name string, action awscloudwatch.IAlarmAction) {
	for _, w := range []struct{ id, metric, advice string }{
		{"Unreadable", "ParseError", "Clients publish what is no JSON on the topics of rule " + name + ". It is dropped."},
		{"Throttled", "RuleMessageThrottled", "Rule " + name + " does not get to see messages: the account's quota of rule evaluations is used up."},
	} {
		metric := awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace:     jsii.String("AWS/IoT"),
			MetricName:    jsii.String(w.metric),
			DimensionsMap: &map[string]*string{"RuleName": jsii.String(name)},
			Statistic:     jsii.String("Sum"),
			Period:        awscdk.Duration_Minutes(jsii.Number(alarm.Period)),
		})
		alarm.On(r.Construct, w.id, metric, alarm.Limit{AtLeast: 1, Advice: w.advice}, action)
	}
}
