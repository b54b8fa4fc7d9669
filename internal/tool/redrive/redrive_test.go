package redrive_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/names"
	"connectedcar/internal/tool/redrive"
)

const car = "1ACEV26S0TA000001"

// queue is a fake SQS queue: received messages are hidden until their visibility timeout or until they are released.
type queue struct {
	messages []*message
	sent     []string
	failing  error
	loses    int // number of responses of ReceiveMessage that get lost
}

type message struct {
	id      int
	body    string
	sentAt  time.Time
	hidden  time.Time
	deleted bool
}

func (q *queue) add(body string) {
	q.messages = append(q.messages, &message{id: len(q.messages), body: body, sentAt: time.Now()})
}

func (q *queue) visible() (n int) {
	for _, m := range q.messages {
		if !m.deleted && !m.hidden.After(time.Now()) {
			n++
		}
	}
	return n
}

func (q *queue) ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	out := &sqs.ReceiveMessageOutput{}
	if q.loses > 0 { // the SDK repeats the call; the messages of the lost response stay hidden
		q.loses--
		if _, err := q.ReceiveMessage(ctx, in); err != nil {
			return nil, err
		}
		out.ResultMetadata = askedTwice()
	}
	for _, m := range q.messages {
		if m.deleted || m.hidden.After(time.Now()) || len(out.Messages) == int(in.MaxNumberOfMessages) {
			continue
		}
		m.hidden = time.Now().Add(time.Duration(in.VisibilityTimeout) * time.Second)
		handle := strconv.Itoa(m.id)
		out.Messages = append(out.Messages, types.Message{Body: &m.body, ReceiptHandle: &handle, Attributes: map[string]string{"SentTimestamp": strconv.FormatInt(m.sentAt.UnixMilli(), 10)}})
	}
	if len(out.Messages) == 0 {
		time.Sleep(time.Duration(in.WaitTimeSeconds) * time.Second)
	}
	return out, q.failing
}

func (q *queue) DeleteMessage(_ context.Context, in *sqs.DeleteMessageInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error) {
	q.of(in.ReceiptHandle).deleted = true
	return &sqs.DeleteMessageOutput{}, nil
}

func (q *queue) ChangeMessageVisibilityBatch(_ context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	for _, e := range in.Entries {
		q.of(e.ReceiptHandle).hidden = time.Now().Add(time.Duration(e.VisibilityTimeout) * time.Second)
	}
	return &sqs.ChangeMessageVisibilityBatchOutput{}, nil
}

func (q *queue) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	q.sent = append(q.sent, *in.MessageBody)
	return &sqs.SendMessageOutput{}, nil
}

func (q *queue) of(handle *string) *message {
	n, _ := strconv.Atoi(*handle)
	return q.messages[n]
}

// stream is a fake stream that records what it receives, or fails.
type stream struct {
	records []string
	err     error
	onPut   func()
}

func (s *stream) PutRecord(_ context.Context, in *kinesis.PutRecordInput, _ ...func(*kinesis.Options)) (*kinesis.PutRecordOutput, error) {
	if s.err != nil {
		return nil, s.err
	}
	if s.onPut != nil {
		s.onPut()
	}
	s.records = append(s.records, *in.PartitionKey+" "+string(in.Data))
	return &kinesis.PutRecordOutput{}, nil
}

