package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnEventBecomesItsRequest(t *testing.T) {
	base := func(change func(*events.APIGatewayProxyRequest)) events.APIGatewayProxyRequest {
		in := events.APIGatewayProxyRequest{HTTPMethod: "get", Path: "/v1/a"}
		in.RequestContext.DomainName, in.RequestContext.Identity.SourceIP = "api.example.com", "203.0.113.7"
		change(&in)
		return in
	}
	for name, c := range map[string]struct {
		change              func(*events.APIGatewayProxyRequest)
		uri, body           string
		header, wantHeaders string
	}{
		"a plain one": {func(*events.APIGatewayProxyRequest) {}, "/v1/a", "", "", ""},
		"repeated query parameters": {func(in *events.APIGatewayProxyRequest) {
			in.MultiValueQueryStringParameters = map[string][]string{"q": {"1", "a b"}}
			in.QueryStringParameters = map[string]string{"q": "a b"}
		}, "/v1/a?q=1&q=a+b", "", "", ""},
		"single query parameters":     {func(in *events.APIGatewayProxyRequest) { in.QueryStringParameters = map[string]string{"q": "1&2"} }, "/v1/a?q=1%262", "", "", ""},
		"a text body":                 {func(in *events.APIGatewayProxyRequest) { in.Body = "{}" }, "/v1/a", "{}", "", ""},
		"a body in base64":            {func(in *events.APIGatewayProxyRequest) { in.Body, in.IsBase64Encoded = "AP8=", true }, "/v1/a", "\x00\xff", "", ""},
		"a header with two values":    {func(in *events.APIGatewayProxyRequest) { in.MultiValueHeaders = map[string][]string{"x-a": {"1", "2"}} }, "/v1/a", "", "X-A", "1,2"},
		"single headers alone":        {func(in *events.APIGatewayProxyRequest) { in.Headers = map[string]string{"x-a": "1"} }, "/v1/a", "", "X-A", "1"},
		"a path without a URL's form": {func(in *events.APIGatewayProxyRequest) { in.Path = "/v1/%zz" }, "/v1/%25zz", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := request(t.Context(), base(c.change))
			require.NoError(t, err)
			assert.Equal(t, http.MethodGet, r.Method)
			assert.Equal(t, "api.example.com", r.Host)
			assert.Equal(t, "203.0.113.7", r.RemoteAddr)
			assert.Equal(t, c.uri, r.RequestURI)
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			assert.Equal(t, c.body, string(body))
			if c.header != "" {
				assert.Equal(t, c.wantHeaders, strings.Join(r.Header.Values(c.header), ","))
			}
		})
	}
}

func TestABodyThatIsNoBase64IsAnError(t *testing.T) {
	_, err := newHandler(http.NotFoundHandler()).handle(t.Context(), events.APIGatewayProxyRequest{HTTPMethod: "GET", Path: "/", Body: "!", IsBase64Encoded: true})
	require.ErrorContains(t, err, "decode the body")
}

func TestAResponseBecomesItsAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		want  events.APIGatewayProxyResponse
	}{
		"nothing written": {func(http.ResponseWriter, *http.Request) {}, events.APIGatewayProxyResponse{StatusCode: 200, MultiValueHeaders: map[string][]string{}}},
		"text": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) },
			events.APIGatewayProxyResponse{StatusCode: 200, Body: "hello", MultiValueHeaders: map[string][]string{"Content-Type": {"text/plain; charset=utf-8"}}}},
		"bytes": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte{0xff, 0})
		}, events.APIGatewayProxyResponse{StatusCode: 200, Body: "/wA=", IsBase64Encoded: true, MultiValueHeaders: map[string][]string{"Content-Type": {"image/png"}}}},
		"the first status and the headers before it": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("A", "1")
			w.WriteHeader(418)
			w.WriteHeader(200)
			w.Header().Set("B", "2")
		}, events.APIGatewayProxyResponse{StatusCode: 418, MultiValueHeaders: map[string][]string{"A": {"1"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := newHandler(c.serve).handle(t.Context(), events.APIGatewayProxyRequest{HTTPMethod: "GET", Path: "/"})
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}
