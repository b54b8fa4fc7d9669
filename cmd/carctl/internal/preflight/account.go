package preflight

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/lakeformation"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"

	"connectedcar/internal/aws/beanstalk"
)

// Account reads an account in one region. Each function reads only; NewAccount implements them with the SDK's clients.
type Account struct {
	Region         string
	Quota          func(ctx context.Context, service, code string) (float64, error)
	Parameters     func(ctx context.Context, names ...string) (map[string]string, error) // SSM parameters; missing ones are left out
	StackStatus    func(ctx context.Context, name string) (string, error)                // empty: there is no such stack
	Concurrency    func(ctx context.Context) (int, error)
	Endpoint       func(ctx context.Context) (string, error)
	Rules          func(ctx context.Context) ([]string, error)
	Exists         func(ctx context.Context, resourceType, name string) (bool, error)
	KinesisLimits  func(ctx context.Context) (*kinesis.DescribeLimitsOutput, error)
	Tables         func(ctx context.Context) (int, error)
	MailProduction func(ctx context.Context) (bool, error)
	TextSandbox    func(ctx context.Context) (bool, error)
	TextBudget     func(ctx context.Context) (string, error) // USD per month
	GatewayRole    func(ctx context.Context) (string, error) // ARN; empty: none is set
	Role           func(ctx context.Context, name string) (bool, error)
	OpenCatalog    func(ctx context.Context) (bool, error) // whether new tables are accessible by IAM permissions alone
	Audited        func(ctx context.Context) (bool, error)
	Platform       func(ctx context.Context, branch string) (string, error) // ARN of the current Elastic Beanstalk version
}

// NewAccount returns an Account for the account and region of cfg.
func NewAccount(cfg aws.Config) Account {
	things := iotReader{iot.NewFromConfig(cfg)}
	people := peopleReader{sesv2.NewFromConfig(cfg), sns.NewFromConfig(cfg)}
	base := baseReader{
		quotas: servicequotas.NewFromConfig(cfg), parameters: ssm.NewFromConfig(cfg), stacks: cloudformation.NewFromConfig(cfg),
		iam: iam.NewFromConfig(cfg), gateway: apigateway.NewFromConfig(cfg), lake: lakeformation.NewFromConfig(cfg),
	}
	data := dataReader{lambda.NewFromConfig(cfg), kinesis.NewFromConfig(cfg), dynamodb.NewFromConfig(cfg)}
	return Account{
		Region: cfg.Region,
		Quota:  base.quota, Parameters: base.parametersOf, StackStatus: base.stackStatus, GatewayRole: base.gatewayRole, Role: base.role,
		OpenCatalog: base.openCatalog,
		Endpoint:    things.endpoint, Rules: things.rules, Exists: things.exists, Audited: things.audited,
		Platform:    beanstalk.NewPlatforms(cfg).Current,
		Concurrency: data.concurrency, KinesisLimits: data.limits, Tables: data.tables,
		MailProduction: people.mailProduction, TextSandbox: people.textSandbox, TextBudget: people.textBudget,
	}
}

// hasCode reports whether err is an error of the AWS service with one of these codes.
func hasCode(err error, codes ...string) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	for _, c := range codes {
		if api.ErrorCode() == c {
			return true
		}
	}
	return false
}

// baseReader reads settings that every account has.
type baseReader struct {
	quotas     *servicequotas.Client
	parameters *ssm.Client
	stacks     *cloudformation.Client
	iam        *iam.Client
	gateway    *apigateway.Client
	lake       *lakeformation.Client
}

// quota returns the applied value of a quota, or AWS's default if none was applied.
// https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
func (r baseReader) quota(ctx context.Context, service, code string) (float64, error) {
	out, err := r.quotas.GetServiceQuota(ctx, &servicequotas.GetServiceQuotaInput{ServiceCode: &service, QuotaCode: &code})
	if err == nil {
		return aws.ToFloat64(out.Quota.Value), nil
	}
	if !hasCode(err, "NoSuchResourceException") {
		return 0, fmt.Errorf("quota %s of %s: %w", code, service, err)
	}
	usual, err := r.quotas.GetAWSDefaultServiceQuota(ctx, &servicequotas.GetAWSDefaultServiceQuotaInput{ServiceCode: &service, QuotaCode: &code})
	if err != nil {
		return 0, fmt.Errorf("default quota %s of %s: %w", code, service, err)
	}
	return aws.ToFloat64(usual.Quota.Value), nil
}

// parametersAtOnce is the largest number of parameters in one call of GetParameters.
const parametersAtOnce = 10

func (r baseReader) parametersOf(ctx context.Context, names ...string) (map[string]string, error) {
	found := map[string]string{}
	for from := 0; from < len(names); from += parametersAtOnce {
		out, err := r.parameters.GetParameters(ctx, &ssm.GetParametersInput{Names: names[from:min(from+parametersAtOnce, len(names))]})
		if err != nil {
			return nil, err
		}
		for _, p := range out.Parameters {
			found[aws.ToString(p.Name)] = aws.ToString(p.Value)
		}
	}
	return found, nil
}

func (r baseReader) stackStatus(ctx context.Context, name string) (string, error) {
	out, err := r.stacks.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	if hasCode(err, "ValidationError") || err == nil && len(out.Stacks) == 0 {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return string(out.Stacks[0].StackStatus), nil
}

func (r baseReader) gatewayRole(ctx context.Context) (string, error) {
	out, err := r.gateway.GetAccount(ctx, &apigateway.GetAccountInput{})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.CloudwatchRoleArn), nil
}

func (r baseReader) role(ctx context.Context, name string) (bool, error) {
	_, err := r.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if hasCode(err, "NoSuchEntity", "NoSuchEntityException") {
		return false, nil
	}
	return err == nil, err
}

// openCatalog reports whether IAM permissions alone give access to new tables of the data catalog, without grants of Lake Formation.
// https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html
func (r baseReader) openCatalog(ctx context.Context) (bool, error) {
	out, err := r.lake.GetDataLakeSettings(ctx, &lakeformation.GetDataLakeSettingsInput{})
	if err != nil {
		return false, err
	}
	for _, p := range out.DataLakeSettings.CreateTableDefaultPermissions {
		if p.Principal != nil && strings.EqualFold(aws.ToString(p.Principal.DataLakePrincipalIdentifier), "IAM_ALLOWED_PRINCIPALS") {
			return true, nil
		}
	}
	return false, nil
}
