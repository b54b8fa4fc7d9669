package front_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/cmd/localcloud/internal/front"
	"connectedcar/internal/twin/iot/gateway/sigv4"
)

// place is a server that answers with its name and the request that it received.
func place(t *testing.T, name string) (*httptest.Server, *url.URL) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		_, _ = io.WriteString(w, name+" "+string(body))
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	return s, u
}

func TestKeysAreIssuedThroughTheGateway(t *testing.T) {
	_, emulator := place(t, "emulator")
	gateway, dataPlane := place(t, "gateway")
	server := httptest.NewServer(front.New(front.Config{Emulator: emulator, DataPlane: dataPlane, Log: slog.New(slog.DiscardHandler)}))
	defer server.Close()
	const call = `{"IdentityId":"eu-central-1:11111111-2222-3333-4444-555555555555"}`
	ask := func(operation, via string) string {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(call))
		require.NoError(t, err)
		r.Header.Set("X-Amz-Target", "AWSCognitoIdentityService."+operation)
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		if via != "" {
			r.Header.Set("Via", via)
		}
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer answer.Body.Close() // a close error does not matter in a test
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return string(body)
	}
	assert.Equal(t, "gateway "+call, ask("GetCredentialsForIdentity", ""))
	assert.Equal(t, "emulator "+call, ask("GetCredentialsForIdentity", "1.1 devicegateway"), "the gateway's own question")
	assert.Equal(t, "emulator "+call, ask("GetOpenIdToken", ""))
	gateway.Close()
	assert.Equal(t, "emulator "+call, ask("GetCredentialsForIdentity", ""), "while the gateway does not run")
}

// TestSignaturesSurviveTheFront signs a call with the SDK and verifies it with the device gateway's code.
func TestSignaturesSurviveTheFront(t *testing.T) {
	var verified atomic.Int64
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		s, err := sigv4.Read(r)
		if assert.NoError(t, err) && assert.NoError(t, s.Verify(r.Context(), r, body, sigv4.Key{Secret: "secret"}, time.Now())) {
			verified.Add(1)
		}
		_, _ = io.WriteString(w, "{}")
	}))
	defer gateway.Close()
	dataPlane, err := url.Parse(gateway.URL)
	require.NoError(t, err)
	server := httptest.NewServer(front.New(front.Config{Emulator: dataPlane, DataPlane: dataPlane, Log: slog.New(slog.DiscardHandler)}))
	defer server.Close()
	c := iotdataplane.New(iotdataplane.Options{
		Region: "eu-central-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("test", "secret", ""), Retryer: aws.NopRetryer{},
	})
	_, err = c.Publish(t.Context(), &iotdataplane.PublishInput{Topic: aws.String("$aws/rules/a b/x"), Qos: 1, Payload: []byte("x"), UserProperties: aws.String(`[{"k":"v"}]`)})
	require.NoError(t, err)
	_, err = c.GetThingShadow(t.Context(), &iotdataplane.GetThingShadowInput{ThingName: aws.String("a:b"), ShadowName: aws.String("n")})
	require.NoError(t, err)
	_, err = c.UpdateThingShadow(t.Context(), &iotdataplane.UpdateThingShadowInput{ThingName: aws.String("a"), Payload: []byte("{}")})
	require.NoError(t, err)
	assert.Equal(t, int64(3), verified.Load())
}
