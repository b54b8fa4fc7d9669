// Package lambdamain runs the main function of a Lambda function.
package lambdamain

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

// Run calls wire with a logger that writes JSON to standard error, passes the result to serve, and serves requests by the handler that
// serve returns (see lambda.Start). If wire fails, Run logs the error and exits with status 1, so that the start of the function fails.
func Run[F any](wire func(context.Context, *slog.Logger) (F, error), serve func(F) any) {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	function, err := wire(context.Background(), log)
	if err != nil {
		log.Error("cannot start", "error", err)
		os.Exit(1)
	}
	lambda.Start(serve(function))
}
