package firehose

import (
	"bytes"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"connectedcar/internal/aws/awsconfig"
)

// lambdaFunction is a function of AWS Lambda.
type lambdaFunction struct {
	client *lambda.Client
	name   string
}

// NewFunction returns the Lambda function with that name or ARN.
func NewFunction(cfg aws.Config, name string) Function {
	return lambdaFunction{client: lambda.NewFromConfig(cfg), name: name}
}

func (f lambdaFunction) Run(ctx context.Context, event []byte) ([]byte, error) {
	out, err := f.client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &f.name, Payload: event})
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", f.name, awsconfig.Sort(err))
	}
	if out.FunctionError != nil {
		return nil, fmt.Errorf("run %s: %s: %s", f.name, *out.FunctionError, out.Payload)
	}
	return out.Payload, nil
}

// bucket implements Objects with an Amazon S3 bucket.
type bucket struct {
	client objectAPI
	name   string
}

// objectAPI lists the calls of Amazon S3 that a bucket makes.
type objectAPI interface {
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// NewObjects returns the Objects that stores in the bucket with that name.
func NewObjects(client objectAPI, name string) Objects { return bucket{client: client, name: name} }

func (b bucket) Put(ctx context.Context, key string, body []byte) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: bytes.NewReader(body)})
	if err != nil {
		return fmt.Errorf("put %s: %w", key, awsconfig.Sort(err))
	}
	return nil
}

// TakeOver reads the settings of the delivery stream with that name, and deletes the stream so that it does not deliver the same records as
// the stand-in. raw is the parameter of Read.
func TakeOver(ctx context.Context, cfg aws.Config, name, raw string) (Settings, error) {
	client := firehose.NewFromConfig(cfg)
	out, err := client.DescribeDeliveryStream(ctx, &firehose.DescribeDeliveryStreamInput{DeliveryStreamName: &name})
	if err != nil {
		return Settings{}, fmt.Errorf("take delivery stream %s over: %w", name, awsconfig.Sort(err))
	}
	s, err := Read(out.DeliveryStreamDescription, raw)
	if err != nil {
		return Settings{}, err
	}
	if _, err := client.DeleteDeliveryStream(ctx, &firehose.DeleteDeliveryStreamInput{DeliveryStreamName: &name}); err != nil {
		return Settings{}, fmt.Errorf("take delivery stream %s over: %w", name, awsconfig.Sort(err))
	}
	return s, nil
}
