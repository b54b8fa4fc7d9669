package snapshot_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/cdktest"
)

// templateOf is the template of the stack with that name part.
func templateOf(t *testing.T, templates []cdktest.Template, part string) cdktest.Template {
	t.Helper()
	for _, template := range templates {
		if strings.HasSuffix(template.Stack, "-"+part) {
			return template
		}
	}
	t.Fatalf("no template of %s", part)
	return cdktest.Template{}
}

func TestABusyFleetHasWhatItsSettingsSay(t *testing.T) {
	busy := synthesise(t).variants["busy"]
	ingest, data := templateOf(t, busy, "ingest"), templateOf(t, busy, "data")
	assert.Equal(t, 16.0, one(t, data, "AWS::Kinesis::Stream").Properties["ShardCount"])
	warm := 0
	for _, table := range data.OfType("AWS::DynamoDB::GlobalTable") {
		if writes := at(table.Properties, "WarmThroughput", "WriteUnitsPerSecond"); writes != nil {
			assert.Equal(t, 20_000.0, writes)
			warm++
		}
	}
	assert.Equal(t, 2, warm, "the state and the history of telemetry")

	one(t, ingest, "AWS::Kinesis::StreamConsumer")
	mappings := ingest.OfType("AWS::Lambda::EventSourceMapping")
	concurrent := map[float64]int{}
	for _, m := range mappings {
		if n, ok := at(m.Properties, "ScalingConfig", "MaximumConcurrency").(float64); ok {
			concurrent[n]++
			continue
		}
		assert.Equal(t, 4.0, m.Properties["ParallelizationFactor"])
	}
	assert.Equal(t, map[float64]int{40: 5, 2: 1}, concurrent, "five workers, and registration")
	for _, queue := range ingest.OfType("AWS::SQS::Queue") {
		if tries, ok := at(queue.Properties, "RedrivePolicy", "maxReceiveCount").(float64); ok {
			assert.Contains(t, []float64{10, 6}, tries)
		}
	}
}

// Neither the API's clients nor a burst of telemetry may use the concurrency of sign-in, crashes and registration. A new account allows
// only 10 concurrent runs, and AWS refuses every reservation there, so dev has no reservations.
func TestRunsAreReservedForWhatPeopleWaitFor(t *testing.T) {
	all := synthesise(t)
	assert.Equal(t, map[string]float64{"api": 100, "claims": 40, "events": 40, "registration": 10}, reservations(all.variants["busy"]))
	environments := map[bool][]cdktest.Template{}
	for _, template := range all.templates {
		environments[isProd(template)] = append(environments[isProd(template)], template)
	}
	assert.Equal(t, map[string]float64{"api": 100, "claims": 40, "events": 10, "registration": 4}, reservations(environments[true]))
	assert.Empty(t, reservations(environments[false]))
}

// reservations returns the reserved concurrency in the templates, by function.
func reservations(templates []cdktest.Template) map[string]float64 {
	reserved := map[string]float64{}
	for _, template := range templates {
		for _, f := range template.OfType("AWS::Lambda::Function") {
			if n, ok := f.Properties["ReservedConcurrentExecutions"].(float64); ok {
				reserved[at(f.Properties, "Environment", "Variables", "AWS_SDK_UA_APP_ID").(string)] = n
			}
		}
	}
	return reserved
}

// TestFirehoseMayCallBothFormsOfItsFunction checks the permissions of
// https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html.
func TestFirehoseMayCallBothFormsOfItsFunction(t *testing.T) {
	found := 0
	for _, template := range everything(t) {
		for _, p := range template.OfType("AWS::IAM::Policy") {
			var called string
			for _, s := range list(at(p.Properties, "PolicyDocument", "Statement")) {
				if strings.Contains(written(t, at(s, "Action")), "lambda:GetFunctionConfiguration") {
					called += written(t, at(s, "Resource"))
				}
			}
			if called != "" {
				found++
				assert.Contains(t, called, ":$LATEST", template.Stack)
			}
		}
	}
	assert.Positive(t, found, "no role calls the pipeline: the test looks for the wrong action")
}

// written is a part of a template as JSON.
func written(t *testing.T, part any) string {
	t.Helper()
	b, err := json.Marshal(part)
	require.NoError(t, err)
	return string(b)
}

func TestTheNotebooksRoleMakesItsNetworkInterface(t *testing.T) {
	in := synthesise(t).variants["notebook"][0]
	var actions string
	for _, p := range in.OfType("AWS::IAM::Policy") {
		actions += written(t, p.Properties)
	}
	for _, action := range []string{"CreateNetworkInterface", "CreateNetworkInterfacePermission", "DeleteNetworkInterface", "DeleteNetworkInterfacePermission",
		"DescribeNetworkInterfaces", "DescribeVpcs", "DescribeDhcpOptions", "DescribeSubnets", "DescribeSecurityGroups"} {
		assert.Contains(t, actions, `"ec2:`+action+`"`)
	}
}

// TestTheLakesDeliveryIsAnotherResourceForEachFormat: AppendOnly of Iceberg cannot be set on an existing delivery stream.
func TestTheLakesDeliveryIsAnotherResourceForEachFormat(t *testing.T) {
	parquet := templateOf(t, synthesise(t).templates, "analytics").OfType("AWS::KinesisFirehose::DeliveryStream")
	iceberg := templateOf(t, synthesise(t).variants["iceberg"], "analytics").OfType("AWS::KinesisFirehose::DeliveryStream")
	require.NotEmpty(t, parquet)
	require.NotEmpty(t, iceberg)
	for id := range parquet {
		assert.NotContains(t, iceberg, id)
	}
}
