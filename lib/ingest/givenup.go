package ingest

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/allow"
)

// givenUp is an S3 bucket as an event source's destination for what it gives up on. It allows the function what Lambda asks for
// and no more; the CDK's own lets the function read and delete every object as well.
type givenUp struct{ bucket awss3.IBucket }

// Bind is called by the event source.
func (g *givenUp) Bind(_ awslambda.IEventSourceMapping, f awslambda.IFunction) *awslambda.DlqDestinationConfig {
	allow.Actions(f, g.bucket.BucketArn(), "s3:ListBucket")
	allow.Actions(f, g.bucket.ArnForObjects(jsii.String("aws/lambda/*")), "s3:PutObject")
	return &awslambda.DlqDestinationConfig{Destination: g.bucket.BucketArn()}
}
