package awsx

import (
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"connectedcar/internal/fault"
)

// byCode sorts the error codes that the platform's services use for one meaning.
var byCode = map[string]fault.Category{
	"ResourceNotFoundException":       fault.NotFound,
	"ResourceAlreadyExistsException":  fault.Conflict,
	"ResourceConflictException":       fault.Conflict,
	"ConditionalCheckFailedException": fault.Conflict,
	"TransactionConflictException":    fault.Conflict,
	"AccessDeniedException":           fault.Denied,
	"UnauthorizedException":           fault.Denied,
	"ValidationException":             fault.Invalid,
	"InvalidRequestException":         fault.Invalid,
}

// Sort gives an error of the SDK its category. Other errors, and nil, come back as they are.
func Sort(err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		var sending *smithyhttp.RequestSendError
		if errors.As(err, &sending) {
			return fault.As(fault.Unavailable, err)
		}
		return err
	}
	code := api.ErrorCode()
	if _, throttled := retry.DefaultThrottleErrorCodes[code]; throttled {
		return fault.As(fault.Throttled, err)
	}
	if category, known := byCode[code]; known {
		return fault.As(category, err)
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.HTTPStatusCode() >= http.StatusInternalServerError {
		return fault.As(fault.Unavailable, err)
	}
	return err
}
