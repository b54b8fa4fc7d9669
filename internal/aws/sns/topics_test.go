package sns

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/errs"
)

// service is a fake Amazon SNS.
type service struct {
	sns []*sns.PublishInput
	err error
}

func (s *service) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	s.sns = append(s.sns, in)
	return nil, s.err
}

func TestTopics(t *testing.T) {
	s := &service{}
	topics := &Topics{client: s, arns: map[string]string{"dealer": "arn:d"}}
	require.NoError(t, topics.Publish(t.Context(), "dealer", []byte("m"), map[string]string{"kind": "crash"}))
	assert.Equal(t, "arn:d", *s.sns[0].TopicArn)
	assert.Equal(t, "m", *s.sns[0].Message)
	assert.Equal(t, "crash", *s.sns[0].MessageAttributes["kind"].StringValue)
	err := topics.Publish(t.Context(), "pirates", nil, nil)
	assert.Equal(t, errs.NotFound, errs.Of(err))
}

func TestTexts(t *testing.T) {
	s := &service{}
	require.NoError(t, (&Texts{s}).Text(t.Context(), "+4915112345678", "m"))
	assert.Equal(t, "+4915112345678", *s.sns[0].PhoneNumber)
	assert.Nil(t, s.sns[0].TopicArn)
	assert.Equal(t, "Transactional", *s.sns[0].MessageAttributes["AWS.SNS.SMS.SMSType"].StringValue)
}

func TestARefusalIsInvalidAndDoesNotNameTheNumber(t *testing.T) {
	s := &service{err: &smithy.GenericAPIError{Code: "InvalidParameter"}}
	err := (&Texts{s}).Text(t.Context(), "+4915112345678", "m")
	assert.Equal(t, errs.Invalid, errs.Of(err))
	assert.NotContains(t, err.Error(), "4915112345678")
	err = (&Topics{client: s, arns: map[string]string{"a": "b"}}).Publish(t.Context(), "a", nil, nil)
	assert.Equal(t, errs.Invalid, errs.Of(err))
}
