// Command api is the Lambda function that serves the REST API, behind API Gateway.
package main

import (
	"net/http"

	"connectedcar/internal/runtime/lambdamain"
)

func main() {
	lambdamain.Run(wire, func(api http.Handler) any { return newHandler(api).handle })
}
