package main

import (
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"

	"connectedcar/internal/names"
)

func TestTheConsolesPageAloneMayReadAnswers(t *testing.T) {
	for name, origin := range map[string]string{"with a console": "https://console.example.com", "without": ""} {
		t.Run(name, func(t *testing.T) {
			deployed(t)
			t.Setenv(names.EnvConsoleURL, origin)
			out := gateway(t, func(in *events.APIGatewayProxyRequest) { in.Path, in.Resource = "/v1/health", "/v1/health" })
			var allowed []string
			if origin != "" {
				allowed = []string{origin}
				assert.Equal(t, []string{names.ExposedHeaders}, out.MultiValueHeaders["Access-Control-Expose-Headers"])
				assert.Equal(t, []string{"Origin"}, out.MultiValueHeaders["Vary"])
			}
			assert.Equal(t, allowed, out.MultiValueHeaders["Access-Control-Allow-Origin"])
		})
	}
}
