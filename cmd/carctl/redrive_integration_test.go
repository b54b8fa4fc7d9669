//go:build integration

package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	objectstore "connectedcar/internal/aws/s3"
	"connectedcar/internal/names"
	"connectedcar/internal/tool/redrive"
)

func messageID(n int) string { return fmt.Sprintf("01KAFK9F00ABCDEFGHJKMN%04d", n) }

// tookAt is the time at which the rules received all messages of this test.
var tookAt = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// sent is a message as a car sends it, with the given additional members.
func sent(schema string, n int, members string) string {
	return fmt.Sprintf(`{"schema":%q,"id":%q,"ts":%q,%s}`, schema, messageID(n), tookAt.Format(names.TimestampLayout), members)
}

// stampedMessage is a message as the rules forward it, with the given additional stamps.
func stampedMessage(message string, more string) string {
	return fmt.Sprintf(`{"message":%s,"vin":%q,"clientId":%q,"ingestedAt":%d%s}`, message, car, car, tookAt.UnixMilli(), more)
}

// telemetryMessage is a record of the stream. Its sample had the age old when the rule received it.
func telemetryMessage(n int, old time.Duration) string {
	message := sent("telemetry/1", n, fmt.Sprintf(`"bootId":"b","seq":%d,"signals":{"Vehicle.Speed":50}`, n))
	at := tookAt.Add(-old).Format(names.TimestampLayout)
	return stampedMessage(strings.Replace(message, tookAt.Format(names.TimestampLayout), at, 1), "")
}

func envelopeOf(reason, payload string, n int) string {
	return fmt.Sprintf(`{"reason":%q,"detail":"d","vin":%q,"payload":%q,"partitionKey":%q,"sequenceNumber":"%d","receivedAt":%q}`, reason, car,
		base64.StdEncoding.EncodeToString([]byte(payload)), car, n, tookAt.Format(time.RFC3339))
}

func ruleDocument(kind, payload string) string {
	b, _ := json.Marshal(map[string]any{
		"ruleName": "cars_" + kind, "topic": "dt/cars/" + car + "/" + kind, "clientId": car, "base64OriginalPayload": []byte(payload),
		"failures": []map[string]string{{"failedAction": "KinesisAction", "errorMessage": "throttled"}},
	})
	return string(b)
}

// ways has, for each kind of failures, message n that failed temporarily (back) and message n that always fails (bad).
var ways = map[string]struct {
	back func(n int) string
	bad  func(n int) string
	home string // output with the URL of the queue that messages return to; empty: the stream
}{
	"telemetry": {
		back: func(n int) string { return envelopeOf("unstorable", telemetryMessage(n, 0), n) },
		bad:  func(n int) string { return envelopeOf("too_old", telemetryMessage(n, 30*24*time.Hour), 5000+n) },
	},
	"rules": {
		back: func(n int) string {
			return ruleDocument("telemetry", strings.ReplaceAll(sent("telemetry/1", n, `"bootId":"b","seq":1,"signals":{"Vehicle.Speed":50}`),
				tookAt.Format(names.TimestampLayout), time.Now().UTC().Format(names.TimestampLayout)))
		},
		bad: func(n int) string {
			return ruleDocument("telemetry", fmt.Sprintf(`{"schema":"telemetry/1","n":%d}`, n))
		},
	},
	"registration": {
		back: func(n int) string { return fmt.Sprintf(`{"certificateId":"c%d","caCertificateId":"def"}`, n) },
		bad:  func(n int) string { return fmt.Sprintf(`{"n":%d}`, n) }, home: names.OutputRegistrationQueue,
	},
	"diagnostics": worker("diagnostics/1", `"seq":1,"kind":"snapshot","mil":false,"codes":[]`, "", names.OutputDiagnosticsQueue),
	"trips": worker("trip/1", `"seq":1,"tripId":"`+messageID(7)+`","startedAt":"2026-11-23T07:30:00.000Z","endedAt":"2026-11-23T08:00:00.000Z",`+
		`"distanceM":1,"durationS":1,"idleS":0,"averageSpeedKph":1,"maxSpeedKph":1,"harshBraking":0,"harshAcceleration":0,"harshCornering":0,"speedingS":0`, "", names.OutputTripQueue),
	"events":   worker("event/1", `"kind":"crash"`, "", names.OutputEventQueue),
	"commands": worker("commandresult/1", `"status":"succeeded"`, `,"commandId":"`+messageID(8)+`"`, names.OutputCommandQueue),
	"presence": {
		back: func(n int) string {
			return fmt.Sprintf(`{"message":{"clientId":%q,"timestamp":1795420800000,"eventType":"connected","versionNumber":%d},"vin":%q,"ingestedAt":1795420801000}`, car, n, car)
		},
		bad:  func(n int) string { return envelopeOf("schema_invalid", fmt.Sprintf(`{"n":%d}`, n), n) },
		home: names.OutputPresenceQueue,
	},
}

func worker(schema, members, stamps, home string) struct {
	back func(n int) string
	bad  func(n int) string
	home string
} {
	return struct {
		back func(n int) string
		bad  func(n int) string
		home string
	}{
		back: func(n int) string { return stampedMessage(sent(schema, n, members), stamps) },
		bad: func(n int) string {
			return envelopeOf("schema_invalid", stampedMessage(sent(schema+"0", n, members), stamps), n)
		},
		home: home,
	}
}

