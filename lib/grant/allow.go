// Package grant lets a principal do exactly what is named, on exactly what is named. The CDK's own grants are wider for some
// resources: a table's include its indexes, a bucket's reading and deleting.
package grant

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
)

// Actions lets the principal do the actions on the resource with that ARN.
func Actions(principal awsiam.IGrantable, arn *string, actions ...string) {
	awsiam.Grant_AddToPrincipal(&awsiam.GrantOnPrincipalOptions{
		Grantee:      principal,
		Actions:      jsii.Strings(actions...),
		ResourceArns: &[]*string{arn},
	}).AssertSuccess()
}
