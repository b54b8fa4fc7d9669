package snapshot_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/cdktest"
)

// each runs a check on every resource of a type in every template, and fails if there is none.
func each(t *testing.T, typ string, check func(t *testing.T, in cdktest.Template, id string, r cdktest.Resource)) {
	t.Helper()
	seen := 0
	for _, template := range everything(t) {
		for _, id := range slices.Sorted(maps.Keys(template.OfType(typ))) {
			seen++
			t.Run(template.Stack+"/"+id, func(t *testing.T) { check(t, template, id, template.Resources[id]) })
		}
	}
	require.NotZero(t, seen, "no template has a %s", typ)
}

// at returns the value at a path of keys in decoded JSON; nil if there is none.
func at(value any, path ...string) any {
	for _, key := range path {
		m, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = m[key]
	}
	return value
}

func list(value any) []any {
	l, ok := value.([]any)
	if !ok && value != nil {
		return []any{value}
	}
	return l
}

// isProd reports whether a stack belongs to the environment prod, which protects its data.
func isProd(template cdktest.Template) bool {
	return strings.HasPrefix(template.Stack, "connectedcar-prod-")
}

func kept(template cdktest.Template) string {
	if isProd(template) {
		return "Retain"
	}
	return "Delete"
}

func TestTablesKeepTheirDataAndItsHistory(t *testing.T) {
	expiring := map[string]bool{}
	each(t, "AWS::DynamoDB::GlobalTable", func(t *testing.T, in cdktest.Template, id string, r cdktest.Resource) {
		replica := list(r.Properties["Replicas"])[0]
		assert.Equal(t, "PAY_PER_REQUEST", r.Properties["BillingMode"])
		assert.Equal(t, true, at(r.Properties, "SSESpecification", "SSEEnabled"))
		assert.Equal(t, true, at(replica, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"))
		assert.Equal(t, isProd(in), at(replica, "DeletionProtectionEnabled"))
		assert.Equal(t, kept(in), r.DeletionPolicy)
		if ttl := at(r.Properties, "TimeToLiveSpecification"); ttl != nil {
			assert.Equal(t, map[string]any{"AttributeName": "expiresAt", "Enabled": true}, ttl)
			expiring[strings.TrimRight(id, "0123456789ABCDEF")] = true
		}
	})
	assert.Equal(t, map[string]bool{
		"TablesTelemetry": true, "TablesAlerts": true, "TablesCommands": true, "TablesGrants": true, "TablesOneTime": true,
		"ConsoleSessions": true,
	}, expiring)
}

func TestBucketsAreClosedAndEncrypted(t *testing.T) {
	each(t, "AWS::S3::Bucket", func(t *testing.T, in cdktest.Template, id string, r cdktest.Resource) {
		assert.Equal(t, map[string]any{"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true},
			r.Properties["PublicAccessBlockConfiguration"])
		assert.NotEmpty(t, at(r.Properties, "BucketEncryption", "ServerSideEncryptionConfiguration"))
		assert.Equal(t, kept(in), r.DeletionPolicy)
		assert.Equal(t, isProd(in), at(r.Properties, "VersioningConfiguration", "Status") == "Enabled")
		for _, rule := range list(at(r.Properties, "LifecycleConfiguration", "Rules")) {
			assert.NotNil(t, at(rule, "ExpirationInDays"), "objects stay forever")
		}
		assert.NotEmpty(t, list(at(r.Properties, "LifecycleConfiguration", "Rules")))
		assert.True(t, refusesPlainHTTP(in, "AWS::S3::BucketPolicy", "Bucket", id))
	})
}

func TestQueuesAreEncryptedAndKeepMessagesForTwoWeeks(t *testing.T) {
	each(t, "AWS::SQS::Queue", func(t *testing.T, in cdktest.Template, id string, r cdktest.Resource) {
		assert.Equal(t, true, r.Properties["SqsManagedSseEnabled"])
		assert.EqualValues(t, 14*24*60*60, r.Properties["MessageRetentionPeriod"])
		assert.True(t, refusesPlainHTTP(in, "AWS::SQS::QueuePolicy", "Queues", id))
	})
}

// refusesPlainHTTP reports whether a policy of that type for that resource denies requests without TLS.
func refusesPlainHTTP(in cdktest.Template, typ, property, id string) bool {
	for _, policy := range in.OfType(typ) {
		if !slices.ContainsFunc(list(policy.Properties[property]), func(v any) bool { return at(v, "Ref") == id }) {
			continue
		}
		for _, s := range list(at(policy.Properties, "PolicyDocument", "Statement")) {
			if at(s, "Effect") == "Deny" && at(s, "Condition", "Bool", "aws:SecureTransport") == "false" {
				return true
			}
		}
	}
	return false
}

func TestStreamIsEncryptedAndKept(t *testing.T) {
	each(t, "AWS::Kinesis::Stream", func(t *testing.T, in cdktest.Template, id string, r cdktest.Resource) {
		assert.Equal(t, "KMS", at(r.Properties, "StreamEncryption", "EncryptionType"))
		assert.Equal(t, kept(in), r.DeletionPolicy)
		mode := map[string]any{"connectedcar-dev-data": "ON_DEMAND", "connectedcar-dev-stream/FindingsStream": "PROVISIONED", "connectedcar-dev-stream/Reports": "ON_DEMAND", "connectedcar-local-data": "PROVISIONED", "connectedcar-prod-data": "PROVISIONED"}
		if r.Properties["ShardCount"] == 16.0 { // in the variant busy
			mode[in.Stack] = "PROVISIONED"
		}
		assert.Equal(t, cmp.Or(mode[in.Stack], mode[in.Stack+"/"+strings.TrimRight(id, "0123456789ABCDEF")]), at(r.Properties, "StreamModeDetails", "StreamMode"))
	})
}

// TestAlarmsOfAnEnvironmentGoToOneTopic: an operator confirms a single subscription for all alarms.
func TestAlarmsOfAnEnvironmentGoToOneTopic(t *testing.T) {
	each(t, "AWS::CloudWatch::Alarm", func(t *testing.T, in cdktest.Template, _ string, r cdktest.Resource) {
		environment := strings.Split(in.Stack, "-")[1]
		b, err := json.Marshal([]any{r.Properties["AlarmActions"], r.Properties["OKActions"]})
		require.NoError(t, err)
		assert.Equal(t, 2, strings.Count(string(b), ":connectedcar-"+environment+"-alarms\""), "%s", b)
	})
	each(t, "AWS::SNS::Subscription", func(t *testing.T, in cdktest.Template, _ string, _ cdktest.Resource) {
		assert.Equal(t, "connectedcar-prod-alarms", in.Stack)
	})
}

func TestAlarmTopicIsEncryptedByAKeyThatCloudWatchMayUse(t *testing.T) {
	each(t, "AWS::SNS::Topic", func(t *testing.T, in cdktest.Template, _ string, r cdktest.Resource) {
		key, _ := list(at(r.Properties, "KmsMasterKeyId", "Fn::GetAtt"))[0].(string)
		require.Equal(t, "AWS::KMS::Key", in.Resources[key].Type)
		var allowed []any
		for _, s := range list(at(in.Resources[key].Properties, "KeyPolicy", "Statement")) {
			if at(s, "Principal", "Service") == "cloudwatch.amazonaws.com" {
				allowed = append(allowed, list(at(s, "Action"))...)
			}
		}
		assert.ElementsMatch(t, []any{"kms:Decrypt", "kms:GenerateDataKey"}, allowed)
	})
}
