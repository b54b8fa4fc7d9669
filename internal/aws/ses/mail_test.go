package ses

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/errs"
)

// service is a fake Amazon SES.
type service struct {
	mail []*sesv2.SendEmailInput
	err  error
}

func (s *service) SendEmail(_ context.Context, in *sesv2.SendEmailInput, _ ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error) {
	s.mail = append(s.mail, in)
	return nil, s.err
}

func TestMail(t *testing.T) {
	s := &service{}
	require.NoError(t, (&Mail{client: s, from: "a@example.com"}).Mail(t.Context(), "b@example.com", "s", "t"))
	assert.Equal(t, "a@example.com", *s.mail[0].FromEmailAddress)
	assert.Equal(t, []string{"b@example.com"}, s.mail[0].Destination.ToAddresses)
	assert.Equal(t, "t", *s.mail[0].Content.Simple.Body.Text.Data)
}

func TestARefusalIsInvalidAndDoesNotNameTheAddress(t *testing.T) {
	s := &service{err: &smithy.GenericAPIError{Code: "MessageRejected", Message: "Address is blacklisted."}}
	err := (&Mail{client: s}).Mail(t.Context(), "b@example.com", "s", "t")
	assert.Equal(t, errs.Invalid, errs.Of(err))
	assert.NotContains(t, err.Error(), "b@example.com")
}
