package preflight_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/cmd/carctl/internal/preflight"
)

// account returns an account without deployments and without problems.
func account() preflight.Account {
	quotas := preflight.Assumed{
		"iotcore": {
			"L-954FA751": 1000, "L-4B33E451": 20000, "L-75CAB723": 500000, "L-AEA1E176": 500,
			"L-2904683A": 10, "L-CA7D4E3E": 15, "L-64CBACAC": 10,
		},
		"dynamodb": {"L-F98FE922": 2500},
	}
	return quotas.Instead(preflight.Account{
		Region: "eu-central-1",
		Quota:  func(_ context.Context, s, c string) (float64, error) { return 0, fmt.Errorf("no quota %s %s", s, c) },
		Parameters: func(_ context.Context, names ...string) (map[string]string, error) {
			out := map[string]string{}
			for _, n := range names {
				out[n] = filepath.Base(n)
				if filepath.Base(n) == "version" {
					out[n] = "21"
				}
			}
			return out, nil
		},
		StackStatus: func(context.Context, string) (string, error) { return "", nil },
		Concurrency: func(context.Context) (int, error) { return 1000, nil },
		Endpoint:    func(context.Context) (string, error) { return "x-ats.iot.eu-central-1.amazonaws.com", nil },
		Rules:       func(context.Context) ([]string, error) { return []string{"other"}, nil },
		Exists:      func(context.Context, string, string) (bool, error) { return false, nil },
		KinesisLimits: func(context.Context) (*kinesis.DescribeLimitsOutput, error) {
			return &kinesis.DescribeLimitsOutput{
				OnDemandStreamCount: aws.Int32(1), OnDemandStreamCountLimit: aws.Int32(50), OpenShardCount: aws.Int32(4), ShardLimit: aws.Int32(500),
			}, nil
		},
		Tables:         func(context.Context) (int, error) { return 3, nil },
		MailProduction: func(context.Context) (bool, error) { return true, nil },
		TextSandbox:    func(context.Context) (bool, error) { return false, nil },
		TextBudget:     func(context.Context) (string, error) { return "100", nil },
		GatewayRole:    func(context.Context) (string, error) { return "", nil },
		Role:           func(context.Context, string) (bool, error) { return true, nil },
		OpenCatalog:    func(context.Context) (bool, error) { return true, nil },
		Audited:        func(context.Context) (bool, error) { return true, nil },
		Platform: func(_ context.Context, branch string) (string, error) {
			return "arn:aws:elasticbeanstalk:eu-central-1::platform/" + branch + "/4.9.7", nil
		},
	})
}

// stack is the only template of the test's cloud assembly.
const stack = `{"Resources": {
	"Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}}},
	"Register": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["RegisterRole", "Arn"]}}},
	"Api": {"Type": "AWS::Lambda::Function", "Properties": {"ReservedConcurrentExecutions": 20}},
	"RegisterPolicy": {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "RegisterRole"}], "PolicyDocument": {"Statement": [
		{"Action": ["iot:CreateThing", "iot:AttachPolicy"], "Resource": "*"}, {"Action": "iot:AddThingToThingGroup", "Resource": "*"}]}}},
	"NotifyPolicy": {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "Notify"}], "PolicyDocument": {"Statement": [
		{"Action": ["ses:SendEmail", "sns:Publish"], "Resource": "*"}]}}},
	"Queue": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": {"Ref": "Register"}, "ScalingConfig": {"MaximumConcurrency": 5}}},
	"Fan": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": {"Ref": "Api"}, "ParallelizationFactor": 2}},
	"TextSpend": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "SMSMonthToDateSpentUSD", "Threshold": 80}},
	"Rule": {"Type": "AWS::IoT::TopicRule", "Properties": {"RuleName": "cars_telemetry"}},
	"Platform": {"Type": "Custom::PlatformVersion", "Properties": {"Branch": "Go 1 running on 64bit Amazon Linux 2023"}},
	"Type": {"Type": "AWS::IoT::ThingType", "Properties": {"ThingTypeName": "Vehicle"}},
	"Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}},
	"Table": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {}},
	"Rows": {"Type": "AWS::Glue::Table", "Properties": {}},
	"Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": {}},
	"Logs": {"Type": "AWS::ApiGateway::Account", "Properties": {}}
}}`

