package main

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

// handler has events of API Gateway answered by the API.
type handler struct{ adapter *httpadapter.HandlerAdapter }

func newHandler(api http.Handler) handler { return handler{httpadapter.New(api)} }

func (h handler) handle(ctx context.Context, in events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	in.Path = escaped(in.Path)
	return h.adapter.ProxyWithContext(ctx, in)
}

// escaped is a path as a URL has it. The gateway may have decoded one that anybody made up, and what is no URL would be an error of
// the function instead of an answer.
func escaped(path string) string {
	if _, err := url.ParseRequestURI(path); err == nil {
		return path
	}
	return (&url.URL{Path: path}).EscapedPath()
}
