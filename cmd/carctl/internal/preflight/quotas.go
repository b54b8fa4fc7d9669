package preflight

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
)

// quota is a quota of Service Quotas: `aws service-quotas list-service-quotas --service-code SERVICE` shows its value.
//
// AWS publishes no page with the quota codes. The code for Lambda is in many documents. The codes for AWS IoT, DynamoDB and Cognito are
// from the module gruntwork-io/terraform-aws-utilities, which lists results of ListServiceQuotas; they were not verified in an account.
type quota struct{ service, code string }

var (
	lambdaConcurrency = quota{"lambda", "L-B99A9384"}   // Concurrent executions
	iotRules          = quota{"iotcore", "L-954FA751"}  // Maximum number of rules per AWS account
	iotInbound        = quota{"iotcore", "L-4B33E451"}  // Inbound publish requests per second per account
	iotConnections    = quota{"iotcore", "L-75CAB723"}  // Maximum concurrent client connections per account
	iotConnects       = quota{"iotcore", "L-AEA1E176"}  // Connect requests per second per account
	dynamoTables      = quota{"dynamodb", "L-F98FE922"} // Maximum number of tables
)

// iotCalls are the quotas, in calls per second, of the API calls that register a car.
var iotCalls = map[string]quota{
	"iot:AddThingToThingGroup": {"iotcore", "L-2904683A"},
	"iot:AttachPolicy":         {"iotcore", "L-CA7D4E3E"},
	"iot:AttachThingPrincipal": {"iotcore", "L-F64D1AA6"},
	"iot:CreateThing":          {"iotcore", "L-64CBACAC"},
	"iot:DescribeCertificate":  {"iotcore", "L-FC864907"},
	"iot:DescribeThing":        {"iotcore", "L-0EF0F5EE"},
	"iot:UpdateCertificate":    {"iotcore", "L-77B523DC"},
}

// Assumed has quota values to use in place of the account's, by service code and quota code. They simulate another account, or a new one,
// and provide an emulator with quotas.
type Assumed map[string]map[string]float64

// ReadAssumed reads assumed quotas from a JSON file.
func ReadAssumed(file string) (Assumed, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read quotas: %w", err)
	}
	var a Assumed
	if err := json.Unmarshal(b, &a); err != nil {
		return nil, fmt.Errorf("quotas %s: %w: allowed is {\"SERVICE\": {\"CODE\": NUMBER}}", file, err)
	}
	return a, nil
}

// Instead returns an Account whose quotas are the assumed ones and, for all others, those of the given account.
func (a Assumed) Instead(of Account) Account {
	out := of
	out.Quota = func(ctx context.Context, service, code string) (float64, error) {
		if v, ok := a[service][code]; ok {
			return v, nil
		}
		return of.Quota(ctx, service, code)
	}
	out.Concurrency = func(ctx context.Context) (int, error) {
		if v, ok := a[lambdaConcurrency.service][lambdaConcurrency.code]; ok {
			return int(v), nil
		}
		return of.Concurrency(ctx)
	}
	return out
}

func (w *world) quota(ctx context.Context, q quota) (float64, error) {
	return w.Quota(ctx, q.service, q.code)
}

// increase returns the command that requests a higher quota.
func (q quota) increase(to float64) string {
	return fmt.Sprintf("ask for more: aws service-quotas request-service-quota-increase --service-code %s --quota-code %s --desired-value %.0f", q.service, q.code, to)
}
