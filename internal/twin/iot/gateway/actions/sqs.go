package actions

import (
	"context"
	"encoding/base64"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

type sqsAPI interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// newSQS sends one SQS message per MQTT message.
func (b *Builder) newSQS(f *fields, a types.SqsAction) Action {
	queue := f.template("queueUrl", a.QueueUrl)
	return &single{"SqsAction", aws.ToString(a.QueueUrl), b.retry, func(ctx context.Context, in Invocation) error {
		body := string(in.Output)
		if aws.ToBool(a.UseBase64) {
			body = base64.StdEncoding.EncodeToString(in.Output)
		}
		url, err := in.destination(ctx, "queueUrl", queue)
		if err != nil {
			return err
		}
		_, err = b.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
		return err
	}}
}
