package api

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/lib/alarm"
	"connectedcar/lib/function"
)

// accessLog is the format of the access log. It has the template of the path instead of the path, which contains a VIN, and nothing of the
// query, headers and bodies.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
func accessLog() string {
	return string(text(map[string]string{
		"requestId": "$context.requestId", "time": "$context.requestTime", "method": "$context.httpMethod", "route": "$context.resourcePath",
		"status": "$context.status", "protocol": "$context.protocol", "responseBytes": "$context.responseLength",
		"latencyMs": "$context.responseLatency", "functionMs": "$context.integrationLatency", "functionStatus": "$context.integration.status",
		"error": "$context.error.responseType", "firewall": "$context.waf.status", "ip": "$context.identity.sourceIp",
		"user": "$context.authorizer.claims.sub", "client": "$context.authorizer.claims.client_id", "trace": "$context.xrayTraceId",
	}))
}

func (a *API) newStage(props Props, deployment awsapigateway.CfnDeployment) awsapigateway.CfnStage {
	group := function.LogGroup(a.Construct, "AccessLog", props.LogRetentionDays)
	stage := awsapigateway.NewCfnStage(a.Construct, jsii.String("Stage"), &awsapigateway.CfnStageProps{
		RestApiId: a.REST.Ref(), DeploymentId: deployment.Ref(), StageName: jsii.String(StageName),
		TracingEnabled: jsii.Bool(false), // API Gateway's trace segments hold whole URLs with VINs; the function has its own traces
		AccessLogSetting: &awsapigateway.CfnStage_AccessLogSettingProperty{
			DestinationArn: awscdk.Stack_Of(a.Construct).FormatArn(&awscdk.ArnComponents{
				Service: jsii.String("logs"), Resource: jsii.String("log-group"), ResourceName: group.LogGroupName(), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
			}),
			Format: jsii.String(accessLog()),
		},
		MethodSettings: []any{&awsapigateway.CfnStage_MethodSettingProperty{
			HttpMethod: jsii.String("*"), ResourcePath: jsii.String("/*"), MetricsEnabled: jsii.Bool(true),
			LoggingLevel: jsii.String("OFF"), DataTraceEnabled: jsii.Bool(false), CachingEnabled: jsii.Bool(false),
			ThrottlingRateLimit: jsii.Number(float64(props.Settings.RequestsPerSecond)), ThrottlingBurstLimit: jsii.Number(float64(props.Settings.Burst)),
		}},
	})
	stage.Node().AddDependency(a.logsRole())
	cdknag.NagSuppressions_AddResourceSuppressions(stage, &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-APIG6"),
		Reason: jsii.String("Execution logs hold whole paths and queries, so VINs and positions. The access log says what failed, and the function's log and " +
			"traces say why."),
	}}, nil)
	return stage
}

// logsRole lets API Gateway write logs. An account has one such role in a region, which the environment deployed last provides. It is
// retained when the stack is deleted, because other environments may need it.
func (a *API) logsRole() awsapigateway.CfnAccount {
	stack := awscdk.Stack_Of(a.Construct)
	groups := "arn:" + *stack.Partition() + ":logs:" + *stack.Region() + ":" + *stack.Account() + ":log-group:*"
	role := awsiam.NewRole(a.Construct, jsii.String("LogsRole"), &awsiam.RoleProps{
		AssumedBy:   awsiam.NewServicePrincipal(jsii.String("apigateway.amazonaws.com"), nil),
		Description: jsii.String("API Gateway, writing logs of every API of this account and region"),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"Logs": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
			Statements: &[]awsiam.PolicyStatement{awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
				Actions: jsii.Strings("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams",
					"logs:PutLogEvents", "logs:GetLogEvents", "logs:FilterLogEvents"),
				Resources: jsii.Strings(groups),
			})},
		})},
	})
	role.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)
	cdknag.NagSuppressions_AddResourceSuppressions(role, &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-IAM5"),
		Reason: jsii.String("The role is the account's, for the logs of every API in the region: AWS asks for these actions on all log groups."),
	}}, nil)
	account := awsapigateway.NewCfnAccount(a.Construct, jsii.String("Account"), &awsapigateway.CfnAccountProps{CloudWatchRoleArn: role.RoleArn()})
	account.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN, nil)
	return account
}

// Limits of the alarms.
const (
	failures = 5    // responses of 500 and above in five minutes
	slowMS   = 3000 // 99th percentile of the latency in milliseconds, for a quarter of an hour
)

func (a *API) watch(props Props) {
	metric := func(metric, statistic string) awscloudwatch.Metric {
		return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: jsii.String("AWS/ApiGateway"), MetricName: jsii.String(metric), Statistic: jsii.String(statistic),
			Period:        awscdk.Duration_Minutes(jsii.Number(alarm.Period)),
			DimensionsMap: &map[string]*string{"ApiName": jsii.String(name(props.Application)), "Stage": jsii.String(StageName)},
		})
	}
	alarm.On(a.Construct, "Failures", metric("5XXError", "Sum"), alarm.Limit{AtLeast: failures,
		Advice: "The API fails. The access log says at which routes, and the log of the function api with the same request id why."}, props.Alarm)
	alarm.On(a.Construct, "Slow", metric("Latency", "p99"), alarm.Limit{AtLeast: slowMS, Periods: 3,
		Advice: "The API is slow. The access log tells the function's time from the rest; traces in X-Ray say where the function spends it."}, props.Alarm)
}
