package actions

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
)

type logsAPI interface {
	PutLogEvents(context.Context, *cloudwatchlogs.PutLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.PutLogEventsOutput, error)
	CreateLogStream(context.Context, *cloudwatchlogs.CreateLogStreamInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.CreateLogStreamOutput, error)
}

// newLogs writes one log event per message or, in batch mode, one for each {timestamp, message} in the array that the rule selected. The
// log stream is named after the rule.
func (b *Builder) newLogs(f *fields, a types.CloudwatchLogsAction) Action {
	group := f.template("logGroupName", a.LogGroupName)
	return &single{"CloudwatchLogsAction", aws.ToString(a.LogGroupName), b.retry, func(ctx context.Context, in Invocation) error {
		events, err := logEvents(in, aws.ToBool(a.BatchMode))
		if err != nil {
			return err
		}
		name, err := in.destination(ctx, "logGroupName", group)
		if err != nil {
			return err
		}
		put := &cloudwatchlogs.PutLogEventsInput{LogGroupName: &name, LogStreamName: aws.String(logStream(in.Rule)), LogEvents: events}
		_, err = b.logs.PutLogEvents(ctx, put)
		var missing *logstypes.ResourceNotFoundException
		if !errors.As(err, &missing) {
			return err
		}
		_, err = b.logs.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &name, LogStreamName: put.LogStreamName})
		var exists *logstypes.ResourceAlreadyExistsException
		if err != nil && !errors.As(err, &exists) {
			return err
		}
		_, err = b.logs.PutLogEvents(ctx, put)
		return err
	}}
}

// logStream is the name of the rule's log stream. Colons and asterisks are not allowed in it.
func logStream(rule string) string { return strings.NewReplacer(":", "_", "*", "_").Replace(rule) }

func logEvents(in Invocation, batch bool) ([]logstypes.InputLogEvent, error) {
	at := in.Message.At
	if at.IsZero() {
		at = time.Now()
	}
	if !batch {
		return []logstypes.InputLogEvent{{Timestamp: aws.Int64(at.UnixMilli()), Message: aws.String(string(in.Output))}}, nil
	}
	items, err := elements(in.Output)
	if err != nil {
		return nil, err
	}
	events := make([]logstypes.InputLogEvent, len(items))
	for i, item := range items {
		var e struct {
			Timestamp *int64
			Message   *string
		}
		if err := json.Unmarshal(item, &e); err != nil || e.Timestamp == nil || e.Message == nil {
			return nil, Permanent(errors.New("batch mode needs an array of {timestamp, message}"))
		}
		events[i] = logstypes.InputLogEvent{Timestamp: e.Timestamp, Message: e.Message}
	}
	return events, nil
}
