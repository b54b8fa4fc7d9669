package awsx_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"

	"connectedcar/internal/awsx"
	"connectedcar/internal/fault"
)

func TestSort(t *testing.T) {
	api := func(code string) error { return &smithy.GenericAPIError{Code: code, Message: "m"} }
	status := func(n int, err error) error {
		return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: n}}, Err: err}
	}
	tests := map[string]struct {
		err  error
		want fault.Category
	}{
		"IoT's throttling":               {api("ThrottlingException"), fault.Throttled},
		"DynamoDB's throttling":          {api("ProvisionedThroughputExceededException"), fault.Throttled},
		"a failed condition":             {api("ConditionalCheckFailedException"), fault.Conflict},
		"a missing resource":             {api("ResourceNotFoundException"), fault.NotFound},
		"no permission":                  {api("AccessDeniedException"), fault.Denied},
		"a server's error":               {status(500, api("InternalFailureException")), fault.Unavailable},
		"no connection":                  {&smithyhttp.RequestSendError{Err: errors.New("refused")}, fault.Unavailable},
		"an unknown error of the client": {status(400, api("Strange")), fault.Internal},
		"an error that is not the SDK's": {errors.New("x"), fault.Internal},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, fault.Of(awsx.Sort(fmt.Errorf("operation error: %w", tc.err))))
		})
	}
	assert.NoError(t, awsx.Sort(nil))
}
