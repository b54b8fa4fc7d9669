package front_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/cmd/localcloud/internal/front"
	"connectedcar/cmd/localcloud/internal/front/wire"
)

// stage is a front before a fake emulator.
type stage struct {
	url   string
	mu    sync.Mutex
	calls []*front.Call
	heard []*front.Answer
}

func newStage(t *testing.T, emulator http.HandlerFunc, checks ...front.Check) *stage {
	t.Helper()
	s := &stage{}
	behind := httptest.NewServer(emulator)
	t.Cleanup(behind.Close)
	target, err := url.Parse(behind.URL)
	require.NoError(t, err)
	f := front.New(front.Config{
		Emulator: target, Checks: append([]front.Check{s.note}, checks...), Observers: []front.Observer{s.hear}, Log: slog.New(slog.DiscardHandler),
	})
	server := httptest.NewUnstartedServer(nil)
	server.Config = f.Server()
	server.Start()
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *stage) note(_ context.Context, c *front.Call) *front.Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	return nil
}

func (s *stage) hear(_ *front.Call, a *front.Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = append(s.heard, a)
}

// waitHeard waits until observers have received n answers: observers run after the caller has the answer.
func (s *stage) waitHeard(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.heard) == n
	}, 10*time.Second, time.Millisecond)
}

func (s *stage) config() aws.Config {
	return aws.Config{Region: "eu-central-1", BaseEndpoint: &s.url, AppID: "telemetry",
		Credentials: credentials.NewStaticCredentialsProvider("test", "secret", "")}
}

// empty answers every call with a body that each protocol decodes as empty.
func empty(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "") }

func TestACallIsDecodedInTheProtocolOfItsService(t *testing.T) {
	for name, tc := range map[string]struct {
		call      func(context.Context, aws.Config) error
		service   string
		operation string
		input     map[string]any
	}{
		"AWS JSON": {func(ctx context.Context, c aws.Config) error {
			_, err := dynamodb.NewFromConfig(c).PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("T"),
				Item: map[string]dynamotypes.AttributeValue{"pk": &dynamotypes.AttributeValueMemberB{Value: []byte("key")}}})
			return err
		}, "dynamodb", "PutItem", map[string]any{"TableName": "T", "Item": map[string]any{"pk": map[string]any{"B": []byte("key")}}}},
		"AWS JSON of a service that spoke query": {func(ctx context.Context, c aws.Config) error {
			_, err := sqs.NewFromConfig(c).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String("http://q/1"), MessageBody: aws.String("m"), DelaySeconds: 3})
			return err
		}, "sqs", "SendMessage", map[string]any{"QueueUrl": "http://q/1", "MessageBody": "m", "DelaySeconds": json.Number("3")}},
		"AWS query": {func(ctx context.Context, c aws.Config) error {
			_, err := sns.NewFromConfig(c).Publish(ctx, &sns.PublishInput{TopicArn: aws.String("arn"), Message: aws.String("a b"),
				MessageAttributes: map[string]snstypes.MessageAttributeValue{"kind": {DataType: aws.String("String"), StringValue: aws.String("x")}}})
			return err
		}, "sns", "Publish", map[string]any{"TopicArn": "arn", "Message": "a b",
			"MessageAttributes": map[string]any{"kind": map[string]any{"DataType": "String", "StringValue": "x"}}}},
		"REST-JSON with a member in the path": {func(ctx context.Context, c aws.Config) error {
			_, err := iot.NewFromConfig(c).DescribeThing(ctx, &iot.DescribeThingInput{ThingName: aws.String("a/b")})
			return err
		}, "iot", "DescribeThing", map[string]any{"thingName": "a/b"}},
		"REST-JSON with members in the query and the body": {func(ctx context.Context, c aws.Config) error {
			_, err := iot.NewFromConfig(c).ListThings(ctx, &iot.ListThingsInput{MaxResults: aws.Int32(7), UsePrefixAttributeValue: true})
			return err
		}, "iot", "ListThings", map[string]any{"maxResults": json.Number("7"), "usePrefixAttributeValue": true}},
		"REST-JSON whose body is one member": {func(ctx context.Context, c aws.Config) error {
			_, err := iotdataplane.NewFromConfig(c).Publish(ctx, &iotdataplane.PublishInput{Topic: aws.String("a/b"), Qos: 1, Payload: []byte("{}")})
			return err
		}, "iot-data", "Publish", map[string]any{"topic": "a/b", "qos": json.Number("1"), "payload": []byte("{}")}},
		"REST-JSON with a member in a header": {func(ctx context.Context, c aws.Config) error {
			_, err := lambda.NewFromConfig(c).Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("f"), InvocationType: "Event", Payload: []byte("1")})
			return err
		}, "lambda", "Invoke", map[string]any{"FunctionName": "f", "InvocationType": "Event", "Payload": []byte("1")}},
		"REST-XML": {func(ctx context.Context, c aws.Config) error {
			_, err := s3.NewFromConfig(c).DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: aws.String("b"),
				Delete: &s3types.Delete{Objects: []s3types.ObjectIdentifier{{Key: aws.String("x")}, {Key: aws.String("y")}}}})
			return err
		}, "s3", "DeleteObjects", map[string]any{"Bucket": "b",
			"Delete": map[string]any{"Objects": []any{map[string]any{"Key": "x"}, map[string]any{"Key": "y"}}}}},
		"an operation that only a header tells from another": {func(ctx context.Context, c aws.Config) error {
			_, err := s3.NewFromConfig(c).CopyObject(ctx, &s3.CopyObjectInput{Bucket: aws.String("b"), Key: aws.String("k/l"), CopySource: aws.String("b/m")})
			return err
		}, "s3", "CopyObject", map[string]any{"Bucket": "b", "Key": "k/l", "CopySource": "b/m"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, empty)
			_ = tc.call(t.Context(), s.config()) // some answers need more members; only the call matters
			require.NotEmpty(t, s.calls)
			c := s.calls[0]
			assert.Equal(t, tc.service+" "+tc.operation, c.Service+" "+c.Operation)
			assert.Equal(t, tc.input, c.Input)
			assert.Equal(t, []string{"eu-central-1", "test", "telemetry"}, []string{c.Region, c.AccessKeyID, c.AppID})
		})
	}
}

