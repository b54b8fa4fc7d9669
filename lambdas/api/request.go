package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// request converts an event to an HTTP request.
func request(ctx context.Context, in events.APIGatewayProxyRequest) (*http.Request, error) {
	body := in.Body
	if in.IsBase64Encoded {
		b, err := base64.StdEncoding.DecodeString(body)
		if err != nil {
			return nil, fmt.Errorf("decode the body: %w", err)
		}
		body = string(b)
	}
	target := "https://" + in.RequestContext.DomainName + escaped("/"+strings.TrimPrefix(in.Path, "/"))
	if query := queryOf(in).Encode(); query != "" {
		target += "?" + query
	}
	r, err := http.NewRequestWithContext(ctx, strings.ToUpper(in.HTTPMethod), target, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.RemoteAddr, r.RequestURI, r.Header = in.RequestContext.Identity.SourceIP, r.URL.RequestURI(), headerOf(in)
	return r, nil
}

// escaped returns a path in the escaped form of URLs. API Gateway may have unescaped a path that any client can choose, and an invalid URL
// would make the function fail instead of responding.
func escaped(path string) string {
	if _, err := url.ParseRequestURI(path); err == nil {
		return path
	}
	return (&url.URL{Path: path}).EscapedPath()
}

// queryOf and headerOf prefer the multi-value fields: API Gateway sends both, and the single-value ones have only the last value of each.
func queryOf(in events.APIGatewayProxyRequest) url.Values {
	if len(in.MultiValueQueryStringParameters) > 0 {
		return url.Values(in.MultiValueQueryStringParameters)
	}
	query := url.Values{}
	for name, value := range in.QueryStringParameters {
		query.Set(name, value)
	}
	return query
}

func headerOf(in events.APIGatewayProxyRequest) http.Header {
	header := http.Header{}
	for name, values := range in.MultiValueHeaders {
		for _, value := range values {
			header.Add(name, value)
		}
	}
	if in.MultiValueHeaders != nil {
		return header
	}
	for name, value := range in.Headers {
		header.Add(name, value)
	}
	return header
}
