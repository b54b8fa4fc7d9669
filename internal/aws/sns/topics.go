// Package sns publishes to topics and telephones by Amazon SNS.
package sns

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/errs"
)

type publisher interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// Topics are the topics of Amazon SNS by audience.
type Topics struct {
	client publisher
	arns   map[string]string
}

// NewTopics publishes to the topics with those ARNs, by audience: manufacturer, dealer, operator.
func NewTopics(cfg aws.Config, arns map[string]string) *Topics {
	return &Topics{client: sns.NewFromConfig(cfg), arns: arns}
}

// Publish sends a message with attributes that subscriptions filter by.
func (t *Topics) Publish(ctx context.Context, audience string, message []byte, attributes map[string]string) error {
	arn, known := t.arns[audience]
	if !known {
		return errs.As(errs.NotFound, fmt.Errorf("no topic for the audience %.40q", audience))
	}
	in := &sns.PublishInput{TopicArn: &arn, Message: aws.String(string(message)), MessageAttributes: map[string]types.MessageAttributeValue{}}
	for name, value := range attributes {
		in.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
	}
	if _, err := t.client.Publish(ctx, in); err != nil {
		return fmt.Errorf("publish to the topic of %s: %w", audience, awsconfig.Sort(err))
	}
	return nil
}

// Texts sends text messages by Amazon SNS.
type Texts struct{ client publisher }

// NewTexts sends text messages.
func NewTexts(cfg aws.Config) *Texts { return &Texts{client: sns.NewFromConfig(cfg)} }

// Text sends a message to a number in E.164. Errors do not name it.
func (t *Texts) Text(ctx context.Context, number, message string) error {
	_, err := t.client.Publish(ctx, &sns.PublishInput{
		PhoneNumber: &number, Message: &message,
		MessageAttributes: map[string]types.MessageAttributeValue{
			// Transactional: delivered rather late than never, where promotional messages may be dropped (Amazon SNS developer guide).
			"AWS.SNS.SMS.SMSType": {DataType: aws.String("String"), StringValue: aws.String("Transactional")},
		},
	})
	if err != nil {
		return fmt.Errorf("send a text message: %w", awsconfig.Sort(err))
	}
	return nil
}
