//go:build integration

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	idptypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/notification"
	"connectedcar/internal/domain/notification/preference"
	"connectedcar/internal/testing/storetest"
)

const number = "+4915112345678"

// platform has the resources of the function, created for this run.
type platform struct {
	cfg                                      aws.Config
	queues                                   *sqs.Client
	deliveries, failures, subscriber, busLog string // queue URLs
	preferences                              *dynamodb.Preferences
	h                                        *handler
	owner                                    string
	log                                      *bytes.Buffer
}

// TestFunctionOnTheWire runs the function as main starts it, from a change of the table to every channel, on real tables, topics, queues
// and a bus.
func TestFunctionOnTheWire(t *testing.T) {
	p := newPlatform(t)
	p.wants(t, func(w *preference.Preferences) { w.SMS = preference.Rule{On: true, Minimum: alert.High} })
	word := storetest.Unique(t, "word")
	in := bytes.ReplaceAll(recorded(t, "dynamodb.json"), []byte("Front right at 150 kPa."), []byte(word))
	for range 2 { // the stream may deliver a change twice
		assert.JSONEq(t, `{"batchItemFailures":[]}`, answer(t, p.h, in))
	}
	p.drain(t)

	messages := p.received(t, p.subscriber)
	require.Len(t, messages, 1, "one message an alert")
	var envelope struct {
		Message           string
		MessageAttributes map[string]struct{ Value string }
	}
	require.NoError(t, json.Unmarshal([]byte(messages[0]), &envelope))
	for name, want := range map[string]string{
		"event": "raised", "severity": "HIGH", "kind": "tyre_pressure_low", "status": "OPEN", "manufacturer": "acme", "dealer": "d1",
	} {
		assert.Equal(t, want, envelope.MessageAttributes[name].Value, name)
	}
	var n notification.Notification
	require.NoError(t, json.Unmarshal([]byte(envelope.Message), &n))
	assert.Equal(t, "01M844DF80N3ERX2ZK1D0ZZ4TQ", n.AlertID)
	assert.NotContains(t, envelope.Message, p.owner)

	onBus := p.received(t, p.busLog)
	require.Len(t, onBus, 1)
	assert.Contains(t, onBus[0], `"detail-type":`)
	assert.Contains(t, onBus[0], "Alert raised")
	assert.Equal(t, 1, p.textsWith(t, "Tyre pressure low, car ...000001. "+word))
	assert.Empty(t, p.received(t, p.failures), p.log.String())
}

