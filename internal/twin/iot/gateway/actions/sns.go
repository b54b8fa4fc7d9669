package actions

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

type snsAPI interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// newSNS publishes one notification per message. In the JSON format, the message holds one text per protocol.
func (b *Builder) newSNS(f *fields, a types.SnsAction) Action {
	target := f.template("targetArn", a.TargetArn)
	var structure *string
	if a.MessageFormat == types.MessageFormatJson {
		structure = aws.String("json")
	}
	return &single{"SnsAction", aws.ToString(a.TargetArn), b.retry, func(ctx context.Context, in Invocation) error {
		arn, err := in.destination(ctx, "targetArn", target)
		if err != nil {
			return err
		}
		_, err = b.sns.Publish(ctx, &sns.PublishInput{
			TargetArn: &arn, Message: aws.String(string(in.Output)), MessageStructure: structure,
		})
		return err
	}}
}
