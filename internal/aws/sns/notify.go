// Package sns speaks to those who are told of alerts, and to the queue in between: Amazon SNS for topics and phones, Amazon SES
// for e-mail, Amazon EventBridge, AWS IoT Core for cars, Amazon SQS, and Amazon Cognito for people's addresses.
package sns

import (
	"errors"

	"github.com/aws/smithy-go"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/errs"
)

// byCode sorts the error codes of these services that awsx does not know. What is refused for good must not be tried again: every
// try of a wrong address counts against the sender's reputation.
var byCode = map[string]errs.Category{
	// Amazon SNS, Publish
	"InvalidParameter":          errs.Invalid,
	"ParameterValueInvalid":     errs.Invalid,
	"InvalidParameterException": errs.Invalid,
	"NotFound":                  errs.NotFound,
	"OptedOut":                  errs.Denied,
	"AuthorizationError":        errs.Denied,
	"EndpointDisabled":          errs.Denied,
	"InternalError":             errs.Unavailable,
	"KMSThrottling":             errs.Throttled,
	"Throttled":                 errs.Throttled,
	"UserErrorException":        errs.Denied, // the phone is not verified in the SMS sandbox
	"VerificationException":     errs.Denied,
	// Amazon SES, SendEmail
	"MessageRejected":                    errs.Invalid,
	"BadRequestException":                errs.Invalid,
	"NotFoundException":                  errs.NotFound,
	"MailFromDomainNotVerifiedException": errs.Denied,
	"AccountSuspendedException":          errs.Denied,
	"LimitExceededException":             errs.Throttled,
	"SendingPausedException":             errs.Throttled,
	"TooManyRequestsException":           errs.Throttled,
}

// sorted gives an error of the SDK its category.
func sorted(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		if category, known := byCode[api.ErrorCode()]; known {
			return errs.As(category, err)
		}
	}
	return awsconfig.Sort(err)
}
