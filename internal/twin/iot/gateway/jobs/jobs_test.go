package jobs_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/gateway/jobs"
)

// service returns a client of a fake service with that response, and the request that it recorded.
func service(t *testing.T, status int, exception, body string) (*jobs.Client, *string) {
	t.Helper()
	var got string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Contains(t, r.Header.Get("Authorization"), "/eu-central-1/iot-jobs-data/aws4_request")
		got = r.Method + " " + r.URL.RequestURI() + " " + string(b)
		w.Header().Set("x-amzn-ErrorType", exception)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return jobs.NewClient(aws.Config{
		Region: "eu-central-1", BaseEndpoint: &s.URL, HTTPClient: s.Client(), Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}), &got
}

func TestOperations(t *testing.T) {
	c, got := service(t, http.StatusOK, "", `{"n":1}`)
	for want, call := range map[string]func() (jobs.Object, error){
		"GET /things/a:b/jobs? ":                     func() (jobs.Object, error) { return c.Pending(t.Context(), "a:b") },
		`PUT /things/a/jobs/$next? {"k":"v"}`:        func() (jobs.Object, error) { return c.StartNext(t.Context(), "a", jobs.Object{"k": "v"}) },
		`POST /things/a/jobs/j? {"status":"FAILED"}`: func() (jobs.Object, error) { return c.Update(t.Context(), "a", "j", jobs.Object{"status": "FAILED"}) },
		"GET /things/a/jobs/j?includeJobDocument=false ": func() (jobs.Object, error) {
			return c.Describe(t.Context(), "a", "j", jobs.Object{"includeJobDocument": false, "clientToken": "x"})
		},
	} {
		out, err := call()
		require.NoError(t, err)
		assert.Contains(t, out, "n")
		assert.Equal(t, want, *got)
	}
}

func TestRejections(t *testing.T) {
	for name, tc := range map[string]struct {
		status          int
		exception, body string
		code            string
	}{
		"an exception in the header":           {400, "InvalidRequestException:http://x", `{"message":"m"}`, "InvalidRequest"},
		"an exception in the body":             {409, "", `{"__type":"x#InvalidStateTransitionException","message":"m"}`, "InvalidStateTransition"},
		"a version that is not the expected":   {409, "InvalidStateTransitionException", `{"message":"Expected version 1 but was 2"}`, "VersionMismatch"},
		"a job that is not there":              {404, "", `{}`, "ResourceNotFound"},
		"an execution that is over":            {410, "TerminalStateException", `{}`, "TerminalStateReached"},
		"too many requests":                    {429, "ThrottlingException", `{}`, "RequestThrottled"},
		"an answer of something else than AWS": {502, "", `Bad Gateway`, "InternalError"},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := service(t, tc.status, tc.exception, tc.body)
			_, err := c.Pending(t.Context(), "a")
			var r *jobs.Rejection
			require.ErrorAs(t, err, &r)
			assert.Equal(t, tc.code, r.Code)
		})
	}
}
