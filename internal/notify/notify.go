// Package notify speaks to those who are told of alerts, and to the queue in between: Amazon SNS for topics and phones, Amazon SES
// for e-mail, Amazon EventBridge, AWS IoT Core for cars, Amazon SQS, and Amazon Cognito for people's addresses.
package notify

import (
	"errors"

	"github.com/aws/smithy-go"

	"connectedcar/internal/awsx"
	"connectedcar/internal/fault"
)

// byCode sorts the error codes of these services that awsx does not know. What is refused for good must not be tried again: every
// try of a wrong address counts against the sender's reputation.
var byCode = map[string]fault.Category{
	// Amazon SNS, Publish
	"InvalidParameter":          fault.Invalid,
	"ParameterValueInvalid":     fault.Invalid,
	"InvalidParameterException": fault.Invalid,
	"NotFound":                  fault.NotFound,
	"OptedOut":                  fault.Denied,
	"AuthorizationError":        fault.Denied,
	"EndpointDisabled":          fault.Denied,
	"InternalError":             fault.Unavailable,
	"KMSThrottling":             fault.Throttled,
	"Throttled":                 fault.Throttled,
	"UserErrorException":        fault.Denied, // the phone is not verified in the SMS sandbox
	"VerificationException":     fault.Denied,
	// Amazon SES, SendEmail
	"MessageRejected":                    fault.Invalid,
	"BadRequestException":                fault.Invalid,
	"NotFoundException":                  fault.NotFound,
	"MailFromDomainNotVerifiedException": fault.Denied,
	"AccountSuspendedException":          fault.Denied,
	"LimitExceededException":             fault.Throttled,
	"SendingPausedException":             fault.Throttled,
	"TooManyRequestsException":           fault.Throttled,
}

// sorted gives an error of the SDK its category.
func sorted(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		if category, known := byCode[api.ErrorCode()]; known {
			return fault.As(category, err)
		}
	}
	return awsx.Sort(err)
}