func envelope(reason string, n int) string {
	payload := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"n":%d}`, n))
	return fmt.Sprintf(`{"reason":%q,"detail":"d","vin":%q,"payload":%q,"partitionKey":%q}`, reason, car, payload, car)
}

func TestLookingLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{}
		for n := range 25 {
			q.add(envelope("too_old", n))
		}
		q.add("garbage")
		time.Sleep(time.Second)
		for range 3 {
			groups, err := redrive.List(t.Context(), in(q, redrive.Telemetry{}), ledger(bucketObjects{}), 0)
			require.NoError(t, err)
			require.Len(t, groups, 2)
			assert.Equal(t, 25, groups[0].Count)
			assert.Equal(t, car, groups[0].VIN)
			assert.Equal(t, "unreadable", groups[1].Reason)
			assert.NotEmpty(t, groups[1].Stuck)
			assert.Equal(t, 26, q.visible(), "at once visible to others again")
		}
	})
}

func TestLookingAtSomeOfThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{}
		for n := range 25 {
			q.add(envelope("future", n))
		}
		time.Sleep(time.Second)
		groups, err := redrive.List(t.Context(), in(q, redrive.Telemetry{}), ledger(bucketObjects{}), 12)
		require.NoError(t, err)
		assert.Equal(t, 12, groups[0].Count)
	})
}

func TestWhatFailsAgainDoesNotGoRoundAndRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{}
		for n := range 15 {
			q.add(envelope("future", n))
		}
		time.Sleep(time.Second)
		s := &stream{}
		s.onPut = func() { time.Sleep(time.Millisecond); q.add(envelope("future", 0)) } // quarantined again
		r, err := redrive.Run(t.Context(), in(q, redrive.Telemetry{Stream: redrive.Stream{API: s}}), ledger(bucketObjects{}), redrive.Options{})
		require.NoError(t, err)
		assert.Equal(t, 15, r.Returned)
		assert.Len(t, s.records, 15)
		assert.Equal(t, 15, q.visible())
	})
}

func TestNothingIsDeletedBeforeItIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{}
		q.add(envelope("too_old", 1))
		time.Sleep(time.Second)
		s := &stream{err: errors.New("throttled")}
		source := redrive.Telemetry{Stream: redrive.Stream{API: s, Name: "stream"}}
		r, err := redrive.Run(t.Context(), in(q, source), ledger(bucketObjects{}), redrive.Options{})
		require.NoError(t, err)
		assert.Zero(t, r.Returned)
		assert.Equal(t, map[string]int{"put record on stream stream: throttled": 1}, r.Kept)
		assert.Equal(t, 1, q.visible())
	})
}

func TestAnInvalidAlertIsNoMessageForTheStream(t *testing.T) {
	body, err := json.Marshal(ingest.Envelope{Reason: ingest.InvalidAlert, VIN: car, PartitionKey: car, Alert: &alert.Notice{DedupKey: "fuel_low"}})
	require.NoError(t, err)
	item := redrive.Telemetry{Stream: redrive.Stream{API: &stream{}}}.Read(redrive.Failure{Body: string(body)})
	assert.Nil(t, item.Again)
	assert.Contains(t, item.Stuck, "fuel_low")
}

func TestOnlyWhatIsAskedForIsBroughtBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{}
		q.add(envelope("too_old", 1))
		q.add(envelope("future", 2))
		time.Sleep(time.Second)
		s := &stream{}
		source := redrive.Telemetry{Stream: redrive.Stream{API: s}}
		for _, o := range []redrive.Options{{DryRun: true, Reason: "future"}, {VIN: "another"}} {
			_, err := redrive.Run(t.Context(), in(q, source), ledger(bucketObjects{}), o)
			require.NoError(t, err)
			require.Empty(t, s.records)
			require.Equal(t, 2, q.visible())
		}
		r, err := redrive.Run(t.Context(), in(q, source), ledger(bucketObjects{}), redrive.Options{Reason: "future"})
		require.NoError(t, err)
		assert.Equal(t, redrive.Result{Returned: 1, Kept: map[string]int{"not asked for": 1}}, r)
		assert.Equal(t, []string{car + ` {"n":2}`}, s.records)
	})
}

type table struct {
	items []map[string]dynamotypes.AttributeValue
}

func (t *table) PutItem(_ context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	t.items = append(t.items, in.Item)
	return &dynamodb.PutItemOutput{}, nil
}

type bucket struct{ keys []string }

func (b *bucket) PutObject(_ context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	b.keys = append(b.keys, *in.Key)
	return &s3.PutObjectOutput{}, nil
}

func document(t *testing.T, topic, client, payload string) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{
		"ruleName": "a_rule", "topic": topic, "clientId": client, "base64OriginalPayload": []byte(payload),
		"failures": []map[string]string{{"failedAction": "KinesisAction", "errorMessage": "throttled"}},
	})
	require.NoError(t, err)
	return string(b)
}

func TestARulesWorkFromItsErrorDocument(t *testing.T) {
	at := time.UnixMilli(1_795_000_000_000).UTC()
	for name, tc := range map[string]struct {
		topic, client, payload string
		stuck                  string
		went                   string // destination
	}{
		"telemetry goes on the stream":           {"dt/cars/" + car + "/telemetry", car, `{"seq":1}`, "", "stream"},
		"so it does by Basic Ingest":             {"$aws/rules/cars_telemetry/dt/cars/" + car + "/telemetry", car, `{"seq":1}`, "", "stream"},
		"an event goes to bucket and function":   {"dt/cars/" + car + "/event", car, `{"kind":"tow"}`, "", "bucket events"},
		"diagnostics go to bucket and function":  {"dt/cars/" + car + "/diagnostics", car, `{"kind":"set"}`, "", "bucket diagnostics"},
		"a trip goes to its function":            {"dt/cars/" + car + "/trip", car, `{}`, "", "trips"},
		"an answer goes to its function":         {"cmd/cars/" + car + "/c1/res", car, `{"status":"succeeded"}`, "", "commands"},
		"a disconnect goes to its function":      {"$aws/events/presence/disconnected/" + car, "", `{"clientId":"x"}`, "", "presence"},
		"another client's answer stays":          {"cmd/cars/" + car + "/c1/res", "1ACEV26S0TA000002", `{}`, "client is not the car of the topic", ""},
		"a request stays":                        {"cmd/cars/" + car + "/c1/req", car, `{}`, "is none of this environment's cars", ""},
		"a health report goes to the table":      {"dt/cars/" + car + "/healthreport", car, `{"id":"R1"}`, "", "table"},
		"an announcement goes to the queue":      {"$aws/events/certificates/registered/abc", "", `{"certificateId":"x"}`, "", "queue"},
		"another client's message stays":         {"dt/cars/" + car + "/telemetry", "1ACEV26S0TA000002", `{}`, "client is not the car of the topic", ""},
		"a client without a name stays":          {"dt/cars/" + car + "/telemetry", "", `{}`, "client is not the car of the topic", ""},
		"another environment's message stays":    {"dt/cars-dev/" + car + "/telemetry", car, `{}`, "is none of this environment's cars", ""},
		"a topic without a VIN stays":            {"dt/cars/x/telemetry", "x", `{}`, "it has 1 characters", ""},
		"a payload that is no object stays":      {"dt/cars/" + car + "/telemetry", car, `[1]`, "the payload is no JSON object", ""},
		"a payload that is null stays":           {"dt/cars/" + car + "/telemetry", car, `null`, "the payload is no JSON object", ""},
		"a kind of message without a rule stays": {"dt/cars/" + car + "/x", car, `{}`, `no rule handles messages of kind "x"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, b, tb, q := &stream{}, &bucket{}, &table{}, &queue{}
			workers, queues := map[string]redrive.Queue{}, map[string]*queue{}
			for _, w := range names.Workers {
				queues[w.Name] = &queue{}
				workers[w.Name] = redrive.Queue{API: queues[w.Name]}
			}
			r := redrive.Rules{
				Application: names.DefaultApplication, Stream: redrive.Stream{API: s}, Raw: redrive.Bucket{API: b},
				Reports: redrive.Table{API: tb}, Registration: redrive.Queue{API: q},
				Workers: workers,
			}
			i := r.Read(redrive.Failure{Body: document(t, tc.topic, tc.client, tc.payload), SentAt: at})
			assert.Equal(t, "a_rule: KinesisAction", i.Reason)
			if tc.stuck != "" {
				assert.Nil(t, i.Again)
				assert.Contains(t, i.Stuck, tc.stuck)
				return
			}
			require.NotNil(t, i.Again, i.Stuck)
			require.NoError(t, i.Again(t.Context()))
			went := map[string]int{"stream": len(s.records), "bucket": len(b.keys), "table": len(tb.items), "queue": len(q.sent)}
			for worker, sent := range queues {
				went[worker] = len(sent.sent)
			}
			for where, n := range went {
				assert.Equal(t, map[bool]int{true: 1}[slices.Contains(strings.Fields(tc.went), where)], n, where)
			}
		})
	}
}

