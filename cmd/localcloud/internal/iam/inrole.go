package iam

import (
	"fmt"
	"regexp"
	"strings"

	"connectedcar/cmd/localcloud/internal/iam/template"
)

// inRole lists the requests that AWS makes with the roles of functions and rules and that no recorded call shows: Lambda polls event
// sources, sends failed events to destinations, and writes logs and traces; AWS IoT runs the actions of rules. Each request follows the AWS
// documentation.
func inRole(a *template.Assembly) ([]Request, error) {
	r := &roleWork{assembly: a, byFunction: map[string]string{}}
	functions, err := a.Functions()
	if err != nil {
		return nil, err
	}
	for _, f := range functions {
		arn, err := a.ARN(f.Resource)
		if err != nil {
			return nil, err
		}
		r.byFunction[arn[strings.LastIndex(arn, ":")+1:]] = f.Name
		r.runtime(f)
	}
	for _, m := range a.Of("AWS::Lambda::EventSourceMapping") {
		r.eventSource(m)
	}
	for _, c := range a.Of("AWS::Lambda::EventInvokeConfig") {
		r.onFailure(c)
	}
	for _, rule := range a.Of("AWS::IoT::TopicRule") {
		r.rule(rule)
	}
	return r.requests, r.err
}

type roleWork struct {
	assembly   *template.Assembly
	byFunction map[string]string // the function's application id, by its physical name
	requests   []Request
	err        error
}

func (w *roleWork) text(r *template.Resource, path ...string) string {
	text, err := w.assembly.Text(r, path...)
	if err != nil && w.err == nil {
		w.err = err
	}
	return text
}

func (w *roleWork) add(caller, because, resource string, actions ...string) {
	for _, action := range actions {
		w.requests = append(w.requests, Request{Caller: caller, Action: action, Resource: resource, Because: because})
	}
}

// runtime adds the requests for logs and traces.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
// https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
func (w *roleWork) runtime(f template.Function) {
	if group := w.text(f.Resource, "LoggingConfig", "LogGroup"); group != "" {
		arn := fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s", w.assembly.Region, w.assembly.Account, group)
		w.add(f.Name, "Lambda writes the log", arn+":log-stream:stream", "logs:CreateLogStream", "logs:PutLogEvents")
	}
	if w.text(f.Resource, "TracingConfig", "Mode") == "Active" {
		w.add(f.Name, "Lambda sends traces", "*", "xray:PutTraceSegments", "xray:PutTelemetryRecords")
	}
}

// pollers are the actions that Lambda needs to read an event source of that service.
var pollers = map[string][]string{
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
	"sqs": {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
	// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html
	"kinesis": {"kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"},
	// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
	"dynamodb": {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"},
}

func (w *roleWork) eventSource(m *template.Resource) {
	source := w.text(m, "EventSourceArn")
	service := strings.Split(source+":::", ":")[2]
	if arn, consumer, enhanced := strings.Cut(source, "/consumer/"); enhanced {
		w.add(w.function(m), "Lambda reads as consumer "+consumer, source, "kinesis:SubscribeToShard")
		source = arn
	}
	if pollers[service] == nil && w.err == nil {
		w.err = fmt.Errorf("event source %s of stack %s: the rights to read from %q are not known here", m.ID, m.Stack, source)
	}
	w.add(w.function(m), "Lambda polls the event source", source, pollers[service]...)
	w.onFailure(m)
}

// function is the application id of the function that the resource's FunctionName refers to.
func (w *roleWork) function(r *template.Resource) string {
	name := w.text(r, "FunctionName")
	return w.byFunction[name[strings.LastIndex(name, ":")+1:]]
}

// onFailure adds the requests for the destination of failed invocations.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
// https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
func (w *roleWork) onFailure(r *template.Resource) {
	switch to := w.text(r, "DestinationConfig", "OnFailure", "Destination"); {
	case strings.HasPrefix(to, "arn:aws:sqs:"):
		w.add(w.function(r), "Lambda hands on what failed", to, "sqs:SendMessage")
	case strings.HasPrefix(to, "arn:aws:s3:"):
		w.add(w.function(r), "Lambda hands on what failed", to, "s3:ListBucket")
		w.add(w.function(r), "Lambda hands on what failed", to+"/aws/lambda/mapping/shard/record", "s3:PutObject")
	}
}

// rule adds the requests of a rule's actions and of its error action, each with its own role.
func (w *roleWork) rule(r *template.Resource) {
	payload, err := w.assembly.Resolve(r.Stack, r.Properties["TopicRulePayload"])
	if err != nil {
		w.err = err
		return
	}
	p, _ := payload.(map[string]any)
	actions := elements(p["Actions"])
	if e, ok := p["ErrorAction"].(map[string]any); ok {
		actions = append(actions, e)
	}
	for _, action := range actions {
		for kind, settings := range action {
			w.action(r, kind, settings.(map[string]any))
		}
	}
}

// substitution matches a substitution template in an action's setting, which AWS IoT fills in from the message.
var substitution = regexp.MustCompile(`\$\{[^}]*\}`)

// action adds the requests of one action of a rule. https://docs.aws.amazon.com/iot/latest/developerguide/iot-rule-actions.html
func (w *roleWork) action(r *template.Resource, kind string, s map[string]any) {
	text := func(member string) string { v, _ := s[member].(string); return substitution.ReplaceAllString(v, "x") }
	role, because := text("RoleArn"), "AWS IoT does the rule's action"
	arn := func(service, resource string) string {
		return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, w.assembly.Region, w.assembly.Account, resource)
	}
	switch kind {
	case "Sqs":
		url := text("QueueUrl")
		w.add(role, because, arn("sqs", url[strings.LastIndex(url, "/")+1:]), "sqs:SendMessage")
	case "S3":
		w.add(role, because, "arn:aws:s3:::"+text("BucketName")+"/"+text("Key"), "s3:PutObject")
	case "Kinesis":
		w.add(role, because, arn("kinesis", "stream/"+text("StreamName")), "kinesis:PutRecord")
	case "DynamoDBv2":
		put, _ := s["PutItem"].(map[string]any)
		w.add(role, because, arn("dynamodb", "table/"+fmt.Sprint(put["TableName"])), "dynamodb:PutItem")
	case "CloudwatchLogs":
		group := arn("logs", "log-group:"+text("LogGroupName"))
		// The ARN ends with a colon because policies for a log group end with ":*":
		// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
		w.add(role, because, group+":log-stream:", "logs:DescribeLogStreams")
		w.add(role, because, group+":log-stream:x", "logs:CreateLogStream", "logs:PutLogEvents")
	default:
		if w.err == nil {
			w.err = fmt.Errorf("rule %s of stack %s: the rights of action %s are not known here", r.ID, r.Stack, kind)
		}
	}
}
