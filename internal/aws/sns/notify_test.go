package sns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	idptypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/notification"
	"connectedcar/internal/errs"
	"connectedcar/internal/names"
)

// services is every service, and what it was asked.
type services struct {
	err     error
	sns     []*sns.PublishInput
	mail    []*sesv2.SendEmailInput
	events  []*eventbridge.PutEventsInput
	iot     []*iotdataplane.PublishInput
	batches []*sqs.SendMessageBatchInput
	single  []*sqs.SendMessageInput
	asked   []*idp.ListUsersInput
	entry   types.PutEventsResultEntry
	refused []sqstypes.BatchResultErrorEntry
	users   []idptypes.UserType
}

func (s *services) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	s.events = append(s.events, in)
	return &eventbridge.PutEventsOutput{Entries: []types.PutEventsResultEntry{s.entry}}, s.err
}

func (s *services) SendEmail(_ context.Context, in *sesv2.SendEmailInput, _ ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error) {
	s.mail = append(s.mail, in)
	return nil, s.err
}

func (s *services) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	s.single = append(s.single, in)
	return nil, s.err
}

func (s *services) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	s.batches = append(s.batches, in)
	return &sqs.SendMessageBatchOutput{Failed: s.refused}, s.err
}

func (s *services) ListUsers(_ context.Context, in *idp.ListUsersInput, _ ...func(*idp.Options)) (*idp.ListUsersOutput, error) {
	s.asked = append(s.asked, in)
	return &idp.ListUsersOutput{Users: s.users}, s.err
}

// topic and car have one method name, and so are two.
type topic struct{ *services }

func (s topic) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	s.sns = append(s.sns, in)
	return nil, s.err
}

type carTopic struct{ *services }

func (s carTopic) Publish(_ context.Context, in *iotdataplane.PublishInput, _ ...func(*iotdataplane.Options)) (*iotdataplane.PublishOutput, error) {
	s.iot = append(s.iot, in)
	return nil, s.err
}

func TestTopics(t *testing.T) {
	s := &services{}
	topics := &Topics{client: topic{s}, arns: map[string]string{"dealer": "arn:d"}}
	require.NoError(t, topics.Publish(t.Context(), "dealer", []byte("m"), map[string]string{"kind": "crash"}))
	assert.Equal(t, "arn:d", *s.sns[0].TopicArn)
	assert.Equal(t, "m", *s.sns[0].Message)
	assert.Equal(t, "crash", *s.sns[0].MessageAttributes["kind"].StringValue)
	err := topics.Publish(t.Context(), "pirates", nil, nil)
	assert.Equal(t, errs.NotFound, errs.Of(err))
}

func TestTexts(t *testing.T) {
	s := &services{}
	require.NoError(t, (&Texts{topic{s}}).Text(t.Context(), "+4915112345678", "m"))
	assert.Equal(t, "+4915112345678", *s.sns[0].PhoneNumber)
	assert.Nil(t, s.sns[0].TopicArn)
	assert.Equal(t, "Transactional", *s.sns[0].MessageAttributes["AWS.SNS.SMS.SMSType"].StringValue)
}

func TestMail(t *testing.T) {
	s := &services{}
	require.NoError(t, (&Mail{client: s, from: "a@example.com"}).Mail(t.Context(), "b@example.com", "s", "t"))
	assert.Equal(t, "a@example.com", *s.mail[0].FromEmailAddress)
	assert.Equal(t, []string{"b@example.com"}, s.mail[0].Destination.ToAddresses)
	assert.Equal(t, "t", *s.mail[0].Content.Simple.Body.Text.Data)
}

func TestCars(t *testing.T) {
	s := &services{}
	cars := &Cars{client: carTopic{s}, application: "cars-dev"}
	require.NoError(t, cars.Show(t.Context(), "WVWZZZ1JZXW000001", []byte("{}")))
	assert.Equal(t, "cmd/cars-dev/WVWZZZ1JZXW000001/alert/req", *s.iot[0].Topic)
	assert.Equal(t, int32(1), s.iot[0].Qos)
	assert.Equal(t, errs.Invalid, errs.Of(cars.Show(t.Context(), "+", nil)))
	assert.Len(t, s.iot, 1)
}

func TestBus(t *testing.T) {
	s := &services{}
	bus, at := &Bus{client: s, name: "b"}, time.UnixMilli(1)
	require.NoError(t, bus.Put(t.Context(), "Alert raised", []byte("{}"), at))
	assert.Equal(t, types.PutEventsRequestEntry{
		EventBusName: aws.String("b"), Source: aws.String(names.EventSource), DetailType: aws.String("Alert raised"), Detail: aws.String("{}"), Time: &at,
	}, s.events[0].Entries[0])
	s.entry.ErrorCode = aws.String("ThrottlingException")
	assert.Equal(t, errs.Throttled, errs.Of(bus.Put(t.Context(), "x", nil, at)), "a call that succeeds may still refuse the event")
}

