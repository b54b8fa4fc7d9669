package throttle_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/cmd/localcloud/internal/front"
	"connectedcar/cmd/localcloud/internal/front/awsmodel"
	"connectedcar/cmd/localcloud/internal/front/throttle"
)

func call(service, operation string) *front.Call {
	m := awsmodel.Get(service)
	return &front.Call{Service: service, Operation: operation, Model: m, Op: m.Operations[operation], Input: map[string]any{"StreamName": "s", "PartitionKey": "car"}}
}

func twoShards(context.Context, string, string, string, map[string]any) (map[string]any, error) {
	return map[string]any{"StreamDescriptionSummary": map[string]any{"OpenShardCount": "2"}}, nil
}

func checks(t *testing.T, setting string, now *time.Time) func(*front.Call) *front.Refusal {
	t.Helper()
	limits, err := throttle.Parse(setting)
	require.NoError(t, err)
	all := throttle.NewChecks(limits, twoShards, func() time.Time { return *now })
	return func(c *front.Call) *front.Refusal {
		for _, check := range all {
			if r := check(t.Context(), c); r != nil {
				return r
			}
		}
		return nil
	}
}

func TestCallsAboveTheRateAreRefusedWithTheServicesOwnError(t *testing.T) {
	for name, tc := range map[string]struct {
		setting string
		call    *front.Call
		code    string
		status  int
	}{
		"a control plane":  {"iot-control=2/s", call("iot", "DescribeThing"), "ThrottlingException", 400},
		"one operation":    {"dynamodb.PutItem=2/s", call("dynamodb", "PutItem"), "ProvisionedThroughputExceededException", 400},
		"functions":        {"lambda=2/s", call("lambda", "Invoke"), "TooManyRequestsException", http.StatusTooManyRequests},
		"a shard":          {"kinesis-shard=2/s", call("kinesis", "PutRecord"), "ProvisionedThroughputExceededException", 400},
		"queues":           {"sqs=2/s", call("sqs", "SendMessage"), "RequestThrottled", 400},
		"topics":           {"sns.Subscribe=2/s", call("sns", "Subscribe"), "Throttling", 400},
		"objects":          {"s3=2/s", call("s3", "PutObject"), "SlowDown", 503},
		"with other rates": {"sns=1/s, iot=2/s", call("iot", "CreateThing"), "ThrottlingException", 400},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Unix(0, 0)
			check := checks(t, tc.setting, &now)
			assert.Nil(t, check(tc.call))
			assert.Nil(t, check(tc.call))
			refusal := check(tc.call)
			require.NotNil(t, refusal)
			assert.Equal(t, tc.code, refusal.Code)
			assert.Equal(t, tc.status, refusal.Status)
			now = now.Add(time.Second)
			assert.Nil(t, check(tc.call), "a second later")
		})
	}
}

func TestOtherCallsPass(t *testing.T) {
	now := time.Unix(0, 0)
	check := checks(t, "dynamodb.PutItem=1/s,kinesis-shard=1/s", &now)
	for range 3 {
		assert.Nil(t, check(call("dynamodb", "GetItem")))
		assert.Nil(t, check(call("iot", "CreateThing")))
	}
}

func TestEveryShardHasItsOwnRate(t *testing.T) {
	now := time.Unix(0, 0)
	check := checks(t, "kinesis-shard=1/s", &now)
	passed := 0
	for _, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		c := call("kinesis", "PutRecord")
		c.Input["PartitionKey"] = key
		if check(c) == nil {
			passed++
		}
	}
	assert.Equal(t, 2, passed, "one for each shard")
}

func TestAShardTakesAMebibyteASecond(t *testing.T) {
	now := time.Unix(0, 0)
	check := checks(t, "kinesis-shard=1000/s", &now)
	c := call("kinesis", "PutRecord")
	c.Input["Data"] = make([]byte, 600<<10)
	assert.Nil(t, check(c))
	assert.NotNil(t, check(c))
}

func TestASettingThatCannotBeReadIsNamed(t *testing.T) {
	for setting, want := range map[string]string{
		"iot":              "SERVICE=N/s",
		"iot=10":           "SERVICE=N/s",
		"iot=0/s":          "SERVICE=N/s",
		"nosuch=1/s":       "unknown service nosuch; allowed are iot-control, kinesis-shard and apigateway",
		"iot.NoSuch=1/s":   "service iot has no operation NoSuch",
		"iot=1/s,sqs=fast": `throttle "sqs=fast"`,
	} {
		_, err := throttle.Parse(setting)
		assert.ErrorContains(t, err, want, setting)
	}
}