func needs(t *testing.T) preflight.Needs {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "assembly-dev"), 0o755))
	for name, text := range map[string]string{
		"all.template.json": stack,
		"manifest.json": `{"artifacts": {"all": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "all.template.json", "stackName": "connectedcar-dev-all",
			"requiresBootstrapStackVersion": 6, "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version"}}, "tree": {"type": "cdk:tree"}}}`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "assembly-dev", name), []byte(text), 0o600))
	}
	n, err := preflight.ReadNeeds(dir, "dev")
	require.NoError(t, err)
	return n
}

func run(t *testing.T, a preflight.Account, f preflight.Fleet) (map[string]preflight.Line, int) {
	t.Helper()
	lines := map[string]preflight.Line{}
	failed, err := preflight.Run(t.Context(), a, needs(t), f, func(l preflight.Line) { lines[l.Check] = l })
	require.NoError(t, err)
	return lines, failed
}

var fleet = preflight.Fleet{Cars: 1000, Interval: 10}

func TestAnAccountThatIsReady(t *testing.T) {
	lines, failed := run(t, account(), fleet)
	assert.Zero(t, failed)
	for _, l := range lines {
		assert.Equal(t, preflight.OK, l.Status, l.String())
		assert.Empty(t, l.Do)
	}
	assert.Equal(t, "Go 1 running on 64bit Amazon Linux 2023 4.9.7 is current", lines["console's platform"].Found)
}

