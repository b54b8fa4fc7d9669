// Package lambdamain is the main of a Lambda function.
package lambdamain

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

// Run wires the function with its log, which goes to standard error as JSON, and serves calls with what serve returns of it: a handler
// as lambda.Start takes one. A function that cannot be wired logs the reason and ends with status 1, by which its start fails.
func Run[F any](wire func(context.Context, *slog.Logger) (F, error), serve func(F) any) {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	function, err := wire(context.Background(), log)
	if err != nil {
		log.Error("cannot start", "error", err)
		os.Exit(1)
	}
	lambda.Start(serve(function))
}
