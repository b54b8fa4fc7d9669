package awsconfig_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/errs"
)

func TestSort(t *testing.T) {
	api := func(code string) error { return &smithy.GenericAPIError{Code: code, Message: "m"} }
	status := func(n int, err error) error {
		return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: n}}, Err: err}
	}
	tests := map[string]struct {
		err  error
		want errs.Category
	}{
		"IoT's throttling":               {api("ThrottlingException"), errs.Throttled},
		"DynamoDB's throttling":          {api("ProvisionedThroughputExceededException"), errs.Throttled},
		"a failed condition":             {api("ConditionalCheckFailedException"), errs.Conflict},
		"a missing resource":             {api("ResourceNotFoundException"), errs.NotFound},
		"no permission":                  {api("AccessDeniedException"), errs.Denied},
		"a server's error":               {status(500, api("InternalFailureException")), errs.Unavailable},
		"no connection":                  {&smithyhttp.RequestSendError{Err: errors.New("refused")}, errs.Unavailable},
		"an unknown error of the client": {status(400, api("Strange")), errs.Internal},
		"a wrong number":                 {api("InvalidParameter"), errs.Invalid},
		"a person who wants no texts":    {api("OptedOut"), errs.Denied},
		"an e-mail that is not sent":     {api("MessageRejected"), errs.Invalid},
		"too many e-mails":               {api("TooManyRequestsException"), errs.Throttled},
		"a key's throttling":             {api("KMSThrottling"), errs.Throttled},
		"a topic's error":                {api("InternalError"), errs.Unavailable},
		"a missing topic":                {api("NotFound"), errs.NotFound},
		"an error that is not the SDK's": {errors.New("x"), errs.Internal},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, errs.Of(awsconfig.Sort(fmt.Errorf("operation error: %w", tc.err))))
		})
	}
	assert.NoError(t, awsconfig.Sort(nil))
}
