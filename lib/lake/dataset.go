package lake

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsathena"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/analytics"
	"connectedcar/lib/function"
	"connectedcar/lib/grant"
)

const (
	engine = "Athena engine version 3"
	// EventBridge Scheduler replaces scheduledTime with the time at which the schedule was due, in ISO 8601.
	scheduledTime = "<aws.scheduler.scheduled-time>"
	// spread is the flexible time window of a schedule, so that not all queries start at once.
	spread = 15 * time.Minute
	// patience is the age at which a query that Athena did not accept is no longer retried.
	patience = 6 * time.Hour
)

// answer makes the workgroups and the queries.
func (l *Lake) answer(props Props) {
	l.Workgroup = l.workgroup("Workgroup", props.Name, "Questions of people about what cars sent", "queries/", props)
	l.Asked = function.DeadLetterQueue(l.Construct, "Unanswered", "A scheduled question got no answer: the message has Athena's or the scheduler's account of it. "+
		"Ask again with `carctl lake query`.", props.Pipeline.Runtime.Alarm)
	groups := []*string{l.Workgroup.Ref()}
	for _, d := range props.Datasets {
		id, name := pascal(d.Query.Name), props.Name+"-"+strings.ReplaceAll(d.Query.Name, "_", "-")
		group := l.workgroup(id+"Workgroup", name, d.Query.Description, "datasets/"+d.Query.Name+"/", props)
		if !props.Unnamed {
			awsathena.NewCfnNamedQuery(l.Construct, jsii.String(id), &awsathena.CfnNamedQueryProps{
				Name: jsii.String(d.Query.Name), Description: jsii.String(d.Query.Description), Database: l.database,
				QueryString: jsii.String(l.asked(d.Query.Today())), WorkGroup: group.Ref(),
			})
		}
		groups = append(groups, group.Ref())
		if d.Schedule != "" {
			l.schedule(id, d, group, props)
		}
	}
	if l.iceberg != nil {
		groups = append(groups, l.forget(props).Ref())
	}
	l.watchAnswers(groups)
}

// nightly is the schedule for deleting old rows, after the data sets' queries.
const nightly = "cron(30 4 * * ? *)"

// forget schedules the deletion of rows older than their retention: table buckets have no lifecycle rules.
func (l *Lake) forget(props Props) awsathena.CfnWorkGroup {
	group := l.workgroup("ForgetWorkgroup", props.Name+"-forget", "Deletes messages of days that are older than they may get", "forget/", props)
	role := l.asker("Forget", "Deletes old messages")
	l.permitStarting(role, group)
	l.iceberg.permit(l, role, true)
	permitAnswers(role, "forget/", props)
	grant.Actions(role, l.Asked.QueueArn(), "sqs:SendMessage")
	l.repeat("Forget", "Deletes old messages", nightly, fmt.Sprintf("DELETE FROM %s WHERE day < substr(CAST(CAST(substr('%s', 1, 10) AS DATE) - INTERVAL '%d' DAY AS VARCHAR), 1, 10)",
		analytics.MessagesTable, scheduledTime, props.Datastore.RetentionDays), group, role)
	return group
}

// workgroup makes an Athena workgroup. It stores results encrypted in its own folder, overrides the client's settings, and cancels queries
// that read more than the limit.
func (l *Lake) workgroup(id, name, description, folder string, props Props) awsathena.CfnWorkGroup {
	return awsathena.NewCfnWorkGroup(l.Construct, jsii.String(id), &awsathena.CfnWorkGroupProps{
		Name: jsii.String(name), Description: jsii.String(description), RecursiveDeleteOption: jsii.Bool(!props.Protected),
		WorkGroupConfiguration: &awsathena.CfnWorkGroup_WorkGroupConfigurationProperty{
			EnforceWorkGroupConfiguration:   jsii.Bool(true),
			PublishCloudWatchMetricsEnabled: jsii.Bool(true),
			BytesScannedCutoffPerQuery:      jsii.Number(float64(props.ScanLimitGB) * 1e9),
			EngineVersion:                   &awsathena.CfnWorkGroup_EngineVersionProperty{SelectedEngineVersion: jsii.String(engine)},
			ResultConfiguration: &awsathena.CfnWorkGroup_ResultConfigurationProperty{
				OutputLocation:          props.Results.S3UrlForObject(jsii.String(folder)),
				ExpectedBucketOwner:     awscdk.Stack_Of(l.Construct).Account(),
				EncryptionConfiguration: &awsathena.CfnWorkGroup_EncryptionConfigurationProperty{EncryptionOption: jsii.String("SSE_S3")},
			},
		},
	})
}

// schedule runs a data set's query on its schedule.
func (l *Lake) schedule(id string, d Dataset, group awsathena.CfnWorkGroup, props Props) {
	role := l.asker(id, "Asks for the data set "+d.Query.Name)
	l.permitAsking(role, group, d.Query.Name, props)
	l.repeat(id, "Asks for the data set "+d.Query.Name, d.Schedule, l.asked(d.Query.At(scheduledTime)), group, role)
}

