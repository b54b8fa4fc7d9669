package awsconfig_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/awsconfig"
)

// clean unsets every AWS setting of the machine for the duration of the test.
func clean(t *testing.T) {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			require.NoError(t, os.Unsetenv(name))
		}
	}
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
}

func TestLoadEnvironment(t *testing.T) {
	tests := map[string]struct {
		env           map[string]string
		region, keyID string
		endpoint      *string
		errorMentions string
	}{
		"a local endpoint without a key gets the emulators' key": {
			env:    map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
			region: awsconfig.DefaultRegion, keyID: "test", endpoint: aws.String("http://127.0.0.1:4566"),
		},
		"a key in the environment is kept": {
			env:    map[string]string{"AWS_ENDPOINT_URL": "http://localhost:4566", "AWS_ACCESS_KEY_ID": "mine", "AWS_SECRET_ACCESS_KEY": "s"},
			region: awsconfig.DefaultRegion, keyID: "mine", endpoint: aws.String("http://localhost:4566"),
		},
		"the environment's region wins": {
			env:    map[string]string{"AWS_REGION": "us-west-2", "AWS_ACCESS_KEY_ID": "mine", "AWS_SECRET_ACCESS_KEY": "s"},
			region: "us-west-2", keyID: "mine",
		},
		"an endpoint that is no URL is refused by name": {
			env:           map[string]string{"AWS_ENDPOINT_URL": "localhost:4566", "AWS_ACCESS_KEY_ID": "mine", "AWS_SECRET_ACCESS_KEY": "s"},
			errorMentions: `AWS_ENDPOINT_URL "localhost:4566"`,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			clean(t)
			for k, v := range tc.env {
				t.Setenv(k, v)
			}
			cfg, err := awsconfig.Load(t.Context())
			if tc.errorMentions != "" {
				require.ErrorContains(t, err, tc.errorMentions)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.region, cfg.Region)
			assert.Equal(t, tc.endpoint, cfg.BaseEndpoint)
			credentials, err := cfg.Credentials.Retrieve(t.Context())
			require.NoError(t, err)
			assert.Equal(t, tc.keyID, credentials.AccessKeyID)
		})
	}
}

func TestServiceEndpointWins(t *testing.T) {
	clean(t)
	var general, own atomic.Int32
	answer := func(n *atomic.Int32) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			n.Add(1)
			w.Header().Set("Content-Type", "application/x-amz-json-1.0")
			_, _ = w.Write([]byte(`{"TableNames":[]}`))
		}
	}
	generalServer, ownServer := httptest.NewServer(answer(&general)), httptest.NewServer(answer(&own))
	defer generalServer.Close()
	defer ownServer.Close()
	t.Setenv("AWS_ENDPOINT_URL", generalServer.URL)
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", ownServer.URL)

	cfg, err := awsconfig.Load(t.Context())
	require.NoError(t, err)
	_, err = dynamodb.NewFromConfig(cfg).ListTables(t.Context(), &dynamodb.ListTablesInput{})
	require.NoError(t, err)
	assert.Equal(t, int32(0), general.Load())
	assert.Equal(t, int32(1), own.Load())
}

func TestRetriesAreBounded(t *testing.T) {
	clean(t)
	cfg, err := awsconfig.Load(t.Context())
	require.NoError(t, err)
	retryer := cfg.Retryer()
	assert.Equal(t, 5, retryer.MaxAttempts())
	for attempt := range 30 {
		delay, err := retryer.RetryDelay(attempt, errors.New("throttled"))
		require.NoError(t, err)
		assert.LessOrEqual(t, delay, 5*time.Second)
	}
}
