package shape_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/cmd/localcloud/internal/front"
	"connectedcar/cmd/localcloud/internal/front/awsmodel"
	"connectedcar/cmd/localcloud/internal/front/shape"
)

type m = map[string]any

func check(t *testing.T, service, operation string, input m) *front.Refusal {
	t.Helper()
	model := awsmodel.Get(service)
	require.NotNil(t, model)
	require.Contains(t, model.Operations, operation)
	return shape.Check(t.Context(), &front.Call{Service: service, Operation: operation, Model: model, Op: model.Operations[operation], Input: input})
}

func TestACallOutsideOfItsModelIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		service, operation string
		refused, passes    m
		code, message      string
	}{
		"a required member is missing": {"dynamodb", "PutItem", m{"TableName": "t12"}, m{"TableName": "t12", "Item": m{}},
			"ValidationException", "Value null at 'item' failed to satisfy constraint: Member must not be null"},
		"a text is too long": {"iot", "CreateThing", m{"thingName": strings.Repeat("n", 129)}, m{"thingName": strings.Repeat("n", 128)},
			"InvalidRequestException", "length less than or equal to 128"},
		"a text is too short": {"sns", "CreateTopic", m{}, m{"Name": "t"}, "InvalidParameter", "Value null at 'name'"},
		"a pattern does not fit": {"iot", "CreateThing", m{"thingName": "a b"}, m{"thingName": "a-b"},
			"InvalidRequestException", "Value 'a b' at 'thingName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9:_-]+"},
		"a pattern fits a part alone": {"iot", "CreatePolicy", m{"policyName": "p/q", "policyDocument": "{}"}, m{"policyName": "p+q", "policyDocument": "{}"},
			"InvalidRequestException", "policyName"},
		"an enumeration has no such value": {"lambda", "Invoke", m{"FunctionName": "f", "InvocationType": "Later"}, m{"FunctionName": "f", "InvocationType": "Event"},
			"InvalidParameterValueException", "enum value set: [Event, RequestResponse, DryRun]"},
		"a number is too large": {"lambda", "UpdateFunctionConfiguration", m{"FunctionName": "f", "Timeout": json.Number("5401")}, m{"FunctionName": "f", "Timeout": json.Number("30")},
			"InvalidParameterValueException", "value less than or equal to"},
		"a number is none": {"kinesis", "CreateStream", m{"StreamName": "s", "ShardCount": json.Number("x")}, m{"StreamName": "s", "ShardCount": json.Number("1")},
			"ValidationException", "Member must be a integer"},
		"a list has too many elements": {"kinesis", "PutRecords", m{"StreamName": "s", "Records": records(501)}, m{"StreamName": "s", "Records": records(500)},
			"ValidationException", "length less than or equal to 500"},
		"a member is of another type": {"sqs", "SendMessage", m{"QueueUrl": "q", "MessageBody": true}, m{"QueueUrl": "q", "MessageBody": "true"},
			"InvalidParameterValue", "Member must be a string"},
		"a member deep within is missing": {"scheduler", "CreateSchedule",
			m{"Name": "n", "ScheduleExpression": "x", "FlexibleTimeWindow": m{"Mode": "OFF"}, "Target": m{"Arn": "a"}},
			m{"Name": "n", "ScheduleExpression": "x", "FlexibleTimeWindow": m{"Mode": "OFF"}, "Target": m{"Arn": "a", "RoleArn": "arn:aws:iam::000000000000:role/r"}},
			"ValidationException", "target.roleArn"},
		"a schedule's name has a slash": {"scheduler", "DeleteSchedule", m{"Name": "a/b"}, m{"Name": "a.b"}, "ValidationException", "name"},
	} {
		t.Run(name, func(t *testing.T) {
			refusal := check(t, tc.service, tc.operation, tc.refused)
			require.NotNil(t, refusal)
			assert.Equal(t, tc.code, refusal.Code)
			assert.Contains(t, refusal.Message, tc.message)
			if refusal := check(t, tc.service, tc.operation, tc.passes); refusal != nil {
				t.Error(refusal.Message)
			}
		})
	}
}

func records(n int) []any {
	var all []any
	for range n {
		all = append(all, m{"Data": []byte("x"), "PartitionKey": "k"})
	}
	return all
}

func TestEveryFaultIsNamed(t *testing.T) {
	refusal := check(t, "iot", "CreateThing", m{"thingName": "a b", "thingTypeName": "c d"})
	require.NotNil(t, refusal)
	assert.Contains(t, refusal.Message, "2 validation errors detected: ")
	assert.Contains(t, refusal.Message, "thingTypeName")
}

func TestAnUnknownMemberPasses(t *testing.T) {
	assert.Nil(t, check(t, "iot", "CreateThing", m{"thingName": "a", "tomorrow": "x"}))
}

func TestASequenceNumberOfTheEmulatorPasses(t *testing.T) {
	input := m{"StreamName": "s", "ShardId": "shardId-0", "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": "0001"}
	assert.Nil(t, check(t, "kinesis", "GetShardIterator", input))
	input["StartingSequenceNumber"] = true
	assert.NotNil(t, check(t, "kinesis", "GetShardIterator", input), "it is a text all the same")
}
