// Package ses sends e-mail by Amazon SES.
package ses

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"connectedcar/internal/aws/awsconfig"
)

type mailer interface {
	SendEmail(context.Context, *sesv2.SendEmailInput, ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error)
}

// Mail sends e-mail by Amazon SES.
type Mail struct {
	client mailer
	from   string
}

// NewMail sends from that address, which must be verified in Amazon SES.
func NewMail(cfg aws.Config, from string) *Mail {
	return &Mail{client: sesv2.NewFromConfig(cfg), from: from}
}

// Mail sends plain text to one address. Errors do not contain the address.
func (m *Mail) Mail(ctx context.Context, to, subject, text string) error {
	utf8 := func(s string) *types.Content { return &types.Content{Data: &s, Charset: aws.String("UTF-8")} }
	_, err := m.client.SendEmail(ctx, &sesv2.SendEmailInput{
		FromEmailAddress: &m.from, Destination: &types.Destination{ToAddresses: []string{to}},
		Content: &types.EmailContent{Simple: &types.Message{Subject: utf8(subject), Body: &types.Body{Text: utf8(text)}}},
	})
	if err != nil {
		return fmt.Errorf("send e-mail: %w", awsconfig.Sort(err))
	}
	return nil
}
