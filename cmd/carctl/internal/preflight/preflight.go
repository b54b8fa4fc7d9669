// Package preflight compares an AWS account with the templates that are about to be deployed to it: quotas, sandboxes, account settings
// and names that are taken. It changes nothing.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/smithy-go"
)

// Status is the outcome of a check.
type Status string

// With a Fail, AWS refuses the deployment or a part of it cannot work. With a Warn, a feature is throttled or off, or the account could
// not be read.
const (
	OK   Status = "ok"
	Warn Status = "warn"
	Fail Status = "fail"
)

// Line is the result of one check.
type Line struct {
	Check  string `json:"check"`
	Status Status `json:"status"`
	Found  string `json:"found"`
	Do     string `json:"do,omitempty"` // the remedy; empty for OK
}

func (l Line) String() string {
	text := fmt.Sprintf("%-4s  %s: %s", l.Status, l.Check, l.Found)
	if l.Do != "" {
		text += ". " + strings.ToUpper(l.Do[:1]) + l.Do[1:]
	}
	return text
}

// Fleet is the load for which the environment is sized.
type Fleet struct {
	Cars     float64
	Interval float64 // seconds between two messages of a car
}

// world is the input that all checks share.
type world struct {
	Account
	needs Needs
	fleet Fleet
}

// check reads the account and evaluates it. If run returns an error, the account could not be read: the result is a Warn that refers to
// look.
type check struct {
	name string
	look string // a way to check by hand
	run  func(context.Context, *world) (Line, error)
}

var checks = []check{
	{"stacks", "aws cloudformation describe-stacks", stacks},
	{"CDK bootstrap", "aws ssm get-parameter --name /cdk-bootstrap/hnb659fds/version", bootstrapped},
	{"services of the region", "https://aws.amazon.com/about-aws/global-infrastructure/regional-product-services", services},
	{"Lambda concurrent executions", "aws lambda get-account-settings", concurrency},
	{"AWS IoT endpoint", "aws iot describe-endpoint --endpoint-type iot:Data-ATS", endpoint},
	{"AWS IoT rules", "aws iot list-topic-rules", rules},
	{"AWS IoT messages a second", "aws service-quotas list-service-quotas --service-code iotcore", publishes},
	{"AWS IoT connections", "aws service-quotas list-service-quotas --service-code iotcore", connections},
	{"AWS IoT registrations", "aws service-quotas list-service-quotas --service-code iotcore", registrations},
	{"Kinesis streams", "aws kinesis describe-limits", streams},
	{"DynamoDB tables", "aws dynamodb list-tables", tables},
	{"Cognito e-mail", "aws cognito-idp describe-user-pool", poolMail},
	{"SES sandbox", "aws sesv2 get-account", mail},
	{"SMS sandbox", "aws sns get-sms-sandbox-account-status", texts},
	{"API Gateway log role", "aws apigateway get-account", gatewayLogs},
	{"service-linked roles", "aws iam list-roles --path-prefix /aws-service-role/", linkedRoles},
	{"Lake Formation", "aws lakeformation get-data-lake-settings", lakeFormation},
	{"Device Defender audit", "aws iot describe-account-audit-configuration", defender},
	{"console's platform", "aws elasticbeanstalk list-platform-versions", consolePlatform},
	{"names", "aws iot list-topic-rules", clashes},
}

// Run runs every check and calls report with each result. It returns the number of failed checks; the error is that of ctx.
func Run(ctx context.Context, a Account, n Needs, f Fleet, report func(Line)) (failed int, err error) {
	w := &world{Account: a, needs: n, fleet: f}
	for _, c := range checks {
		line, err := c.run(ctx, w)
		if ctx.Err() != nil {
			return failed, ctx.Err()
		}
		if err != nil {
			line = Line{Status: Warn, Found: "could not be read: " + reason(err), Do: "look at it with " + c.look}
		}
		line.Check = c.name
		if line.Status == Fail {
			failed++
		}
		report(line)
	}
	return failed, nil
}

// reason returns the service, the operation and the error code, which an operator can look up, without details of the transport. Other
// errors are returned on one line.
func reason(err error) string {
	var operation *smithy.OperationError
	var api smithy.APIError
	if errors.As(err, &operation) && errors.As(err, &api) {
		return fmt.Sprintf("%s %s: %s", operation.Service(), operation.Operation(), api.ErrorCode())
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

func ok(format string, args ...any) Line {
	return Line{Status: OK, Found: fmt.Sprintf(format, args...)}
}

func warn(do, format string, args ...any) Line {
	return Line{Status: Warn, Found: fmt.Sprintf(format, args...), Do: do}
}

func fail(do, format string, args ...any) Line {
	return Line{Status: Fail, Found: fmt.Sprintf(format, args...), Do: do}
}