func TestQueueTakesTenMessagesACall(t *testing.T) {
	s := &services{}
	q := &Queue{client: s, url: "u"}
	messages := make([]notification.Queued, 23)
	for n := range messages {
		messages[n] = notification.Queued{Body: fmt.Append(nil, n), Delay: time.Duration(n) * time.Minute}
	}
	messages[1].Delay = 1500 * time.Millisecond
	left, err := q.Send(t.Context(), messages)
	require.NoError(t, err)
	assert.Empty(t, left)
	require.Len(t, s.batches, 3)
	assert.Len(t, s.batches[2].Entries, 3)
	assert.Equal(t, int32(2), s.batches[0].Entries[1].DelaySeconds, "a part of a second is a second")
	assert.Equal(t, int32(900), s.batches[2].Entries[2].DelaySeconds, "no more than the queue allows")

	s.refused = []sqstypes.BatchResultErrorEntry{{Id: aws.String("0"), Code: aws.String("InternalError"), Message: aws.String("m")}}
	left, err = q.Send(t.Context(), messages[:12])
	assert.Equal(t, errs.Unavailable, errs.Of(err))
	assert.Len(t, left, 12)
}

func TestFailuresAreKeptAsJSON(t *testing.T) {
	s := &services{}
	e := notification.Envelope{Reason: "denied", Detail: "d", VIN: "v", Payload: []byte("{}")}
	require.NoError(t, (&Failures{client: s, url: "u"}).Keep(t.Context(), e))
	var got notification.Envelope
	require.NoError(t, json.Unmarshal([]byte(*s.single[0].MessageBody), &got))
	assert.Equal(t, e, got)
}

func TestAddresses(t *testing.T) {
	user := func(enabled bool, attributes ...string) idptypes.UserType {
		u := idptypes.UserType{Enabled: enabled}
		for n := 0; n < len(attributes); n += 2 {
			u.Attributes = append(u.Attributes, idptypes.AttributeType{Name: &attributes[n], Value: &attributes[n+1]})
		}
		return u
	}
	of := func(status idptypes.UserStatusType, identities string) []idptypes.UserType {
		u := user(true, "email", "a@example.com", "identities", identities)
		u.UserStatus = status
		return []idptypes.UserType{u}
	}
	const external = idptypes.UserStatusTypeExternalProvider
	for name, tc := range map[string]struct {
		users []idptypes.UserType
		want  string
	}{
		"of a trusted provider":             {of(external, `[{"userId":"7","providerName":"Acme","primary":"true"}]`), "a@example.com"},
		"of another provider":               {of(external, `[{"userId":"7","providerName":"Dealers"}]`), ""},
		"of both":                           {of(external, `[{"providerName":"Acme"},{"providerName":"Dealers"}]`), ""},
		"of the pool, linked to a trusted":  {of(idptypes.UserStatusTypeConfirmed, `[{"providerName":"Acme"}]`), ""},
		"of unreadable identities":          {of(external, `Acme`), ""},
		"of no provider":                    {of(external, `[]`), ""},
		"a verified address":                {[]idptypes.UserType{user(true, "email", "a@example.com", "email_verified", "true")}, "a@example.com"},
		"one that is not verified is none":  {[]idptypes.UserType{user(true, "email", "a@example.com", "email_verified", "false")}, ""},
		"one that nobody speaks of is none": {[]idptypes.UserType{user(true, "email", "a@example.com")}, ""},
		"who may not sign in has none":      {[]idptypes.UserType{user(false, "email", "a@example.com", "email_verified", "true")}, ""},
		"nobody has none":                   {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &services{users: tc.users}
			got, err := (&Addresses{client: s, pool: "p", trusted: []string{"Acme"}}).Email(t.Context(), "0f1c-2b")
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
			assert.Equal(t, `sub = "0f1c-2b"`, *s.asked[0].Filter)
		})
	}
	s := &services{}
	_, err := (&Addresses{client: s, pool: "p"}).Email(t.Context(), `x" or sub ^= "`)
	assert.Equal(t, errs.Invalid, errs.Of(err))
	assert.Empty(t, s.asked)
}

// What is refused for good is told from what may go well later.
func TestErrorsAreSorted(t *testing.T) {
	for code, want := range map[string]errs.Category{
		"InvalidParameter": errs.Invalid, "OptedOut": errs.Denied, "MessageRejected": errs.Invalid, "TooManyRequestsException": errs.Throttled,
		"KMSThrottling": errs.Throttled, "AccessDeniedException": errs.Denied, "InternalError": errs.Unavailable, "NotFound": errs.NotFound,
	} {
		err := sorted(fmt.Errorf("operation: %w", &smithy.GenericAPIError{Code: code}))
		assert.Equal(t, want, errs.Of(err), code)
	}
	s := &services{err: &smithy.GenericAPIError{Code: "MessageRejected", Message: "Address is blacklisted."}}
	for name, err := range map[string]error{
		"mail":      (&Mail{client: s}).Mail(t.Context(), "b@example.com", "s", "t"),
		"text":      (&Texts{topic{s}}).Text(t.Context(), "+4915112345678", "m"),
		"topic":     (&Topics{client: topic{s}, arns: map[string]string{"a": "b"}}).Publish(t.Context(), "a", nil, nil),
		"bus":       (&Bus{client: s}).Put(t.Context(), "a", nil, time.Time{}),
		"car":       (&Cars{client: carTopic{s}}).Show(t.Context(), "WVWZZZ1JZXW000001", nil),
		"addresses": func() error { _, err := (&Addresses{client: s}).Email(t.Context(), "a"); return err }(),
	} {
		assert.Equal(t, errs.Invalid, errs.Of(err), name)
		for _, personal := range []string{"b@example.com", "4915112345678", "WVWZZZ1JZXW000001"} {
			assert.NotContains(t, err.Error(), personal, name)
		}
	}
	s.err = errors.New("broken pipe")
	_, err := (&Queue{client: s}).Send(t.Context(), []notification.Queued{{}})
	assert.Equal(t, errs.Internal, errs.Of(err))
}
