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

// newSQS sends one message a message.
func (b *Builder) newSQS(a types.SqsAction) Action {
	return &single{"SqsAction", aws.ToString(a.QueueUrl), b.retry, func(ctx context.Context, in Invocation) error {
		body := string(in.Output)
		if aws.ToBool(a.UseBase64) {
			body = base64.StdEncoding.EncodeToString(in.Output)
		}
		_, err := b.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: a.QueueUrl, MessageBody: &body})
		return err
	}}
}
