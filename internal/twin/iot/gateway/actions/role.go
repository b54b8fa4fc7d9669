package actions

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// RoleHeader names the role of the rule action that makes a call. AWS IoT would assume that role. The gateway calls with its own
// credentials instead, and a proxy that records its calls can check them against the role.
const RoleHeader = "X-Iot-Action-Role"

// roles holds the clients of each role. They outlive the rules that use them.
type roles struct {
	make func(role string) *Builder

	mu     sync.Mutex
	byName map[string]*Builder
}

// of returns the builder whose clients send that role. An action without a role gets the gateway's own builder.
func (r *roles) of(role string, own *Builder) *Builder {
	if role == "" || r.make == nil {
		return own
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byName == nil {
		r.byName = map[string]*Builder{}
	}
	if r.byName[role] == nil {
		r.byName[role] = r.make(role)
	}
	return r.byName[role]
}

func naming(cfg aws.Config, role string) aws.Config {
	cfg = cfg.Copy()
	cfg.APIOptions = append(cfg.APIOptions, smithyhttp.SetHeaderValue(RoleHeader, role))
	return cfg
}

// roleOf returns the ARN of the action's role; empty for a Lambda action, because the function's resource policy allows AWS IoT to call it.
func roleOf(a types.Action) string {
	switch {
	case a.S3 != nil:
		return aws.ToString(a.S3.RoleArn)
	case a.Kinesis != nil:
		return aws.ToString(a.Kinesis.RoleArn)
	case a.Firehose != nil:
		return aws.ToString(a.Firehose.RoleArn)
	case a.DynamoDBv2 != nil:
		return aws.ToString(a.DynamoDBv2.RoleArn)
	case a.Sns != nil:
		return aws.ToString(a.Sns.RoleArn)
	case a.Sqs != nil:
		return aws.ToString(a.Sqs.RoleArn)
	case a.CloudwatchLogs != nil:
		return aws.ToString(a.CloudwatchLogs.RoleArn)
	}
	return ""
}