// In quiet hours a message waits until they end; a critical one does not wait.
func TestQuietHoursHold(t *testing.T) {
	p := newPlatform(t)
	now := time.Now().UTC()
	minute := preference.TimeOfDay(now.Hour()*60 + now.Minute())
	p.wants(t, func(w *preference.Preferences) {
		w.Email.On, w.SMS = false, preference.Rule{On: true, Minimum: alert.Info}
		w.Quiet = &preference.Quiet{From: (minute + 1439) % 1440, To: (minute + 120) % 1440, Zone: "UTC"}
	})
	word := storetest.Unique(t, "held")
	in := bytes.ReplaceAll(recorded(t, "dynamodb.json"), []byte("Front right at 150 kPa."), []byte(word))
	answer(t, p.h, in)
	p.drain(t)
	assert.Zero(t, p.textsWith(t, word), "it waits")
	assert.Positive(t, p.waiting(t), "it is not lost")

	critical := storetest.Unique(t, "now")
	in = bytes.ReplaceAll(bytes.ReplaceAll(in, []byte(word), []byte(critical)), []byte(`"HIGH"`), []byte(`"CRITICAL"`))
	answer(t, p.h, bytes.ReplaceAll(in, []byte("01M844DF80N3ERX2ZK1D0ZZ4TQ"), []byte("01M844DF80N3ERX2ZK1D0ZZ4TR")))
	p.drain(t)
	assert.Equal(t, 1, p.textsWith(t, critical))
	assert.Zero(t, p.textsWith(t, word))
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	cfg := storetest.Cloud(t)
	p := &platform{cfg: cfg, queues: sqs.NewFromConfig(cfg), log: &bytes.Buffer{}}
	p.deliveries, p.failures = p.queue(t, "deliveries"), p.queue(t, "failures")
	p.subscriber, p.busLog = p.queue(t, "subscriber"), p.queue(t, "bus")
	tables := dynamodb.NewClient(cfg)
	vehicles := storetest.Table(t, tables, "vin")
	preferences := storetest.Table(t, tables, "userId", "kind")
	p.preferences = dynamodb.NewPreferences(tables, preferences)
	pool := p.pool(t)
	_, err := tables.PutItem(t.Context(), &awsdynamodb.PutItemInput{TableName: &vehicles, Item: map[string]types.AttributeValue{
		"vin": &types.AttributeValueMemberS{Value: "WVWZZZ1JZXW000001"}, "ownerId": &types.AttributeValueMemberS{Value: p.owner},
		"ownedSince": &types.AttributeValueMemberS{Value: "2026-11-01T00:00:00.000Z"}, "manufacturerId": &types.AttributeValueMemberS{Value: "acme"},
		"dealerId": &types.AttributeValueMemberS{Value: "d1"},
	}})
	require.NoError(t, err)
	topics, err := json.Marshal(map[string]string{"manufacturer": p.topic(t), "dealer": p.topicOf(t, "dealer"), "operator": p.topicOf(t, "operator")})
	require.NoError(t, err)
	sender := "alerts@" + storetest.Unique(t, "example") + ".com"
	mail := sesv2.NewFromConfig(cfg)
	_, err = mail.CreateEmailIdentity(t.Context(), &sesv2.CreateEmailIdentityInput{EmailIdentity: &sender})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := mail.DeleteEmailIdentity(context.WithoutCancel(t.Context()), &sesv2.DeleteEmailIdentityInput{EmailIdentity: &sender})
		assert.NoError(t, err)
	})
	for name, value := range map[string]string{
		"ALERTS_TABLE": storetest.Table(t, tables, "vin", "alertId"), "VEHICLES_TABLE": vehicles, "PREFERENCES_TABLE": preferences,
		"GRANTS_TABLE": storetest.Table(t, tables, "vin", "userId"), "ONE_TIME_TABLE": storetest.Table(t, tables, "id"),
		"DELIVERY_QUEUE_URL": p.deliveries, "FAILURE_QUEUE_URL": p.failures, "APPLICATION": "cars", "EVENT_BUS": p.bus(t),
		"USER_POOL_ID": pool, "ALERT_TOPICS": string(topics), "EMAIL_SENDER": sender,
	} {
		t.Setenv(name, value)
	}
	p.h, err = wire(t.Context(), slog.New(slog.NewTextHandler(p.log, nil)))
	require.NoError(t, err)
	p.h.metrics = io.Discard
	return p
}

