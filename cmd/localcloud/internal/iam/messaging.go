package iam

import "strings"

// A batch operation of SQS needs the permission of its single operation; Lambda's Invoke needs lambda:InvokeFunction.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
var messagingNeeds = map[string]need{
	"sqs.SendMessage":             on("sqs:SendMessage", queue),
	"sqs.SendMessageBatch":        on("sqs:SendMessage", queue),
	"sqs.ReceiveMessage":          on("sqs:ReceiveMessage", queue),
	"sqs.DeleteMessage":           on("sqs:DeleteMessage", queue),
	"sqs.DeleteMessageBatch":      on("sqs:DeleteMessage", queue),
	"sqs.ChangeMessageVisibility": on("sqs:ChangeMessageVisibility", queue),
	"sqs.GetQueueAttributes":      on("sqs:GetQueueAttributes", queue),
	"sns.Publish":                 on("sns:Publish", topic),
	"events.PutEvents":            eachEntry,
	"sesv2.SendEmail":             sendEmail,
	"scheduler.CreateSchedule":    schedule("scheduler:CreateSchedule"),
	"scheduler.UpdateSchedule":    schedule("scheduler:UpdateSchedule"),
	"scheduler.DeleteSchedule":    on("scheduler:DeleteSchedule", scheduleARN),
	"kinesis.PutRecord":           on("kinesis:PutRecord", stream),
	"kinesis.PutRecords":          putRecords,
	"lambda.Invoke":               on("lambda:InvokeFunction", function),
	"logs.PutLogEvents":           on("logs:PutLogEvents", logStream),
	"logs.CreateLogStream":        on("logs:CreateLogStream", logStream),
}

func queue(c Call) string {
	url := c.text("QueueUrl")
	name := url[strings.LastIndex(url, "/")+1:]
	if name == "" {
		return ""
	}
	return c.arn("sqs", name)
}

// topic is the topic's ARN. The resource of a text message is its telephone number, which only * and NotResource match.
// https://docs.aws.amazon.com/sns/latest/dg/sns-using-identity-based-policies.html
func topic(c Call) string {
	for _, member := range []string{"TopicArn", "TargetArn", "PhoneNumber"} {
		if v := c.text(member); v != "" {
			return v
		}
	}
	return ""
}

func eachEntry(c Call) (list []Request) {
	for _, e := range elements(c.Input["Entries"]) {
		bus, _ := e["EventBusName"].(string)
		if !strings.HasPrefix(bus, "arn:") {
			bus = c.arn("events", "event-bus/"+bus)
		}
		list = append(list, Request{Action: "events:PutEvents", Resource: bus})
	}
	return list
}

// sendEmail needs ses:SendEmail on the sender's identity: its domain, unless the call names another identity.
func sendEmail(c Call) []Request {
	from := c.text("FromEmailAddress")
	_, domain, _ := strings.Cut(from, "@")
	identity := c.arn("ses", "identity/"+domain)
	if arn := c.text("FromEmailAddressIdentityArn"); arn != "" {
		identity = arn
	}
	return []Request{{Action: "ses:SendEmail", Resource: identity, Context: map[string]string{"ses:FromAddress": from}}}
}

func scheduleARN(c Call) string {
	group := c.text("GroupName")
	if group == "" {
		group = "default"
	}
	return c.arn("scheduler", "schedule/"+group+"/"+c.text("Name"))
}

// schedule needs the action, and iam:PassRole for the role with which the schedule calls its target.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html
func schedule(action string) need {
	return func(c Call) []Request {
		list := []Request{{Action: action, Resource: scheduleARN(c)}}
		target, _ := c.Input["Target"].(map[string]any)
		if role, _ := target["RoleArn"].(string); role != "" {
			list = append(list, Request{Action: "iam:PassRole", Resource: role,
				Context: map[string]string{"iam:PassedToService": "scheduler.amazonaws.com"}})
		}
		return list
	}
}

func stream(c Call) string {
	if arn := c.text("StreamARN"); arn != "" {
		return arn
	}
	return named("kinesis", "stream/", "StreamName")(c)
}

// putRecords needs kinesis:PutRecords, but only kinesis:PutRecord if the caller is a role: the gateway then runs a rule's action, which in
// AWS puts one record for each message.
// https://docs.aws.amazon.com/iot/latest/developerguide/kinesis-rule-action.html
func putRecords(c Call) []Request {
	if strings.HasPrefix(c.Caller, "arn:") {
		return on("kinesis:PutRecord", stream)(c)
	}
	return on("kinesis:PutRecords", stream)(c)
}

func function(c Call) string {
	name := c.text("FunctionName")
	if strings.HasPrefix(name, "arn:") || name == "" {
		return name
	}
	return c.arn("lambda", "function:"+name)
}

func logGroup(c Call) string { return named("logs", "log-group:", "logGroupName")(c) }

func logStream(c Call) string {
	if group := logGroup(c); group != "" {
		return group + ":log-stream:" + c.text("logStreamName")
	}
	return ""
}