func TestEachCheckFinds(t *testing.T) {
	role := func(r string) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return r, nil }
	}
	yes := func(context.Context) (bool, error) { return true, nil }
	no := func(context.Context) (bool, error) { return false, nil }
	for name, tc := range map[string]struct {
		check  string
		spoil  func(*preflight.Account)
		fleet  preflight.Fleet
		status preflight.Status
		says   string
	}{
		"a new account's ten executions are fewer than what is reserved": {"Lambda concurrent executions", func(a *preflight.Account) {
			a.Concurrency = func(context.Context) (int, error) { return 10, nil }
		}, fleet, preflight.Fail, "20 are reserved"},
		"a stack that was rolled back is in the way": {"stacks", func(a *preflight.Account) {
			a.StackStatus = func(context.Context, string) (string, error) { return "ROLLBACK_COMPLETE", nil }
		}, fleet, preflight.Fail, "ROLLBACK_COMPLETE"},
		"a region without the console's platform": {"console's platform", func(a *preflight.Account) {
			a.Platform = func(context.Context, string) (string, error) {
				return "", errors.New("the region has no version of it that is ready")
			}
		}, fleet, preflight.Warn, "no version of it that is ready"},
		"the account is not bootstrapped": {"CDK bootstrap", func(a *preflight.Account) {
			a.Parameters = func(context.Context, ...string) (map[string]string, error) { return nil, nil }
		}, fleet, preflight.Fail, "cdk bootstrap"},
		"a region without a service": {"services of the region", func(a *preflight.Account) {
			a.Parameters = func(_ context.Context, names ...string) (map[string]string, error) {
				out := map[string]string{}
				for _, n := range names {
					if filepath.Base(n) != "iot" || filepath.Dir(n) == "/aws/service/global-infrastructure/services" {
						out[n] = filepath.Base(n)
					}
				}
				return out, nil
			}
		}, fleet, preflight.Fail, "has no iot"},
		"too many rules": {"AWS IoT rules", func(a *preflight.Account) {
			a.Rules = func(context.Context) ([]string, error) { return make([]string, 1000), nil }
		}, fleet, preflight.Fail, "1000 exist and 1 are new"},
		"a fleet that sends more than AWS IoT takes": {"AWS IoT messages a second", nil, preflight.Fleet{Cars: 300000, Interval: 1}, preflight.Warn, "300000"},
		"a fleet with more cars than connections":    {"AWS IoT connections", nil, preflight.Fleet{Cars: 600000, Interval: 600}, preflight.Warn, "600000 cars"},
		"registrations faster than the control plane": {"AWS IoT registrations", func(a *preflight.Account) {
			*a = preflight.Assumed{"iotcore": {"L-2904683A": 2}}.Instead(*a)
		}, fleet, preflight.Warn, "iot:AddThingToThingGroup may be called 2 times"},
		"all on-demand streams are taken": {"Kinesis streams", func(a *preflight.Account) {
			a.KinesisLimits = func(context.Context) (*kinesis.DescribeLimitsOutput, error) {
				return &kinesis.DescribeLimitsOutput{OnDemandStreamCount: aws.Int32(50), OnDemandStreamCountLimit: aws.Int32(50)}, nil
			}
		}, fleet, preflight.Fail, "50 are allowed"},
		"too many tables": {"DynamoDB tables", func(a *preflight.Account) {
			a.Tables = func(context.Context) (int, error) { return 2500, nil }
		}, fleet, preflight.Fail, "1 are new"},
		"SES is in the sandbox": {"SES sandbox", func(a *preflight.Account) { a.MailProduction = no }, fleet, preflight.Warn, "sandbox"},
		"SMS is in the sandbox": {"SMS sandbox", func(a *preflight.Account) { a.TextSandbox = yes }, fleet, preflight.Warn, "sandbox"},
		"nothing stops text messages at the planned limit": {"SMS sandbox", func(a *preflight.Account) {
			a.TextBudget = func(context.Context) (string, error) { return "5000", nil }
		}, fleet, preflight.Warn, "MonthlySpendLimit=100"},
		"another API's log role is replaced": {"API Gateway log role", func(a *preflight.Account) { a.GatewayRole = role("arn:aws:iam::1:role/theirs") },
			fleet, preflight.Warn, "replaces it"},
		"a service-linked role is made first": {"service-linked roles", func(a *preflight.Account) {
			a.Role = func(context.Context, string) (bool, error) { return false, nil }
		}, fleet, preflight.Warn, "CognitoIdpEmail"},
		"Lake Formation closes new tables": {"Lake Formation", func(a *preflight.Account) { a.OpenCatalog = no }, fleet, preflight.Fail, "grant"},
		"Device Defender is off":           {"Device Defender audit", func(a *preflight.Account) { a.Audited = no }, fleet, preflight.Warn, "off"},
		"a name that something else has": {"names", func(a *preflight.Account) {
			a.Exists = func(_ context.Context, kind, name string) (bool, error) { return kind == "AWS::IoT::ThingType", nil }
		}, fleet, preflight.Fail, "ThingType Vehicle"},
		"a rule that something else has": {"names", func(a *preflight.Account) {
			a.Rules = func(context.Context) ([]string, error) { return []string{"cars_telemetry"}, nil }
		}, fleet, preflight.Fail, "TopicRule cars_telemetry"},
		"what may not be read is no failure": {"AWS IoT endpoint", func(a *preflight.Account) {
			a.Endpoint = func(context.Context) (string, error) { return "", errors.New("not authorized") }
		}, fleet, preflight.Warn, "not authorized"},
	} {
		t.Run(name, func(t *testing.T) {
			a := account()
			if tc.spoil != nil {
				tc.spoil(&a)
			}
			lines, failed := run(t, a, tc.fleet)
			l := lines[tc.check]
			assert.Equal(t, tc.status, l.Status, l.String())
			assert.Contains(t, l.String(), tc.says)
			assert.NotEmpty(t, l.Do)
			assert.Equal(t, tc.status == preflight.Fail, failed > 0)
		})
	}
}

func TestANewAccountsQuotasFail(t *testing.T) {
	assumed, err := preflight.ReadAssumed("../../../../examples/quotas-new-account.json")
	require.NoError(t, err)
	lines, failed := run(t, assumed.Instead(account()), fleet)
	assert.Equal(t, 1, failed)
	assert.Equal(t, preflight.Fail, lines["Lambda concurrent executions"].Status)
}

func TestMissingTemplatesAreNamed(t *testing.T) {
	_, err := preflight.ReadNeeds(t.TempDir(), "dev")
	assert.ErrorContains(t, err, "make synth")
}