// fromServices permits topics and buses to send to a queue, which they may not by default.
const fromServices = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*",
	"Principal":{"Service":["sns.amazonaws.com","events.amazonaws.com"]}}]}`

func (p *platform) queue(t *testing.T, name string) string {
	t.Helper()
	out, err := p.queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{
		QueueName: aws.String(storetest.Unique(t, name)), Attributes: map[string]string{"Policy": fromServices},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := p.queues.DeleteQueue(context.WithoutCancel(t.Context()), &sqs.DeleteQueueInput{QueueUrl: out.QueueUrl})
		assert.NoError(t, err)
	})
	return *out.QueueUrl
}

func (p *platform) arn(t *testing.T, url string) string {
	t.Helper()
	out, err := p.queues.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn},
	})
	require.NoError(t, err)
	return out.Attributes["QueueArn"]
}

// topic creates a topic whose subscriber filters by attributes, as a manufacturer's would.
func (p *platform) topic(t *testing.T) string {
	t.Helper()
	arn := p.topicOf(t, "manufacturer")
	_, err := sns.NewFromConfig(p.cfg).Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: &arn, Protocol: aws.String("sqs"), Endpoint: aws.String(p.arn(t, p.subscriber)),
		Attributes: map[string]string{"FilterPolicy": `{"manufacturer":["acme"],"severity":["HIGH","CRITICAL"]}`},
	})
	require.NoError(t, err)
	return arn
}

func (p *platform) topicOf(t *testing.T, audience string) string {
	t.Helper()
	client := sns.NewFromConfig(p.cfg)
	out, err := client.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String(storetest.Unique(t, audience))})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := client.DeleteTopic(context.WithoutCancel(t.Context()), &sns.DeleteTopicInput{TopicArn: out.TopicArn})
		assert.NoError(t, err)
	})
	return *out.TopicArn
}

// bus creates a bus that forwards its events to a queue.
func (p *platform) bus(t *testing.T) string {
	t.Helper()
	client, name := eventbridge.NewFromConfig(p.cfg), storetest.Unique(t, "bus")
	_, err := client.CreateEventBus(t.Context(), &eventbridge.CreateEventBusInput{Name: &name})
	require.NoError(t, err)
	_, err = client.PutRule(t.Context(), &eventbridge.PutRuleInput{
		Name: aws.String("all"), EventBusName: &name, EventPattern: aws.String(`{"source":["connectedcar"]}`),
	})
	require.NoError(t, err)
	_, err = client.PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: aws.String("all"), EventBusName: &name, Targets: []ebtypes.Target{{Id: aws.String("queue"), Arn: aws.String(p.arn(t, p.busLog))}},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		_, err := client.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: aws.String("all"), EventBusName: &name, Ids: []string{"queue"}})
		assert.NoError(t, err)
		_, err = client.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: aws.String("all"), EventBusName: &name})
		assert.NoError(t, err)
		_, err = client.DeleteEventBus(ctx, &eventbridge.DeleteEventBusInput{Name: &name})
		assert.NoError(t, err)
	})
	return name
}

// pool creates a user pool with the car's owner.
func (p *platform) pool(t *testing.T) string {
	t.Helper()
	client := idp.NewFromConfig(p.cfg)
	pool, err := client.CreateUserPool(t.Context(), &idp.CreateUserPoolInput{PoolName: aws.String(storetest.Unique(t, "pool"))})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := client.DeleteUserPool(context.WithoutCancel(t.Context()), &idp.DeleteUserPoolInput{UserPoolId: pool.UserPool.Id})
		assert.NoError(t, err)
	})
	attribute := func(name, value string) idptypes.AttributeType {
		return idptypes.AttributeType{Name: &name, Value: &value}
	}
	user, err := client.AdminCreateUser(t.Context(), &idp.AdminCreateUserInput{
		UserPoolId: pool.UserPool.Id, Username: aws.String("owner"), MessageAction: idptypes.MessageActionTypeSuppress,
		UserAttributes: []idptypes.AttributeType{attribute("email", "owner@example.com"), attribute("email_verified", "true")},
	})
	require.NoError(t, err)
	for _, a := range user.User.Attributes {
		if aws.ToString(a.Name) == "sub" {
			p.owner = aws.ToString(a.Value)
		}
	}
	require.NotEmpty(t, p.owner)
	return *pool.UserPool.Id
}

func (p *platform) wants(t *testing.T, change func(*preference.Preferences)) {
	t.Helper()
	w := preference.Default(p.owner)
	change(&w)
	require.NoError(t, w.Validate())
	_, err := p.preferences.PutPreferences(t.Context(), w)
	require.NoError(t, err)
	require.NoError(t, p.preferences.PutPhone(t.Context(), p.owner, preference.Phone{Number: number, VerifiedAt: time.Now(), OptedInAt: time.Now()}))
}

// drain processes the messages that are in the queue, as AWS Lambda would.
func (p *platform) drain(t *testing.T) {
	t.Helper()
	for {
		out, err := p.queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &p.deliveries, MaxNumberOfMessages: 10})
		require.NoError(t, err)
		if len(out.Messages) == 0 {
			return
		}
		for _, m := range out.Messages {
			in, err := json.Marshal(map[string]any{"Records": []map[string]any{{
				"messageId": m.MessageId, "eventSource": "aws:sqs", "body": m.Body,
			}}})
			require.NoError(t, err)
			require.JSONEq(t, `{"batchItemFailures":[]}`, answer(t, p.h, in), p.log.String())
			_, err = p.queues.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &p.deliveries, ReceiptHandle: m.ReceiptHandle})
			require.NoError(t, err)
		}
	}
}

// received returns the messages of a queue.
func (p *platform) received(t *testing.T, url string) []string {
	t.Helper()
	var bodies []string
	for {
		out, err := p.queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
		require.NoError(t, err)
		if len(out.Messages) == 0 {
			return bodies
		}
		for _, m := range out.Messages {
			bodies = append(bodies, *m.Body)
		}
	}
}

// waiting counts the delayed deliveries.
func (p *platform) waiting(t *testing.T) int {
	t.Helper()
	const delayed = sqstypes.QueueAttributeNameApproximateNumberOfMessagesDelayed
	out, err := p.queues.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &p.deliveries, AttributeNames: []sqstypes.QueueAttributeName{delayed},
	})
	require.NoError(t, err)
	var n int
	require.NoError(t, json.Unmarshal([]byte(out.Attributes[string(delayed)]), &n))
	return n
}

// textsWith counts the text messages containing words that the emulator would have sent.
func (p *platform) textsWith(t *testing.T, words string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, *p.cfg.BaseEndpoint+"/_ministack/sns/sms-messages", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	if response.StatusCode != http.StatusOK {
		t.Skipf("this emulator does not show text messages: %s", response.Status)
	}
	return strings.Count(string(body), words)
}
