package data

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// StreamProps configures a stream.
type StreamProps struct {
	// Protected retains the stream when the stack is deleted.
	Protected bool
	// Shards is the number of provisioned shards. Default: on-demand capacity.
	Shards int
}

// NewStream makes a stream that carries messages from the rules to its consumers. A shard accepts 1 MB and 1000 messages a second.
func NewStream(scope constructs.Construct, id string, props StreamProps) awskinesis.Stream {
	stream := &awskinesis.StreamProps{
		StreamMode:    awskinesis.StreamMode_ON_DEMAND,
		Encryption:    awskinesis.StreamEncryption_MANAGED,
		RemovalPolicy: removal(props.Protected),
	}
	if props.Shards > 0 {
		stream.StreamMode = awskinesis.StreamMode_PROVISIONED
		stream.ShardCount = jsii.Number(float64(props.Shards))
	}
	return awskinesis.NewStream(scope, jsii.String(id), stream)
}
