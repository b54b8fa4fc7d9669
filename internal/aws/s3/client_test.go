package s3_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/awsconfig"
	objectstore "connectedcar/internal/aws/s3"
)

func TestBucketInThePathForACustomEndpoint(t *testing.T) {
	for _, variable := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"} {
		t.Run(variable, func(t *testing.T) {
			var path string
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { path = r.URL.Path }))
			defer server.Close()
			t.Setenv("AWS_ENDPOINT_URL", "")
			t.Setenv("AWS_ACCESS_KEY_ID", "test")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
			t.Setenv(variable, server.URL)

			cfg, err := awsconfig.Load(t.Context())
			require.NoError(t, err)
			_, err = objectstore.NewClient(cfg).HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String("raw")})
			require.NoError(t, err)
			assert.Equal(t, "/raw", path)
		})
	}
}