func TestABodyPassesUnchangedThoughTheFrontHasReadIt(t *testing.T) {
	var got []byte
	s := newStage(t, func(_ http.ResponseWriter, r *http.Request) { got, _ = io.ReadAll(r.Body) })
	_, err := sqs.NewFromConfig(s.config()).SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String("http://q/1"), MessageBody: aws.String("m")})
	require.NoError(t, err)
	assert.JSONEq(t, `{"QueueUrl":"http://q/1","MessageBody":"m"}`, string(got))
}

func TestACallPassesByEitherVersionOfHTTP(t *testing.T) {
	s := newStage(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	for name, use := range map[string]func(*http.Protocols, bool){
		"HTTP/1.1":                          (*http.Protocols).SetHTTP1,
		"HTTP/2 without TLS or negotiation": (*http.Protocols).SetUnencryptedHTTP2,
	} {
		t.Run(name, func(t *testing.T) {
			transport := &http.Transport{Protocols: &http.Protocols{}}
			use(transport.Protocols, true)
			defer transport.CloseIdleConnections()
			for _, body := range []string{"short", strings.Repeat("long ", 1<<19)} {
				answer, err := (&http.Client{Transport: transport}).Post(s.url, "text/plain", strings.NewReader(body))
				require.NoError(t, err)
				got, err := io.ReadAll(answer.Body)
				require.NoError(t, err)
				require.NoError(t, answer.Body.Close())
				assert.Equal(t, body, string(got))
			}
		})
	}
}

func TestAStreamPassesUnread(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789"), 1<<18)
	s := newStage(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = w.Write(want)
			return
		}
		got, _ := io.ReadAll(r.Body)
		assert.True(t, bytes.Contains(got, want), "what was put")
	})
	client := s3.NewFromConfig(s.config(), func(o *s3.Options) { o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired })
	_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("b"), Key: aws.String("k"), Body: bytes.NewReader(want)})
	require.NoError(t, err)
	out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
	require.NoError(t, err)
	got, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	assert.Equal(t, len(want), len(got))
	for i, c := range s.calls {
		assert.Empty(t, c.Body, c.Operation)
		assert.Empty(t, s.heard[i].Body, c.Operation)
	}
}

func TestTheHostThatTheCallerSignedReachesTheEmulator(t *testing.T) {
	host := ""
	s := newStage(t, func(_ http.ResponseWriter, r *http.Request) { host = r.Host })
	resp, err := http.Get(s.url + "/restapis/1/prod/_user_request_/v1/me?a=%20b;c") // no context needed in a test
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, strings.TrimPrefix(s.url, "http://"), host)
}