func TestTheRulesStampsStandBesideWhatTheCarSent(t *testing.T) {
	s := &stream{}
	r := redrive.Rules{Application: names.DefaultApplication, Stream: redrive.Stream{API: s}}
	payload := `{"vin":"1ACEV26S0TA000666","clientId":"x","ingestedAt":1,"big":12345678901234567890}`
	i := r.Read(redrive.Failure{Body: document(t, "dt/cars/"+car+"/telemetry", car, payload), SentAt: time.UnixMilli(1_795_000_000_000)})
	require.NoError(t, i.Again(t.Context()))
	assert.Equal(t, []string{car + ` {"clientId":"` + car + `","ingestedAt":1795000000000,"message":` + payload + `,"vin":"` + car + `"}`}, s.records)
}

func TestBringingBackTwiceWritesOneObject(t *testing.T) {
	b := &bucket{}
	r := redrive.Rules{
		Application: names.DefaultApplication, Raw: redrive.Bucket{API: b},
		Workers: map[string]redrive.Queue{names.WorkerEvents: {API: &queue{}}},
	}
	f := redrive.Failure{Body: document(t, "dt/cars/"+car+"/event", car, `{}`), SentAt: time.UnixMilli(1_795_000_000_000)}
	for range 2 {
		require.NoError(t, r.Read(f).Again(t.Context()))
	}
	assert.Equal(t, b.keys[0], b.keys[1])
	assert.Regexp(t, `^raw/event/vin=`+car+`/1795000000000-`, b.keys[0])
}

