// Package sns publishes to topics and sends text messages by Amazon SNS.
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

// Topics publishes to one Amazon SNS topic per audience.
type Topics struct {
	client publisher
	arns   map[string]string
}

// NewTopics publishes to the topics with those ARNs, by audience: manufacturer, dealer, operator.
func NewTopics(cfg aws.Config, arns map[string]string) *Topics {
	return &Topics{client: sns.NewFromConfig(cfg), arns: arns}
}

// Publish sends a message to the topic of the audience, with attributes for the subscriptions' filters.
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

// Texts sends text messages (SMS) by Amazon SNS.
type Texts struct{ client publisher }

// NewTexts returns a client for the account and region of cfg.
func NewTexts(cfg aws.Config) *Texts { return &Texts{client: sns.NewFromConfig(cfg)} }

// Text sends a message to a phone number in E.164 format. Errors do not contain the number.
func (t *Texts) Text(ctx context.Context, number, message string) error {
	_, err := t.client.Publish(ctx, &sns.PublishInput{
		PhoneNumber: &number, Message: &message,
		MessageAttributes: map[string]types.MessageAttributeValue{
			// Transactional messages are retried for reliable delivery; promotional ones may be dropped (Amazon SNS developer guide).
			"AWS.SNS.SMS.SMSType": {DataType: aws.String("String"), StringValue: aws.String("Transactional")},
		},
	})
	if err != nil {
		return fmt.Errorf("send a text message: %w", awsconfig.Sort(err))
	}
	return nil
}