func TestAnEmulatorThatAnswersBeforeItHasTheBody(t *testing.T) {
	s := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		for range 64 { // long enough that the client finishes its body meanwhile
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<10))
			assert.NoError(t, http.NewResponseController(w).Flush())
			time.Sleep(time.Millisecond)
		}
	})
	for name, length := range map[string]int64{"a body whose length is known": 64, "a body in chunks": -1} {
		t.Run(name, func(t *testing.T) {
			body, writer := io.Pipe()
			go func() {
				for range 32 {
					_, _ = io.WriteString(writer, "ab")
					time.Sleep(time.Millisecond) // a slow client: the answer arrives before the body is sent
				}
				_ = writer.Close()
			}()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/restapis/1", body)
			require.NoError(t, err)
			r.ContentLength = length
			resp, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			got, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.Len(t, got, 1<<16)
		})
	}
}

func TestARefusalIsAnErrorOfTheService(t *testing.T) {
	refuse := func(context.Context, *front.Call) *front.Refusal {
		return &front.Refusal{Rule: "always", Fault: wire.Fault{Status: 400, Code: "ConflictException", Message: "no <more>", QueryCode: "Conflict"}}
	}
	for name, call := range map[string]func(context.Context, aws.Config) error{
		"AWS JSON": func(ctx context.Context, c aws.Config) error {
			_, err := dynamodb.NewFromConfig(c).ListTables(ctx, nil)
			return err
		},
		"AWS query": func(ctx context.Context, c aws.Config) error {
			_, err := sns.NewFromConfig(c).ListTopics(ctx, nil)
			return err
		},
		"REST-JSON": func(ctx context.Context, c aws.Config) error {
			_, err := iot.NewFromConfig(c).ListThings(ctx, nil)
			return err
		},
		"REST-XML": func(ctx context.Context, c aws.Config) error {
			_, err := s3.NewFromConfig(c).ListBuckets(ctx, nil)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, func(http.ResponseWriter, *http.Request) { t.Error("the call passed") }, refuse)
			err := call(t.Context(), s.config())
			var api smithy.APIError
			require.ErrorAs(t, err, &api)
			assert.Equal(t, "ConflictException: no <more>", api.ErrorCode()+": "+api.ErrorMessage())
			s.waitHeard(t, 1) // refused once, not retried
			assert.Equal(t, "ConflictException", s.heard[0].Fault(s.calls[0]).Code)
		})
	}
}

func TestAServiceThatSpokeQuerySendsTheOlderCodeToo(t *testing.T) {
	s := newStage(t, empty, func(context.Context, *front.Call) *front.Refusal {
		return &front.Refusal{Fault: wire.Fault{Status: 400, Code: "EmptyBatchRequest", QueryCode: "AWS.SimpleQueueService.EmptyBatchRequest"}}
	})
	_, err := sqs.NewFromConfig(s.config()).ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String("http://q/1")})
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	assert.Equal(t, "AWS.SimpleQueueService.EmptyBatchRequest", api.ErrorCode())
}

func TestAnAnswerIsDecodedForObservers(t *testing.T) {
	s := newStage(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			w.Header().Set("X-Amzn-Errortype", "ResourceNotFoundException")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"message":"no such thing"}`)
			return
		}
		_, _ = io.WriteString(w, `<PublishResponse xmlns="x"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
	})
	_, err := sns.NewFromConfig(s.config()).Publish(t.Context(), &sns.PublishInput{TopicArn: aws.String("arn"), Message: aws.String("m")})
	require.NoError(t, err)
	_, err = iot.NewFromConfig(s.config()).DescribeThing(t.Context(), &iot.DescribeThingInput{ThingName: aws.String("x")})
	require.Error(t, err)
	s.waitHeard(t, 2)
	out, err := s.heard[0].Output(s.calls[0])
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"MessageId": "1"}, out)
	assert.Equal(t, wire.Fault{Status: 404, Code: "ResourceNotFoundException", Message: "no such thing"}, s.heard[1].Fault(s.calls[1]))
}

func TestACallThatIsNoneOfAWSPasses(t *testing.T) {
	s := newStage(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	resp, err := http.Post(s.url+"/_ministack/cfn-response/1", "application/json", strings.NewReader("{}")) // no context needed in a test
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusTeapot, resp.StatusCode)
	assert.Empty(t, s.heard, "observers hear of calls to services")
}

func TestAnEmulatorThatIsNotThereIsTriedAgain(t *testing.T) {
	f := front.New(front.Config{Emulator: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}, Log: slog.New(slog.DiscardHandler)})
	server := httptest.NewServer(f)
	defer server.Close()
	cfg := (&stage{url: server.URL}).config()
	_, err := dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { o.RetryMaxAttempts = 2 }).ListTables(t.Context(), nil)
	var tried interface{ HTTPStatusCode() int }
	require.True(t, errors.As(err, &tried), "%v", err)
	assert.Equal(t, http.StatusBadGateway, tried.HTTPStatusCode())
}
