package preflight

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// iotReader reads AWS IoT.
type iotReader struct{ api *iot.Client }

func (r iotReader) endpoint(ctx context.Context) (string, error) {
	out, err := r.api.DescribeEndpoint(ctx, &iot.DescribeEndpointInput{EndpointType: aws.String("iot:Data-ATS")})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.EndpointAddress), nil
}

func (r iotReader) rules(ctx context.Context) ([]string, error) {
	var names []string
	pages := iot.NewListTopicRulesPaginator(r.api, &iot.ListTopicRulesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, rule := range page.Rules {
			names = append(names, aws.ToString(rule.RuleName))
		}
	}
	return names, nil
}

// exists reports whether AWS IoT has a resource with that CloudFormation type and name. For rules, see rules.
func (r iotReader) exists(ctx context.Context, resourceType, name string) (bool, error) {
	var err error
	switch resourceType {
	case "AWS::IoT::ThingGroup":
		_, err = r.api.DescribeThingGroup(ctx, &iot.DescribeThingGroupInput{ThingGroupName: &name})
	case "AWS::IoT::ThingType":
		_, err = r.api.DescribeThingType(ctx, &iot.DescribeThingTypeInput{ThingTypeName: &name})
	case "AWS::IoT::Policy":
		_, err = r.api.GetPolicy(ctx, &iot.GetPolicyInput{PolicyName: &name})
	}
	if hasCode(err, "ResourceNotFoundException") {
		return false, nil
	}
	return err == nil, err
}

func (r iotReader) audited(ctx context.Context) (bool, error) {
	out, err := r.api.DescribeAccountAuditConfiguration(ctx, &iot.DescribeAccountAuditConfigurationInput{})
	if err != nil {
		return false, err
	}
	return aws.ToString(out.RoleArn) != "", nil
}

// dataReader reads the services that store and process data.
type dataReader struct {
	functions *lambda.Client
	streams   *kinesis.Client
	database  *dynamodb.Client
}

func (r dataReader) concurrency(ctx context.Context) (int, error) {
	out, err := r.functions.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
	if err != nil {
		return 0, err
	}
	return int(out.AccountLimit.ConcurrentExecutions), nil
}

func (r dataReader) limits(ctx context.Context) (*kinesis.DescribeLimitsOutput, error) {
	return r.streams.DescribeLimits(ctx, &kinesis.DescribeLimitsInput{})
}

func (r dataReader) tables(ctx context.Context) (int, error) {
	n := 0
	pages := dynamodb.NewListTablesPaginator(r.database, &dynamodb.ListTablesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		n += len(page.TableNames)
	}
	return n, nil
}

// peopleReader reads the services that send messages to users.
type peopleReader struct {
	mail  *sesv2.Client
	texts *sns.Client
}

func (r peopleReader) mailProduction(ctx context.Context) (bool, error) {
	out, err := r.mail.GetAccount(ctx, &sesv2.GetAccountInput{})
	if err != nil {
		return false, err
	}
	return out.ProductionAccessEnabled, nil
}

func (r peopleReader) textSandbox(ctx context.Context) (bool, error) {
	out, err := r.texts.GetSMSSandboxAccountStatus(ctx, &sns.GetSMSSandboxAccountStatusInput{})
	if err != nil {
		return false, err
	}
	return out.IsInSandbox, nil
}

func (r peopleReader) textBudget(ctx context.Context) (string, error) {
	out, err := r.texts.GetSMSAttributes(ctx, &sns.GetSMSAttributesInput{Attributes: []string{"MonthlySpendLimit"}})
	if err != nil {
		return "", err
	}
	return out.Attributes["MonthlySpendLimit"], nil
}
