package rules

import (
	"context"
	"encoding/json"
	"time"
)

const (
	kinesisAPI  = "https://docs.aws.amazon.com/kinesis/latest/APIReference/"
	firehoseAPI = "https://docs.aws.amazon.com/firehose/latest/APIReference/"
	logsAPI     = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/"
	eventsAPI   = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/"
)

const (
	kinesisRecordKiB   = 1024 // KiB, for a stream without the setting
	maxKinesisRequest  = 10 << 20
	maxFirehoseRequest = 4 << 20
	maxFirehoseRecord  = 1000 << 10
	maxLogBatch        = 1 << 20
	logEventOverhead   = 26
	maxLogSpan         = 24 * time.Hour
	maxEventEntries    = 1 << 20
)

var kinesis = []Rule{
	{"a record has at most the stream's size, 1 MiB unless it says more", "kinesis", []string{"PutRecord", "PutRecords"},
		kinesisAPI + "API_PutRecord.html", "ValidationException", 0, kinesisRecord},
	{"a request has at most 10 MiB", "kinesis", []string{"PutRecords"}, kinesisAPI + "API_PutRecords.html", "InvalidArgumentException", 0,
		stateless(func(m members) string {
			n := 0
			for _, r := range m.elements("Records") {
				n += r.bytes("Data") + r.bytes("PartitionKey")
			}
			return unless(n <= maxKinesisRequest, "Records size exceeds 10 MB limit")
		})},
	{"a stream is named by its name, its ARN or its id", "kinesis", []string{"PutRecord", "PutRecords", "DescribeStream", "DescribeStreamSummary", "ListShards"},
		kinesisAPI + "API_PutRecords.html", "InvalidArgumentException", 0,
		stateless(func(m members) string {
			return unless(m.has("StreamName") || m.has("StreamARN") || m.has("StreamId") || m.has("NextToken"), "Either StreamARN or StreamName must be provided")
		})},
}

func kinesisRecord(ctx context.Context, c call) (string, error) {
	largest := 0
	for _, r := range append(c.elements("Records"), c.members) {
		largest = max(largest, r.bytes("Data")+r.bytes("PartitionKey"))
	}
	if largest <= kinesisRecordKiB<<10 {
		return "", nil
	}
	stream := map[string]any{}
	for _, name := range []string{"StreamName", "StreamARN"} {
		if c.has(name) {
			stream[name] = c.text(name)
		}
	}
	out, err := c.get(ctx, "kinesis", "DescribeStreamSummary", stream)
	limit := max(int(out.in("StreamDescriptionSummary").number("MaxRecordSizeInKiB")), kinesisRecordKiB) << 10
	return unless(largest <= limit, "Value at 'records' failed to satisfy constraint: Member must have length less than or equal to %d", limit), err
}

var firehose = []Rule{
	{"a record has at most 1,000 KiB", "firehose", []string{"PutRecord", "PutRecordBatch"}, firehoseAPI + "API_Record.html", "InvalidArgumentException", 0,
		stateless(func(m members) string {
			for _, r := range append(m.elements("Records"), m.in("Record")) {
				if r.bytes("Data") > maxFirehoseRecord {
					return "Record size exceeds 1000 KiB"
				}
			}
			return ""
		})},
	{"a batch has at most 4 MiB", "firehose", []string{"PutRecordBatch"}, firehoseAPI + "API_PutRecordBatch.html", "InvalidArgumentException", 0,
		stateless(func(m members) string {
			n := 0
			for _, r := range m.elements("Records") {
				n += r.bytes("Data")
			}
			return unless(n <= maxFirehoseRequest, "Records size exceeds 4 MB limit")
		})},
}

var logs = []Rule{
	{"a batch of log events has at most 1,048,576 bytes", "logs", []string{"PutLogEvents"}, logsAPI + "API_PutLogEvents.html", "InvalidParameterException", 0,
		stateless(func(m members) string {
			n := 0
			for _, e := range m.elements("logEvents") {
				n += e.bytes("message") + logEventOverhead
			}
			return unless(n <= maxLogBatch, "Upload too large: %d bytes exceeds limit of %d", n, maxLogBatch)
		})},
	{"log events come in the order of time", "logs", []string{"PutLogEvents"}, logsAPI + "API_PutLogEvents.html", "InvalidParameterException", 0,
		stateless(func(m members) string {
			last := 0.0
			for _, e := range m.elements("logEvents") {
				if e.number("timestamp") < last {
					return "Log events in a single PutLogEvents request must be in chronological order."
				}
				last = e.number("timestamp")
			}
			return ""
		})},
	{"a batch of log events spans at most 24 hours", "logs", []string{"PutLogEvents"}, logsAPI + "API_PutLogEvents.html", "InvalidParameterException", 0,
		stateless(func(m members) string {
			all := m.elements("logEvents")
			if len(all) == 0 {
				return ""
			}
			span := all[len(all)-1].number("timestamp") - all[0].number("timestamp")
			return unless(span <= float64(maxLogSpan.Milliseconds()), "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
		})},
}

var events = []Rule{
	{"the entries of a request have at most 1 MB", "events", []string{"PutEvents"}, eventsAPI + "API_PutEvents.html", "ValidationException", 0,
		stateless(func(m members) string {
			n := 0
			for _, e := range m.elements("Entries") {
				n += eventBytes(e)
			}
			return unless(n < maxEventEntries, "Total size of the entries in the request is over the limit.")
		})},
	{"a rule has a pattern or a schedule", "events", []string{"PutRule"}, eventsAPI + "API_PutRule.html", "ValidationException", 0,
		stateless(func(m members) string {
			return unless(m.has("EventPattern") || m.has("ScheduleExpression"), "Parameter(s) EventPattern or ScheduleExpression must be specified.")
		})},
	{"a rule's pattern is JSON", "events", []string{"PutRule"}, eventsAPI + "API_PutRule.html", "InvalidEventPatternException", 0,
		stateless(func(m members) string {
			return unless(!m.has("EventPattern") || json.Valid([]byte(m.text("EventPattern"))), "Event pattern is not valid. Reason: it is no JSON")
		})},
}

// eventBytes is the size of an entry as EventBridge counts it:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
func eventBytes(e members) int {
	n := e.bytes("Source") + e.bytes("DetailType") + e.bytes("Detail")
	if e.has("Time") {
		n += 14
	}
	for _, r := range e.list("Resources") {
		n += members{"r": r}.bytes("r")
	}
	return n
}
