package main

import (
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
)

var tables = []string{
	names.EnvVehiclesTable, names.EnvVehicleStateTable, names.EnvTelemetryTable, names.EnvHealthReportsTable, names.EnvAlertsTable,
	names.EnvCertificatesTable, names.EnvTripsTable, names.EnvDiagnosticsTable, names.EnvPreferencesTable, names.EnvCommandsTable,
	names.EnvGrantsTable, names.EnvOneTimeTable,
}

// deployed sets the environment variables that the stack sets.
func deployed(t *testing.T) {
	t.Helper()
	for _, name := range tables {
		t.Setenv(name, "table-of-"+strings.ToLower(name))
	}
	for name, value := range map[string]string{
		names.EnvTelemetryRetention: "336h", names.EnvApplication: "cars", names.EnvUserPoolID: "eu-central-1_Test",
		names.EnvUserPoolClients: "client1,client2", names.EnvTokenUse: "access", names.EnvMakers: "{}", names.EnvTextCountries: `{"+": 1}`, names.EnvIdentityPoolID: "eu-central-1:pool",
		names.EnvIoTARN: "arn:aws:iot:eu-central-1:000000000000", "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "test",
		"AWS_SECRET_ACCESS_KEY": "test", "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
	} {
		t.Setenv(name, value)
	}
}

// gateway calls the API with an event of API Gateway.
func gateway(t *testing.T, change func(*events.APIGatewayProxyRequest)) events.APIGatewayProxyResponse {
	t.Helper()
	api, err := wire(t.Context(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	file, err := os.ReadFile("testdata/me.json")
	require.NoError(t, err)
	var in events.APIGatewayProxyRequest
	require.NoError(t, json.Unmarshal(file, &in))
	change(&in)
	out, err := newHandler(api).handle(t.Context(), in)
	require.NoError(t, err)
	return out
}

func TestAnEventOfTheGatewayIsAnswered(t *testing.T) {
	deployed(t)
	out := gateway(t, func(in *events.APIGatewayProxyRequest) { in.Path, in.Resource = "/v1/health", "/v1/health" })
	assert.Equal(t, 200, out.StatusCode)
	assert.JSONEq(t, `{"status":"ok"}`, out.Body)
	assert.False(t, out.IsBase64Encoded)
}

func TestAnyPathIsAnswered(t *testing.T) {
	deployed(t)
	for name, path := range map[string]string{
		"a control character": "/v1/vehicles/\x1f/state", "no percent encoding": "/v1/vehicles/%zz", "a space": "/v1/vehicles/a b",
		"none": "", "encoded": "/v1/vehicles/%1F/state",
	} {
		t.Run(name, func(t *testing.T) {
			out := gateway(t, func(in *events.APIGatewayProxyRequest) { in.Path = path })
			assert.Contains(t, []int{400, 401, 404}, out.StatusCode)
			assert.Equal(t, []string{"application/problem+json"}, out.MultiValueHeaders["Content-Type"])
		})
	}
}

func TestTheGatewaysWordForWhoAsksIsNotEnough(t *testing.T) {
	deployed(t)
	out := gateway(t, func(in *events.APIGatewayProxyRequest) {
		in.RequestContext.Authorizer = map[string]any{"claims": map[string]any{"sub": "owner", "cognito:groups": "operator"}}
	})
	assert.Equal(t, 401, out.StatusCode)
	assert.Equal(t, []string{"application/problem+json"}, out.MultiValueHeaders["Content-Type"])
}

func TestEverySettingIsNeeded(t *testing.T) {
	for _, name := range append(tables, names.EnvTelemetryRetention, names.EnvApplication, names.EnvUserPoolID, names.EnvUserPoolClients,
		names.EnvTokenUse, names.EnvIdentityPoolID, names.EnvIoTARN) {
		t.Run(name, func(t *testing.T) {
			deployed(t)
			t.Setenv(name, "")
			_, err := wire(t.Context(), slog.New(slog.DiscardHandler))
			require.ErrorContains(t, err, name)
		})
	}
}
