// Package console makes the session table of the administration console, and optionally its hosting. The program may also run elsewhere;
// its settings then name the table.
package console

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Props configures Console.
type Props struct {
	// Protected enables deletion protection of the table, and retains it when the stack is deleted. Sessions last a day: their loss only
	// signs users out.
	Protected bool
}

// Console holds the session table.
type Console struct {
	constructs.Construct
	Sessions awsdynamodb.TableV2
}

// New creates the session table.
func New(scope constructs.Construct, id string, props Props) *Console {
	c := &Console{Construct: constructs.NewConstruct(scope, jsii.String(id))}
	c.Sessions = awsdynamodb.NewTableV2(c.Construct, jsii.String("Sessions"), &awsdynamodb.TablePropsV2{
		PartitionKey:       &awsdynamodb.Attribute{Name: jsii.String("id"), Type: awsdynamodb.AttributeType_STRING},
		Billing:            awsdynamodb.Billing_OnDemand(nil),
		Encryption:         awsdynamodb.TableEncryptionV2_AwsManagedKey(),
		DeletionProtection: jsii.Bool(props.Protected),
		RemovalPolicy:      removal(props.Protected),
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: jsii.Bool(true),
		},
		TimeToLiveAttribute: jsii.String("expiresAt"),
	})
	return c
}

func removal(protected bool) awscdk.RemovalPolicy {
	if protected {
		return awscdk.RemovalPolicy_RETAIN
	}
	return awscdk.RemovalPolicy_DESTROY
}