// TestAfterTwoRunsWhatTimeMendsIsHomeAndTheRestIsRefused has 100 messages of each kind that failed temporarily, and 100 that always fail.
func TestAfterTwoRunsWhatTimeMendsIsHomeAndTheRestIsRefused(t *testing.T) {
	const each = 100
	for kind, way := range ways {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t)
			queue := map[string]string{"telemetry": names.OutputTelemetryFailureQueue, "rules": names.OutputRuleFailureQueue, "registration": names.OutputRegistrationFailures}[kind]
			for _, w := range names.Workers {
				if w.Name == kind {
					queue = w.GivenUp
				}
			}
			a.fill(queue, each, way.back)
			a.fill(queue, each, way.bad)
			if kind == "telemetry" { // the lake function quarantines the same messages
				a.fill(names.OutputLakeFailures, each, way.back)
				a.fill(names.OutputLakeFailures, each, way.bad)
			}
			assert.Equal(t, 2*each, a.failed(kind))
			for run, returned := range []int{each, 0} {
				var got redrive.Result
				out, err := a.carctl("redrive", "run", kind, "-o", "json")
				require.NoError(t, err)
				require.NoError(t, json.Unmarshal([]byte(out), &got))
				assert.Equal(t, returned, got.Returned, "run %d: %s", run+1, out)
				assert.Equal(t, each, a.failed(kind), "run %d", run+1)
			}
			assert.Equal(t, each, a.home(way.home))
			out, err := a.carctl("redrive", "drop", kind, "--refused")
			require.NoError(t, err)
			assert.Equal(t, fmt.Sprintf("dropped %d\n", each), out)
			assert.Zero(t, a.failed(kind))
		})
	}
}

// fill puts n messages into a queue.
func (a *account) fill(queue string, n int, message func(n int) string) {
	const most = 10 // limit of SQS for one batch
	url, client := aws.String(a.output(queue)), sqs.NewFromConfig(a.cfg)
	for from := 0; from < n; from += most {
		in := &sqs.SendMessageBatchInput{QueueUrl: url}
		for i := from; i < min(n, from+most); i++ {
			in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), MessageBody: aws.String(message(i))})
		}
		_, err := client.SendMessageBatch(a.t.Context(), in)
		require.NoError(a.t, err)
	}
}

// failed returns the number of failures of that kind according to `redrive list`.
func (a *account) failed(kind string) int {
	out, err := a.carctl("redrive", "list", kind, "-o", "json")
	require.NoError(a.t, err)
	var groups []redrive.Group
	require.NoError(a.t, json.Unmarshal([]byte(out), &groups))
	n := 0
	for _, g := range groups {
		n += g.Count
	}
	return n
}

// home returns the number of distinct messages in that queue, or on the stream. A message may be there twice, because a call whose
// response is lost is repeated; the functions ignore duplicates.
func (a *account) home(queue string) int {
	all := map[string]bool{}
	if queue == "" {
		for _, r := range a.records() {
			all[r] = true
		}
		return len(all)
	}
	client := sqs.NewFromConfig(a.cfg)
	const attempts = 60 // one per second
	for range attempts {
		out, err := client.ReceiveMessage(a.t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(a.output(queue)), MaxNumberOfMessages: 10, VisibilityTimeout: 5, WaitTimeSeconds: 1,
		})
		require.NoError(a.t, err)
		for _, m := range out.Messages {
			all[*m.Body] = true
			_, err := client.DeleteMessage(a.t.Context(), &sqs.DeleteMessageInput{QueueUrl: aws.String(a.output(queue)), ReceiptHandle: m.ReceiptHandle})
			require.NoError(a.t, err)
		}
		if len(out.Messages) == 0 && !a.hidden(queue) {
			break
		}
	}
	return len(all)
}

// hidden reports whether the queue has messages that were received but not deleted.
func (a *account) hidden(queue string) bool {
	out, err := sqs.NewFromConfig(a.cfg).GetQueueAttributes(a.t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(a.output(queue)), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessagesNotVisible},
	})
	require.NoError(a.t, err)
	return out.Attributes["ApproximateNumberOfMessagesNotVisible"] != "0"
}

func TestAMessageIsShownEditedAndDropped(t *testing.T) {
	a := newAccount(t)
	a.fill(names.OutputEventFailures, 2, ways["events"].bad)
	out, err := a.carctl("redrive", "show", "events", "--max", "1")
	require.NoError(t, err)
	var shown redrive.Entry
	require.NoError(t, json.Unmarshal([]byte(out), &shown))
	assert.Equal(t, "schema_invalid", shown.Reason)
	assert.Equal(t, tookAt, shown.First)
	assert.Contains(t, shown.Detail, "schema")

	file := filepath.Join(t.TempDir(), "payload.json")
	require.NoError(t, os.WriteFile(file, shown.Payload, 0o600))
	_, err = a.carctl("redrive", "edit", "events", shown.ID, "--payload", file)
	require.ErrorContains(t, err, "schema", "it is as wrong as it was")
	t.Setenv("VISUAL", "sed -i s#event/10#event/1#")
	out, err = a.carctl("redrive", "edit", "events", shown.ID)
	require.NoError(t, err)
	assert.Equal(t, "brought back 1, edited\n", out)
	assert.Equal(t, 1, a.home(names.OutputEventQueue))
	assert.Equal(t, 1, a.failed("events"))

	_, err = a.carctl("redrive", "drop", "events")
	require.ErrorContains(t, err, "nothing chosen")
	out, err = a.carctl("redrive", "list")
	require.NoError(t, err)
	assert.Regexp(t, `events +1 +schema_invalid +`+car+` +2026-11-23 08:00:00 +it would be refused again \(schema_invalid\)`, out)
	objects, err := objectstore.NewClient(a.cfg).ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
		Bucket: aws.String(a.output(names.OutputFailuresBucket)), Prefix: aws.String("redrive/dropped/events/"),
	})
	require.NoError(t, err)
	assert.Len(t, objects.Contents, 1)
}