func TestOfTwoActionsOnlyTheOneThatFailedIsDoneAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		failed        []string
		objects, sent int
	}{
		"the bucket's":   {[]string{"S3Action"}, 1, 0},
		"the function's": {[]string{"SqsAction"}, 0, 1},
		"both":           {[]string{"SqsAction", "S3Action"}, 1, 1},
		"none is named":  {nil, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			b, q := &bucket{}, &queue{}
			r := redrive.Rules{
				Application: names.DefaultApplication, Raw: redrive.Bucket{API: b},
				Workers: map[string]redrive.Queue{names.WorkerEvents: {API: q}},
			}
			var failures []map[string]string
			for _, action := range tc.failed {
				failures = append(failures, map[string]string{"failedAction": action})
			}
			body, err := json.Marshal(map[string]any{
				"ruleName": "r", "topic": "dt/cars/" + car + "/event", "clientId": car, "base64OriginalPayload": []byte(`{}`), "failures": failures,
			})
			require.NoError(t, err)
			require.NoError(t, r.Read(redrive.Failure{Body: string(body)}).Again(t.Context()))
			assert.Len(t, b.keys, tc.objects)
			assert.Len(t, q.sent, tc.sent)
		})
	}
}

func TestWhatAFunctionGaveUpOnGoesToItsQueueAgain(t *testing.T) {
	for name, tc := range map[string]struct{ body, reason, sent string }{
		"set aside with the reason":   {envelope("schema_invalid", 1), "schema_invalid", `{"n":1}`},
		"failed until given up":       {`{"schema":"trip/1","vin":"` + car + `"}`, "failed until given up", `{"schema":"trip/1","vin":"` + car + `"}`},
		"what nobody understands":     {"garbage", "unreadable", ""},
		"a car's own word for reason": {`{"reason":"x","vin":"` + car + `"}`, "failed until given up", `{"reason":"x","vin":"` + car + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			q := &queue{}
			i := redrive.Worked{Queue: redrive.Queue{API: q}}.Read(redrive.Failure{Body: tc.body})
			assert.Equal(t, tc.reason, i.Reason)
			if tc.sent == "" {
				assert.Nil(t, i.Again)
				assert.NotEmpty(t, i.Stuck)
				return
			}
			require.NoError(t, i.Again(t.Context()))
			assert.Equal(t, []string{tc.sent}, q.sent)
		})
	}
}
