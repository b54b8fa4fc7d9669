package iam

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/cmd/localcloud/internal/front/awsmodel"
	"connectedcar/cmd/localcloud/internal/iam/template"
)

const repo = "../../../.."

// released judges the environment "local" by the templates in test/snapshot; resources are named by their logical ids.
func released(t *testing.T) *Judge {
	t.Helper()
	a, err := template.Load(repo+"/test/snapshot/testdata", "connectedcar-local-", template.Place{Account: "000000000000", Region: "eu-central-1"})
	require.NoError(t, err)
	j, err := NewJudge(repo, a)
	require.NoError(t, err)
	return j
}

func TestAWSMayDoInTheRolesWhatItHasTo(t *testing.T) {
	j := released(t)
	requests, err := inRole(j.Assembly)
	require.NoError(t, err)
	decisions, err := j.Decide(t.Context(), requests)
	require.NoError(t, err)
	for _, d := range decisions {
		assert.True(t, d.Allowed, d.Describe())
	}
	t.Logf("%d requests", len(decisions))
}

func TestOperationsAskForWhatTheReferenceLists(t *testing.T) {
	const at = "eu-central-1:000000000000:"
	type asked = map[string][]string // resources by action
	for name, tc := range map[string]struct {
		operation string
		input     map[string]any
		want      asked
	}{
		"an item is of its table":      {"dynamodb.PutItem", map[string]any{"TableName": "t"}, asked{"dynamodb:PutItem": {"arn:aws:dynamodb:" + at + "table/t"}}},
		"a query of an index is of it": {"dynamodb.Query", map[string]any{"TableName": "t", "IndexName": "i"}, asked{"dynamodb:Query": {"arn:aws:dynamodb:" + at + "table/t/index/i"}}},
		"a batch is of each table": {"dynamodb.BatchGetItem", map[string]any{"RequestItems": map[string]any{"a": nil, "b": nil}},
			asked{"dynamodb:BatchGetItem": {"arn:aws:dynamodb:" + at + "table/a", "arn:aws:dynamodb:" + at + "table/b"}}},
		"a transaction is of the actions of its parts": {"dynamodb.TransactWriteItems", map[string]any{"TransactItems": []any{
			map[string]any{"Put": map[string]any{"TableName": "a"}}, map[string]any{"ConditionCheck": map[string]any{"TableName": "b"}},
		}}, asked{"dynamodb:PutItem": {"arn:aws:dynamodb:" + at + "table/a"}, "dynamodb:ConditionCheckItem": {"arn:aws:dynamodb:" + at + "table/b"}}},
		"a batch of messages is of the single one's action": {"sqs.SendMessageBatch", map[string]any{"QueueUrl": "http://127.0.0.1/000000000000/q"},
			asked{"sqs:SendMessage": {"arn:aws:sqs:" + at + "q"}}},
		"a policy is attached to a certificate":          {"iot.AttachPolicy", map[string]any{"policyName": "p", "target": "arn:aws:iot:" + at + "cert/c"}, asked{"iot:AttachPolicy": {"arn:aws:iot:" + at + "cert/c"}}},
		"a policy is attached to an identity of Cognito": {"iot.AttachPolicy", map[string]any{"policyName": "p", "target": "eu-central-1:1"}, asked{"iot:AttachPolicy": {"*"}}},
		"a thing that joins a group is of both": {"iot.AddThingToThingGroup", map[string]any{"thingName": "t", "thingGroupName": "g"},
			asked{"iot:AddThingToThingGroup": {"arn:aws:iot:" + at + "thing/t", "arn:aws:iot:" + at + "thinggroup/g"}}},
		"a schedule passes its role on": {"scheduler.CreateSchedule", map[string]any{"Name": "n", "GroupName": "g", "Target": map[string]any{"RoleArn": "arn:aws:iam::000000000000:role/r"}},
			asked{"scheduler:CreateSchedule": {"arn:aws:scheduler:" + at + "schedule/g/n"}, "iam:PassRole": {"arn:aws:iam::000000000000:role/r"}}},
		"a message to a telephone is of its number": {"sns.Publish", map[string]any{"PhoneNumber": "+491701"}, asked{"sns:Publish": {"+491701"}}},
		"a deletion of versions takes both actions": {"s3.DeleteObjects", map[string]any{"Bucket": "b", "Delete": map[string]any{"Objects": []any{
			map[string]any{"Key": "k", "VersionId": "1"}, map[string]any{"Key": "l"},
		}}}, asked{"s3:DeleteObject": {"arn:aws:s3:::b/k", "arn:aws:s3:::b/l"}, "s3:DeleteObjectVersion": {"arn:aws:s3:::b/k"}}},
		"a head of an object reads it": {"s3.HeadObject", map[string]any{"Bucket": "b", "Key": "k"}, asked{"s3:GetObject": {"arn:aws:s3:::b/k"}}},
	} {
		t.Run(name, func(t *testing.T) {
			service, operation, _ := strings.Cut(tc.operation, ".")
			requests, err := Requests(Call{Caller: "f", Service: service, Operation: operation, Account: "000000000000", Region: "eu-central-1", Input: tc.input})
			require.NoError(t, err)
			got := asked{}
			for _, r := range requests {
				got[r.Action] = append(got[r.Action], r.Resource)
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

func TestGatewayPutsRecordsForARule(t *testing.T) {
	requests, err := Requests(Call{Caller: "arn:aws:iam::1:role/rule", Service: "kinesis", Operation: "PutRecords", Input: map[string]any{"StreamName": "s"}})
	require.NoError(t, err)
	assert.Equal(t, "kinesis:PutRecord", requests[0].Action, "AWS IoT puts one record a message")
}

func TestCallsThatNobodyKnowsAreErrors(t *testing.T) {
	_, err := Requests(Call{Caller: "f", Service: "s3", Operation: "DeleteBucket"})
	require.ErrorContains(t, err, "f called s3.DeleteBucket, which has no row")
	_, err = Requests(Call{Caller: "f", Service: "sqs", Operation: "SendMessage"})
	require.ErrorContains(t, err, "names no resource")
}

func TestRowsAreOfOperationsThatExist(t *testing.T) {
	for row := range needs {
		service, operation, _ := strings.Cut(row, ".")
		model := awsmodel.Get(service)
		if assert.NotNil(t, model, row) {
			assert.Contains(t, model.Operations, operation, row)
		}
	}
}

func TestDecisions(t *testing.T) {
	j := released(t)
	arn := func(kind, id string) string {
		for _, r := range j.Assembly.Of(kind) {
			if r.ID == id {
				a, err := j.Assembly.ARN(r)
				require.NoError(t, err)
				return a
			}
		}
		t.Fatalf("no resource %s of type %s", id, kind)
		return ""
	}
	vehicles := arn("AWS::DynamoDB::GlobalTable", "TablesVehiclesD2C46105")
	for name, tc := range map[string]struct {
		request Request
		want    string
	}{
		"what a statement allows":                 {Request{Caller: "telemetry", Action: "dynamodb:GetItem", Resource: vehicles}, "Allowed"},
		"an action that no statement has":         {Request{Caller: "telemetry", Action: "dynamodb:DeleteItem", Resource: vehicles}, "ImplicitlyDenied"},
		"a resource that no statement has":        {Request{Caller: "telemetry", Action: "dynamodb:GetItem", Resource: vehicles + "2"}, "ImplicitlyDenied"},
		"a table does not include its index":      {Request{Caller: "telemetry", Action: "dynamodb:Query", Resource: vehicles + "/index/byOwner"}, "ImplicitlyDenied"},
		"what a statement denies":                 {Request{Caller: "api", Action: "iot:AttachPolicy", Resource: "arn:aws:iot:eu-central-1:000000000000:cert/c"}, "ExplicitlyDenied"},
		"an identity of Cognito beside the deny":  {Request{Caller: "api", Action: "iot:AttachPolicy", Resource: "*"}, "Allowed"},
		"a message to a telephone":                {Request{Caller: "api", Action: "sns:Publish", Resource: "+491701"}, "Allowed"},
		"a message to a topic, beside telephones": {Request{Caller: "api", Action: "sns:Publish", Resource: "arn:aws:sns:eu-central-1:000000000000:t"}, "ImplicitlyDenied"},
		"mail from the configured address":        {Request{Caller: "notification", Action: "ses:SendEmail", Resource: "arn:aws:ses:eu-central-1:000000000000:identity/example.com", Context: map[string]string{"ses:FromAddress": "cars@example.com"}}, "Allowed"},
		"mail from another address":               {Request{Caller: "notification", Action: "ses:SendEmail", Resource: "arn:aws:ses:eu-central-1:000000000000:identity/example.com", Context: map[string]string{"ses:FromAddress": "x@example.com"}}, "ImplicitlyDenied"},
		"a key by its policy and the role":        {Request{Caller: "notification", Action: "kms:GenerateDataKey", Resource: arn("AWS::KMS::Key", "NotifyTopicsKey55F00CB7")}, "Allowed"},
		"a key of somebody else":                  {Request{Caller: "telemetry", Action: "kms:Decrypt", Resource: arn("AWS::KMS::Key", "NotifyTopicsKey55F00CB7")}, "ImplicitlyDenied"},
		"Lambda lists the streams of a table":     {Request{Caller: "notification", Action: "dynamodb:ListStreams", Resource: arn("AWS::DynamoDB::GlobalTable", "TablesAlertsF4292B9D") + "/stream/label"}, "Allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			decisions, err := j.Decide(t.Context(), []Request{tc.request})
			require.NoError(t, err)
			assert.Equal(t, tc.want, decisions[0].Result, decisions[0].Describe())
		})
	}
}

func TestPlainHTTPIsDeniedByTheBucket(t *testing.T) {
	j := released(t)
	requests := []Request{{Caller: "telemetry", Action: "s3:PutObject", Resource: "arn:aws:s3:::BucketsFailures14D3BE7F/aws/lambda/x"}}
	decisions, err := j.Decide(t.Context(), requests)
	require.NoError(t, err)
	assert.True(t, decisions[0].Allowed, decisions[0].Describe())
	requests[0].Context = map[string]string{"aws:SecureTransport": "false"}
	decisions, err = j.Decide(t.Context(), requests)
	require.NoError(t, err)
	assert.Equal(t, "ExplicitlyDenied", decisions[0].Result)
}

func TestLosingARightIsNoticed(t *testing.T) {
	j := released(t)
	own, err := inRole(j.Assembly)
	require.NoError(t, err)
	mutants, err := j.Mutants(t.Context(), own)
	require.NoError(t, err)
	var caught int
	for _, m := range mutants {
		if m.Right.Caller == "trips" && strings.HasPrefix(m.Right.Action, "sqs:") && m.Right.Action != "sqs:SendMessage" {
			assert.NotEmpty(t, m.Denied, m.Right.String())
			caught++
		}
	}
	assert.Equal(t, 3, caught, "the rights to poll the queue")
}

func TestBoundaryLimitsTheRole(t *testing.T) {
	const bounded = `{"Resources": {
		"Limit": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}}},
		"Role": {"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": {"Ref": "Limit"}, "Policies": [{"PolicyDocument": {"Version": "2012-10-17",
			"Statement": [{"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:DeleteMessage"], "Resource": "*"}]}}]}},
		"Function": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]},
			"Environment": {"Variables": {"AWS_SDK_UA_APP_ID": "f"}}}}}}`
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x-app.json"), []byte(bounded), 0o600))
	a, err := template.Load(dir, "x-", template.Place{Account: "000000000000", Region: "eu-central-1"})
	require.NoError(t, err)
	j, err := NewJudge(repo, a)
	require.NoError(t, err)
	queue := "arn:aws:sqs:eu-central-1:000000000000:q"
	decisions, err := j.Decide(t.Context(), []Request{
		{Caller: "f", Action: "sqs:SendMessage", Resource: queue}, {Caller: "f", Action: "sqs:DeleteMessage", Resource: queue},
	})
	require.NoError(t, err)
	assert.True(t, decisions[0].Allowed, "the role and its boundary allow it")
	assert.False(t, decisions[1].Allowed, "the boundary does not")
}

func TestToolsThatNameThemselvesAreLeftOut(t *testing.T) {
	r := &Recorder{}
	r.Record(Call{Caller: "devicegateway", Service: "iot", Operation: "ListTopicRules"})
	r.Record(Call{Caller: "devicegateway", Service: "sqs", Operation: "SendMessage", Input: map[string]any{"QueueUrl": "q"}})
	r.Record(Call{Caller: "trips", Service: "sqs", Operation: "SendMessage", Input: map[string]any{"QueueUrl": "q"}})
	recording, err := r.Recording(template.Place{}, released(t).Knows)
	require.NoError(t, err)
	assert.Equal(t, 1, recording.Calls)
	assert.Len(t, recording.Requests, 1)
}
