package actions

import (
	"context"
	"fmt"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"connectedcar/internal/twin/iot/sql"
)

// Republisher publishes a message to the gateway's own broker and rules.
type Republisher func(ctx context.Context, m Republished) error

// Builder compiles rules' actions. All actions share one client per service and one batcher per stream.
type Builder struct {
	retry     *Retrier
	republish Republisher

	lambda   lambdaAPI
	s3       s3API
	kinesis  kinesisAPI
	firehose firehoseAPI
	dynamo   dynamoAPI
	sns      snsAPI
	sqs      sqsAPI
	logs     logsAPI

	streams streams
	roles   roles
}

// NewBuilder makes a builder whose actions call AWS or an emulator, with retries by r.
func NewBuilder(cfg aws.Config, r *Retrier, republish Republisher) *Builder {
	cfg = cfg.Copy()
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} } // because the Retrier retries
	b := newClients(cfg, r, republish)
	b.roles.make = func(role string) *Builder { return newClients(naming(cfg, role), r, republish) }
	return b
}

func newClients(cfg aws.Config, r *Retrier, republish Republisher) *Builder {
	return &Builder{
		retry: r, republish: republish,
		lambda:   lambda.NewFromConfig(cfg),
		s3:       s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }),
		kinesis:  kinesis.NewFromConfig(cfg),
		firehose: firehose.NewFromConfig(cfg),
		dynamo:   dynamodb.NewFromConfig(cfg),
		sns:      sns.NewFromConfig(cfg),
		sqs:      sqs.NewFromConfig(cfg),
		logs:     cloudwatchlogs.NewFromConfig(cfg),
	}
}

// Build compiles the action. Its substitution templates may use the statement's variables. For an action that the gateway does not
// implement, the error is an *UnsupportedError.
func (b *Builder) Build(s *sql.Statement, a types.Action) (Action, error) {
	c := &fields{statement: s}
	b = b.roles.of(roleOf(a), b)
	var made Action
	switch {
	case a.Lambda != nil:
		made = b.newLambda(c, *a.Lambda)
	case a.S3 != nil:
		made = b.newS3(c, *a.S3)
	case a.Kinesis != nil:
		made = b.newKinesis(c, *a.Kinesis)
	case a.Firehose != nil:
		made = b.newFirehose(c, *a.Firehose)
	case a.DynamoDBv2 != nil:
		made = b.newDynamoDBv2(c, *a.DynamoDBv2)
	case a.Sns != nil:
		made = b.newSNS(c, *a.Sns)
	case a.Sqs != nil:
		made = b.newSQS(c, *a.Sqs)
	case a.Republish != nil:
		made = b.newRepublish(c, *a.Republish)
	case a.CloudwatchLogs != nil:
		made = b.newLogs(c, *a.CloudwatchLogs)
	default:
		return nil, &UnsupportedError{nameOf(a)}
	}
	if c.err != nil {
		return nil, c.err
	}
	return made, nil
}

// nameOf returns the name of the action's field that is set.
func nameOf(a types.Action) string {
	v := reflect.ValueOf(a)
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			return v.Type().Field(i).Name
		}
	}
	return "(none)"
}

// fields compiles an action's fields and keeps the first error.
type fields struct {
	statement *sql.Statement
	err       error
}

func (f *fields) template(name string, text *string) *sql.Template {
	t, err := f.statement.CompileTemplate(aws.ToString(text))
	if err != nil && f.err == nil {
		f.err = fmt.Errorf("%s %q: %w", name, aws.ToString(text), err)
	}
	return t
}

// render evaluates a field for the message. An error is permanent, because it depends only on the message.
func (in Invocation) render(ctx context.Context, name string, t *sql.Template) (string, error) {
	text, err := t.Render(ctx, in.Message, in.Services)
	if err != nil {
		return "", Permanent(fmt.Errorf("%s: %w", name, err))
	}
	return text, nil
}

// destination evaluates the field that names the destination. An empty value is an error.
func (in Invocation) destination(ctx context.Context, name string, t *sql.Template) (string, error) {
	text, err := in.render(ctx, name, t)
	if err == nil && text == "" {
		err = Permanent(fmt.Errorf("%s is empty for this message", name))
	}
	return text, err
}
