// Package grant grants a principal exactly the named actions on exactly the named resource. The CDK's own grants are wider for some
// resources: grants on a table include its indexes, grants on a bucket include reading and deleting.
package grant

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
)

// Actions allows the principal the actions on the resource with that ARN.
func Actions(principal awsiam.IGrantable, arn *string, actions ...string) {
	awsiam.Grant_AddToPrincipal(&awsiam.GrantOnPrincipalOptions{
		Grantee:      principal,
		Actions:      jsii.Strings(actions...),
		ResourceArns: &[]*string{arn},
	}).AssertSuccess()
}
