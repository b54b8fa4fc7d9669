package actions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	kinesistypes "github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/sql"
)

const patience = 10 * time.Second

func newRetrier() *Retrier {
	return &Retrier{Within: patience, First: time.Millisecond, Most: 2 * time.Millisecond, Report: func(string, error) {}}
}

// call is a recorded request of an action.
type call struct {
	method, path, target string
	header               http.Header
	body                 []byte
}

// cloud is a fake of AWS that records requests and returns preset responses.
type cloud struct {
	mu     sync.Mutex
	calls  []call
	answer func(n int, c call) (int, string)
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	made := call{r.Method, r.URL.Path, r.Header.Get("X-Amz-Target"), r.Header, body}
	c.calls = append(c.calls, made)
	n := len(c.calls)
	c.mu.Unlock()
	status, text := http.StatusOK, "{}"
	if c.answer != nil {
		status, text = c.answer(n, made)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func newBuilder(t *testing.T, c *cloud) *Builder {
	t.Helper()
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	return NewBuilder(aws.Config{
		Region: "eu-central-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}, newRetrier(), func(context.Context, Republished) error { return nil })
}

func compiled(t *testing.T) *sql.Statement {
	t.Helper()
	s, err := sql.Compile("SELECT * FROM 'dt/#'", sql.V2016)
	require.NoError(t, err)
	return s
}

func invocation(output string) Invocation {
	return Invocation{Rule: "rule", Output: []byte(output), Message: sql.Message{Topic: "dt/cars/CAR1/event", Payload: []byte(output), ClientID: "CAR1", At: time.Unix(1_700_000_000, 0)}}
}

// do runs the action and waits for its outcome.
func do(t *testing.T, b *Builder, a types.Action, in Invocation) *Failure {
	t.Helper()
	made, err := b.Build(compiled(t), a)
	require.NoError(t, err)
	if wait := made.Start(t.Context(), in); wait != nil {
		return wait()
	}
	return nil
}

func TestActionsCallTheirServices(t *testing.T) {
	text := aws.String
	for name, tc := range map[string]struct {
		action types.Action
		output string
		check  func(t *testing.T, calls []call)
	}{
		"lambda is invoked asynchronously": {types.Action{Lambda: &types.LambdaAction{FunctionArn: text("arn:aws:lambda:eu-central-1:000000000000:function:f")}}, `{"a":1}`,
			func(t *testing.T, c []call) {
				assert.Equal(t, "Event", c[0].header.Get("X-Amz-Invocation-Type"))
				assert.JSONEq(t, `{"a":1}`, string(c[0].body))
			}},
		"s3 renders its key": {types.Action{S3: &types.S3Action{BucketName: text("bucket"), Key: text("raw/vin=${topic(3)}/${timestamp() - timestamp()}.json")}}, `{"a":1}`,
			func(t *testing.T, c []call) {
				assert.Equal(t, "PUT", c[0].method)
				assert.Equal(t, "/bucket/raw/vin=CAR1/0.json", c[0].path)
			}},
		"sqs encodes in base64 if told": {types.Action{Sqs: &types.SqsAction{QueueUrl: text("http://q/1"), UseBase64: aws.Bool(true)}}, `{"a":1}`,
			func(t *testing.T, c []call) { assert.Contains(t, string(c[0].body), `"MessageBody":"eyJhIjoxfQ=="`) }},
		"dynamoDBv2 makes an attribute of each root key": {types.Action{DynamoDBv2: &types.DynamoDBv2Action{PutItem: &types.PutItemInput{TableName: text("t")}}},
			`{"s":"x","n":1.50,"b":true,"z":null,"l":[1],"m":{"k":"v"}}`,
			func(t *testing.T, c []call) {
				assert.JSONEq(t, `{"TableName":"t","Item":{"s":{"S":"x"},"n":{"N":"1.50"},"b":{"BOOL":true},"z":{"NULL":true},"l":{"L":[{"N":"1"}]},"m":{"M":{"k":{"S":"v"}}}}}`, string(c[0].body))
			}},
		"firehose adds its separator": {types.Action{Firehose: &types.FirehoseAction{DeliveryStreamName: text("f"), Separator: text("\n")}}, `{"a":1}`,
			func(t *testing.T, c []call) { assert.Contains(t, string(c[0].body), `"Data":"eyJhIjoxfQo="`) }},
		"firehose in batch mode puts each element": {types.Action{Firehose: &types.FirehoseAction{DeliveryStreamName: text("f"), BatchMode: aws.Bool(true)}}, `[1,2]`,
			func(t *testing.T, c []call) {
				assert.Contains(t, string(c[0].body), `[{"Data":"MQ=="},{"Data":"Mg=="}]`)
			}},
		"cloudwatchLogs writes to a stream named as the rule": {types.Action{CloudwatchLogs: &types.CloudwatchLogsAction{LogGroupName: text("g")}}, `{"a":1}`,
			func(t *testing.T, c []call) {
				assert.JSONEq(t, `{"logGroupName":"g","logStreamName":"rule","logEvents":[{"timestamp":1700000000000,"message":"{\"a\":1}"}]}`, string(c[0].body))
			}},
	} {
		t.Run(name, func(t *testing.T) {
			c := &cloud{}
			require.Nil(t, do(t, newBuilder(t, c), tc.action, invocation(tc.output)))
			require.Len(t, c.calls, 1)
			tc.check(t, c.calls)
		})
	}
}

func TestActionsNameTheirRole(t *testing.T) {
	role := aws.String("arn:aws:iam::000000000000:role/rule")
	for name, tc := range map[string]struct {
		action types.Action
		want   string
	}{
		"an action of a role names it":     {types.Action{Sqs: &types.SqsAction{QueueUrl: aws.String("http://q/1"), RoleArn: role}}, *role},
		"an action without a role is bare": {types.Action{Sqs: &types.SqsAction{QueueUrl: aws.String("http://q/1")}}, ""},
		"a batch of records names it":      {types.Action{Kinesis: &types.KinesisAction{StreamName: aws.String("s"), PartitionKey: aws.String("k"), RoleArn: role}}, *role},
	} {
		t.Run(name, func(t *testing.T) {
			c := &cloud{answer: func(int, call) (int, string) {
				return http.StatusOK, `{"Records":[{"SequenceNumber":"1","ShardId":"s"}]}`
			}}
			require.Nil(t, do(t, newBuilder(t, c), tc.action, invocation("{}")))
			assert.Equal(t, tc.want, c.calls[0].header.Get(RoleHeader))
		})
	}
}

func TestLogStreamIsMadeWhenItIsMissing(t *testing.T) {
	c := &cloud{answer: func(n int, _ call) (int, string) {
		if n == 1 {
			return http.StatusBadRequest, `{"__type":"ResourceNotFoundException","message":"no stream"}`
		}
		return http.StatusOK, "{}"
	}}
	require.Nil(t, do(t, newBuilder(t, c), types.Action{CloudwatchLogs: &types.CloudwatchLogsAction{LogGroupName: aws.String("g")}}, invocation("{}")))
	require.Len(t, c.calls, 3)
	assert.Equal(t, "Logs_20140328.CreateLogStream", c.calls[1].target)
}

func TestRetries(t *testing.T) {
	queue := types.Action{Sqs: &types.SqsAction{QueueUrl: aws.String("http://q/1")}}
	for name, tc := range map[string]struct {
		status int
		body   string
		tries  int
		fails  bool
	}{
		"a failure of the server is tried again":     {http.StatusInternalServerError, `{"__type":"InternalError"}`, 3, false},
		"throttling is tried again":                  {http.StatusBadRequest, `{"__type":"ThrottlingException"}`, 3, false},
		"a refusal is final":                         {http.StatusBadRequest, `{"__type":"AWS.SimpleQueueService.NonExistentQueue"}`, 1, true},
		"a call that is not allowed is not repeated": {http.StatusForbidden, `{"__type":"AccessDeniedException"}`, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := &cloud{answer: func(n int, _ call) (int, string) {
				if n < 3 {
					return tc.status, tc.body
				}
				return http.StatusOK, "{}"
			}}
			f := do(t, newBuilder(t, c), queue, invocation("{}"))
			assert.Len(t, c.calls, tc.tries)
			if !tc.fails {
				require.Nil(t, f)
				return
			}
			require.NotNil(t, f)
			assert.Equal(t, "SqsAction", f.Action)
			assert.False(t, Unavailable(f))
		})
	}
}

func TestUnreachableDestinationIsToldFromARefusal(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	r := newRetrier()
	r.Within = 50 * time.Millisecond
	var reports atomic.Int64
	r.Report = func(_ string, err error) {
		if err != nil {
			reports.Add(1)
		}
	}
	b := NewBuilder(aws.Config{Region: "eu-central-1", BaseEndpoint: &gone.URL, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}, r, nil)
	f := do(t, b, types.Action{Sqs: &types.SqsAction{QueueUrl: aws.String("http://q/1")}}, invocation("{}"))
	require.NotNil(t, f)
	assert.True(t, Unavailable(f))
	assert.Greater(t, reports.Load(), int64(1), "it was tried more than once")
}

func TestMessagesThatNoRepetitionMends(t *testing.T) {
	for name, tc := range map[string]struct {
		action types.Action
		output string
		want   string
	}{
		"dynamoDBv2 of an array":          {types.Action{DynamoDBv2: &types.DynamoDBv2Action{PutItem: &types.PutItemInput{TableName: aws.String("t")}}}, `[1]`, "no JSON object"},
		"batch mode without an array":     {types.Action{Firehose: &types.FirehoseAction{DeliveryStreamName: aws.String("f"), BatchMode: aws.Bool(true)}}, `{}`, "makes an array"},
		"an empty key":                    {types.Action{S3: &types.S3Action{BucketName: aws.String("b"), Key: aws.String("${nothing}")}}, `{}`, "key is empty"},
		"an empty partition key":          {types.Action{Kinesis: &types.KinesisAction{StreamName: aws.String("s"), PartitionKey: aws.String("${nothing}")}}, `{}`, "partition key of 0 bytes"},
		"a republication to no time span": {types.Action{Republish: &types.RepublishAction{Topic: aws.String("x"), Headers: &types.MqttHeaders{MessageExpiry: aws.String("0")}}}, `{}`, "allowed are 1 to 604800"},
	} {
		t.Run(name, func(t *testing.T) {
			c := &cloud{}
			f := do(t, newBuilder(t, c), tc.action, invocation(tc.output))
			require.NotNil(t, f)
			assert.ErrorContains(t, f, tc.want)
			assert.Empty(t, c.calls)
		})
	}
}

func TestUnsupportedActionIsNamed(t *testing.T) {
	_, err := newBuilder(t, &cloud{}).Build(compiled(t), types.Action{Timestream: &types.TimestreamAction{}})
	var unsupported *UnsupportedError
	require.ErrorAs(t, err, &unsupported)
	assert.Equal(t, "Timestream", unsupported.Name)
	_, err = newBuilder(t, &cloud{}).Build(compiled(t), types.Action{S3: &types.S3Action{Key: aws.String("${topic(}")}})
	require.ErrorContains(t, err, "key")
	assert.NotErrorAs(t, err, &unsupported)
}

func TestRepublishCarriesItsHeaders(t *testing.T) {
	var got Republished
	b := newBuilder(t, &cloud{})
	b.republish = func(_ context.Context, m Republished) error { got = m; return nil }
	require.Nil(t, do(t, b, types.Action{Republish: &types.RepublishAction{
		Topic: aws.String("alerts/${topic(3)}"), Qos: aws.Int32(1), Headers: &types.MqttHeaders{
			ContentType: aws.String("application/json"), CorrelationData: aws.String("aGk="), MessageExpiry: aws.String("30"),
			PayloadFormatIndicator: aws.String("UTF8_DATA"), UserProperties: []types.UserProperty{{Key: aws.String("k"), Value: aws.String("${clientid()}")}},
		},
	}}, invocation("{}")))
	assert.Equal(t, Republished{Topic: "alerts/CAR1", QoS: 1, Payload: []byte("{}"), Expiry: 30, Properties: sql.Properties{
		UTF8: true, ContentType: "application/json", CorrelationData: []byte("hi"), User: []sql.UserProperty{{Key: "k", Value: "CAR1"}},
	}}, got)
}

// shards fakes Kinesis: it takes one batch at a time and can refuse records.
type shards struct {
	mu      sync.Mutex
	batches [][]string
	refuse  func(batch int, data string) bool
	gate    chan struct{}
}

func (s *shards) PutRecords(_ context.Context, in *kinesis.PutRecordsInput, _ ...func(*kinesis.Options)) (*kinesis.PutRecordsOutput, error) {
	if s.gate != nil {
		<-s.gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &kinesis.PutRecordsOutput{}
	var taken []string
	for _, r := range in.Records {
		e := kinesistypes.PutRecordsResultEntry{}
		if s.refuse != nil && s.refuse(len(s.batches), string(r.Data)) {
			e.ErrorCode = aws.String("ProvisionedThroughputExceededException")
		} else {
			taken = append(taken, string(r.Data))
		}
		out.Records = append(out.Records, e)
	}
	s.batches = append(s.batches, taken)
	return out, nil
}

func TestKinesisCollectsRecordsInOrder(t *testing.T) {
	api := &shards{gate: make(chan struct{})}
	b := &Builder{retry: newRetrier(), kinesis: api}
	a, err := b.Build(compiled(t), types.Action{Kinesis: &types.KinesisAction{StreamName: aws.String("s"), PartitionKey: aws.String("${topic(3)}")}})
	require.NoError(t, err)
	const n = 1200
	waits := make([]Wait, n)
	for i := range n {
		waits[i] = a.Start(t.Context(), invocation(fmt.Sprint(i)))
	}
	close(api.gate)
	for _, wait := range waits {
		require.Nil(t, wait())
	}
	assert.LessOrEqual(t, len(api.batches), 5, "one under way, then batches of 500")
	var all []string
	for _, batch := range api.batches {
		assert.LessOrEqual(t, len(batch), 500)
		all = append(all, batch...)
	}
	for i, data := range all {
		require.Equal(t, fmt.Sprint(i), data)
	}
}

func TestKinesisRepeatsOnlyTheRecordsThatWereNotTaken(t *testing.T) {
	api := &shards{gate: make(chan struct{}, 10), refuse: func(batch int, data string) bool { return batch == 1 && data == "2" }}
	b := &Builder{retry: newRetrier(), kinesis: api}
	a, err := b.Build(compiled(t), types.Action{Kinesis: &types.KinesisAction{StreamName: aws.String("s"), PartitionKey: aws.String("k")}})
	require.NoError(t, err)
	var waits []Wait
	for i := range 4 {
		waits = append(waits, a.Start(t.Context(), invocation(fmt.Sprint(i))))
	}
	close(api.gate)
	for _, wait := range waits {
		require.Nil(t, wait())
	}
	counts := map[string]int{}
	for _, batch := range api.batches {
		for _, data := range batch {
			counts[data]++
		}
	}
	assert.Equal(t, map[string]int{"0": 1, "1": 1, "2": 1, "3": 1}, counts)
}

func TestKinesisKeepsBatchesUnderFiveMegabytes(t *testing.T) {
	s := &stream{}
	for range 100 {
		s.waiting = append(s.waiting, &record{key: "k", data: make([]byte, 128<<10)})
	}
	batch := s.next()
	assert.Len(t, batch, 39)
	assert.Len(t, s.waiting, 61)
}

func TestItemsRoundTripThroughGetDynamoDB(t *testing.T) {
	item, err := itemOf([]byte(`{"a":[1,"x",{"b":null,"c":false}],"n":-1.50e3}`))
	require.NoError(t, err)
	out := map[string]any{}
	for k, v := range item {
		out[k] = jsonOf(v)
	}
	b, err := json.Marshal(out)
	require.NoError(t, err)
	assert.JSONEq(t, `{"a":[1,"x",{"b":null,"c":false}],"n":-1.50e3}`, string(b))
}

var errTest = errors.New("test")

func TestFailureNamesActionAndDestination(t *testing.T) {
	f := &Failure{Action: "S3Action", Resource: "bucket", Err: errTest}
	assert.ErrorIs(t, f, errTest)
	assert.Equal(t, "S3Action bucket: test", f.Error())
}

func TestDestinationsAreTemplates(t *testing.T) {
	text := aws.String
	const template = "car-${topic(3)}"
	for name, tc := range map[string]struct {
		action types.Action
		want   string // expected in the path or body of the request
	}{
		"lambda":         {types.Action{Lambda: &types.LambdaAction{FunctionArn: text("arn:aws:lambda:eu-central-1:000000000000:function:" + template)}}, "function:car-CAR1"},
		"s3":             {types.Action{S3: &types.S3Action{BucketName: text("car-${topic(2)}"), Key: text("k")}}, "/car-cars/k"},
		"kinesis":        {types.Action{Kinesis: &types.KinesisAction{StreamName: text(template), PartitionKey: text("k")}}, `"StreamName":"car-CAR1"`},
		"firehose":       {types.Action{Firehose: &types.FirehoseAction{DeliveryStreamName: text(template)}}, `"DeliveryStreamName":"car-CAR1"`},
		"dynamoDBv2":     {types.Action{DynamoDBv2: &types.DynamoDBv2Action{PutItem: &types.PutItemInput{TableName: text(template)}}}, `"TableName":"car-CAR1"`},
		"sns":            {types.Action{Sns: &types.SnsAction{TargetArn: text("arn:aws:sns:eu-central-1:000000000000:" + template)}}, "car-CAR1"},
		"sqs":            {types.Action{Sqs: &types.SqsAction{QueueUrl: text("http://queue/000000000000/" + template)}}, "car-CAR1"},
		"cloudwatchLogs": {types.Action{CloudwatchLogs: &types.CloudwatchLogsAction{LogGroupName: text(template)}}, `"logGroupName":"car-CAR1"`},
	} {
		t.Run(name, func(t *testing.T) {
			c := &cloud{answer: func(int, call) (int, string) {
				return http.StatusOK, `{"Records":[{"SequenceNumber":"1","ShardId":"s"}]}`
			}}
			if name == "sns" {
				c.answer = func(int, call) (int, string) {
					return http.StatusOK, `<PublishResponse><PublishResult/></PublishResponse>`
				}
			}
			failure := do(t, newBuilder(t, c), tc.action, invocation(`{"a":1}`))
			require.Nil(t, failure, "%v", failure)
			c.mu.Lock()
			defer c.mu.Unlock()
			assert.Contains(t, c.calls[0].path+" "+string(c.calls[0].body), tc.want)
		})
	}
}
