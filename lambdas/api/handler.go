package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
)

// handler serves events of API Gateway's Lambda proxy integration
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html) with an ordinary http.Handler.
type handler struct{ api http.Handler }

func newHandler(api http.Handler) handler { return handler{api} }

func (h handler) handle(ctx context.Context, in events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	r, err := request(ctx, in)
	if err != nil {
		return events.APIGatewayProxyResponse{}, fmt.Errorf("read the event: %w", err)
	}
	var w recorder
	h.api.ServeHTTP(&w, r)
	return w.response(), nil
}