// asker makes a role for EventBridge Scheduler.
func (l *Lake) asker(id, description string) awsiam.Role {
	return awsiam.NewRole(l.Construct, jsii.String(id+"Role"), &awsiam.RoleProps{
		Description: jsii.String(description),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("scheduler.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Stack_Of(l.Construct).Account()}},
		}),
	})
}

// repeat makes a schedule that starts a query. The query may contain scheduledTime.
func (l *Lake) repeat(id, description, when, sql string, group awsathena.CfnWorkGroup, role awsiam.Role) {
	stack := awscdk.Stack_Of(l.Construct)
	place := map[string]string{"Database": *l.database}
	if *l.source != ordinaryCatalog {
		place["Catalog"] = *l.source
	}
	var input strings.Builder
	encoder := json.NewEncoder(&input)
	encoder.SetEscapeHTML(false) // escaping would change the placeholder, which the scheduler would then not find
	if err := encoder.Encode(map[string]any{"QueryString": sql, "WorkGroup": *group.Ref(), "QueryExecutionContext": place}); err != nil {
		panic("analytics: encode the query " + id + ": " + err.Error())
	}
	schedule := awsscheduler.NewCfnSchedule(l.Construct, jsii.String(id+"Schedule"), &awsscheduler.CfnScheduleProps{
		Description:        jsii.String(description),
		ScheduleExpression: jsii.String(when), ScheduleExpressionTimezone: jsii.String("UTC"),
		FlexibleTimeWindow: &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{
			Mode: jsii.String("FLEXIBLE"), MaximumWindowInMinutes: jsii.Number(spread.Minutes()),
		},
		Target: &awsscheduler.CfnSchedule_TargetProperty{
			Arn: stack.FormatArn(&awscdk.ArnComponents{
				Service: jsii.String("scheduler"), Region: jsii.String(""), Account: jsii.String(""),
				Resource: jsii.String("aws-sdk"), ResourceName: jsii.String("athena:startQueryExecution"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
			}),
			RoleArn: role.RoleArn(), Input: jsii.String(input.String()),
			DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: l.Asked.QueueArn()},
			RetryPolicy: &awsscheduler.CfnSchedule_RetryPolicyProperty{
				MaximumEventAgeInSeconds: jsii.Number(patience.Seconds()), MaximumRetryAttempts: jsii.Number(20),
			},
		},
	})
	schedule.Node().AddDependency(role)
}

// permitAsking lets a role run queries in the workgroup of a data set. Athena reads and writes with the caller's permissions.
func (l *Lake) permitAsking(role awsiam.Role, group awsathena.CfnWorkGroup, name string, props Props) {
	l.permitStarting(role, group)
	l.PermitReading(role, props.Datastore)
	permitAnswers(role, "datasets/"+name+"/", props)
	grant.Actions(role, l.Asked.QueueArn(), "sqs:SendMessage")
	cdknag.NagSuppressions_AddResourceSuppressions(role, &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-IAM5"),
		Reason: jsii.String("Athena makes up the names of answers, and reads whichever objects of the rows' folder a question needs."),
	}}, jsii.Bool(true))
}

// PermitReading lets a role read the rows.
func (l *Lake) PermitReading(role awsiam.Role, rows Datastore) {
	if l.iceberg != nil {
		l.iceberg.permit(l, role, false)
		return
	}
	for _, catalog := range l.catalog() {
		grant.Actions(role, catalog, "glue:GetDatabase", "glue:GetTable", "glue:GetPartitions")
	}
	grant.Actions(role, rows.Bucket.BucketArn(), "s3:GetBucketLocation", "s3:ListBucket")
	grant.Actions(role, rows.Bucket.ArnForObjects(jsii.String(rows.Folder+"*")), "s3:GetObject")
}

// permitStarting lets a role start queries in a workgroup.
func (l *Lake) permitStarting(role awsiam.Role, group awsathena.CfnWorkGroup) {
	arn := awscdk.Stack_Of(l.Construct).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("athena"), Resource: jsii.String("workgroup"), ResourceName: group.Ref(),
	})
	grant.Actions(role, arn, "athena:StartQueryExecution")
}

// permitAnswers lets a role write results to a folder.
func permitAnswers(role awsiam.Role, folder string, props Props) {
	results := props.Results
	grant.Actions(role, results.BucketArn(), "s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
	grant.Actions(role, results.ArnForObjects(jsii.String(folder+"*")),
		"s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject")
}

// watchAnswers sends Athena's event of every failed query to a queue: nobody waits for the result of a scheduled query.
func (l *Lake) watchAnswers(groups []*string) {
	rule := awsevents.NewRule(l.Construct, jsii.String("FailedQuestions"), &awsevents.RuleProps{
		Description: jsii.String("Questions about what cars sent that Athena could not answer"),
		EventPattern: &awsevents.EventPattern{
			Source: jsii.Strings("aws.athena"), DetailType: jsii.Strings("Athena Query State Change"),
			Detail: &map[string]any{"currentState": []string{"FAILED"}, "workgroupName": groups[1:]},
		},
	})
	rule.AddTarget(awseventstargets.NewSqsQueue(l.Asked, nil))
}

// pascal converts a_name to AName.
func pascal(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
