package data

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/internal/names"
	"connectedcar/lib/function"
	"connectedcar/lib/grant"
)

// emptyingTime is the timeout for emptying a bucket: Lambda's maximum, enough for millions of objects. A larger bucket fails the deletion
// of the stack; a repeated deletion continues where the first one stopped.
const emptyingTime = 15 * time.Minute

// Dispose has a function empty the buckets when the stack is deleted. The CDK's autoDeleteObjects would add a Node.js function with a
// managed policy, without traces and alarms, and with a log group that is never deleted; this function is like the project's others, and
// runs on emulators.
func Dispose(scope constructs.Construct, id string, runtime function.Runtime, buckets ...awss3.Bucket) {
	this := constructs.NewConstruct(scope, jsii.String(id))
	f := function.New(this, "Function", function.Props{
		Runtime: runtime, Name: "emptybucket", Description: "Empties the buckets that are deleted with their stack", Timeout: emptyingTime,
	})
	for _, b := range buckets {
		grant.Actions(f, b.BucketArn(), "s3:GetBucketTagging", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:ListBucketVersions")
		grant.Actions(f, b.ArnForObjects(jsii.String("*")), "s3:DeleteObject", "s3:DeleteObjectVersion")
	}
	cdknag.NagSuppressions_AddResourceSuppressions(f.Role(), &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-IAM5"), Reason: jsii.String("Every object goes before its bucket does, in the buckets of an environment without protection."),
	}}, jsii.Bool(true))
	for _, b := range buckets {
		awscdk.Tags_Of(b).Add(jsii.String(names.TagDisposable), jsii.String("true"), nil)
		emptied := awscdk.NewCustomResource(this, b.Node().Id(), &awscdk.CustomResourceProps{
			ResourceType: jsii.String(names.TypeEmptiedBucket), ServiceToken: f.FunctionArn(),
			ServiceTimeout: awscdk.Duration_Minutes(jsii.Number(emptyingTime.Minutes())),
			Properties:     &map[string]any{names.PropertyBucket: b.BucketArn()},
		})
		// CloudFormation deletes in reverse order: the custom resource while the function still has its permissions, then the bucket and
		// its policy.
		emptied.Node().AddDependency(f.Role(), b.Policy())
	}
}
