package awsconfig

import (
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"connectedcar/internal/errs"
)

// byCode maps the error codes of the services that the platform calls to categories. Amazon SES and Amazon SNS count each send to a bad
// address against the sender's reputation, so their error codes are listed one by one: those of permanent errors are not retried.
var byCode = map[string]errs.Category{
	"ResourceNotFoundException":       errs.NotFound,
	"ResourceAlreadyExistsException":  errs.Conflict,
	"ResourceConflictException":       errs.Conflict,
	"ConditionalCheckFailedException": errs.Conflict,
	"TransactionConflictException":    errs.Conflict,
	"AccessDeniedException":           errs.Denied,
	"UnauthorizedException":           errs.Denied,
	"ValidationException":             errs.Invalid,
	"InvalidRequestException":         errs.Invalid,
	// Errors of Publish in Amazon SNS.
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
	"UserErrorException":        errs.Denied, // the phone number is not verified in the SMS sandbox
	"VerificationException":     errs.Denied,
	// Errors of SendEmail in Amazon SES.
	"MessageRejected":                    errs.Invalid,
	"BadRequestException":                errs.Invalid,
	"NotFoundException":                  errs.NotFound,
	"MailFromDomainNotVerifiedException": errs.Denied,
	"AccountSuspendedException":          errs.Denied,
	"LimitExceededException":             errs.Throttled,
	"SendingPausedException":             errs.Throttled,
	"TooManyRequestsException":           errs.Throttled,
}

// Sort adds the category to an error of the SDK. It returns every other error, and nil, unchanged.
func Sort(err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		var sending *smithyhttp.RequestSendError
		if errors.As(err, &sending) {
			return errs.As(errs.Unavailable, err)
		}
		return err
	}
	code := api.ErrorCode()
	if _, throttled := retry.DefaultThrottleErrorCodes[code]; throttled {
		return errs.As(errs.Throttled, err)
	}
	if category, known := byCode[code]; known {
		return errs.As(category, err)
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.HTTPStatusCode() >= http.StatusInternalServerError {
		return errs.As(errs.Unavailable, err)
	}
	return err
}
