package arch_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// localStack maps CloudFormation's namespaces to LocalStack's names of the services, for all services that a deployment uses.
// https://docs.localstack.cloud/aws/services/
var localStack = map[string][]string{
	"ApiGateway": {"apigateway"}, "Athena": {"athena"}, "CloudWatch": {"cloudwatch"}, "Cognito": {"cognito-idp", "cognito-identity"},
	"DynamoDB": {"dynamodb"}, "Events": {"events"}, "Glue": {"glue"}, "IAM": {"iam"}, "IoT": {"iot"}, "KMS": {"kms"}, "Kinesis": {"kinesis"},
	"KinesisFirehose": {"firehose"}, "Lambda": {"lambda"}, "Logs": {"logs"}, "S3": {"s3"}, "SNS": {"sns"}, "SQS": {"sqs"},
	"Scheduler": {"scheduler"}, "WAFv2": {"wafv2"},
}

// TestLocalStackHasTheServicesOfTheTemplates: LocalStack runs only the services in the variable SERVICES, and a deployment that needs
// another one fails.
func TestLocalStackHasTheServicesOfTheTemplates(t *testing.T) {
	b, err := os.ReadFile("../../compose.localstack.yaml")
	require.NoError(t, err)
	var compose struct {
		Services map[string]struct{ Environment map[string]string }
	}
	require.NoError(t, yaml.Unmarshal(b, &compose))
	services := strings.Split(compose.Services["localstack"].Environment["SERVICES"], ",")

	templates, err := filepath.Glob("../snapshot/testdata/connectedcar-local-*.json")
	require.NoError(t, err)
	require.NotEmpty(t, templates)
	for _, file := range templates {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		var template struct {
			Resources map[string]struct{ Type string }
		}
		require.NoError(t, json.Unmarshal(b, &template))
		for id, r := range template.Resources {
			parts := strings.Split(r.Type, "::")
			if parts[0] != "AWS" {
				continue // a custom resource, which is a Lambda function
			}
			names, known := localStack[parts[1]]
			assert.True(t, known, "%s: %s is a %s: localStack lacks its service", filepath.Base(file), id, r.Type)
			for _, name := range names {
				assert.Contains(t, services, name, "%s: %s is a %s", filepath.Base(file), id, r.Type)
			}
		}
	}
}
