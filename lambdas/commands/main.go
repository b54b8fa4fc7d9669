// Command commands is the Lambda function that processes cars' answers to commands, from a queue.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/sqs"
	"connectedcar/internal/domain/command"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/env"
	"connectedcar/internal/runtime/lambdamain"
	"connectedcar/internal/runtime/sqsbatch"
)

func main() {
	lambdamain.Run(wire, func(in *sqsbatch.Handler) any { return in.Handle })
}

// wire builds the handler from the environment.
func wire(ctx context.Context, log *slog.Logger) (*sqsbatch.Handler, error) {
	env := env.New(os.Getenv)
	commands, failures := env.Text(names.EnvCommandsTable), env.Text(names.EnvFailureQueueURL)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	h := handler{answers: command.Answers{Store: dynamodb.NewCommands(dynamodb.NewClient(cfg), commands)}}
	return sqsbatch.New(h.take, sqs.NewFailures(cfg, failures), log), nil
}

// answers processes cars' answers.
type answers interface {
	Answer(ctx context.Context, r command.Result) (command.Outcome, error)
}

type handler struct{ answers answers }

// take processes one answer.
func (h handler) take(ctx context.Context, body []byte) (string, error) {
	result, err := command.DecodeResult(body)
	if err != nil {
		return "", err
	}
	outcome, err := h.answers.Answer(ctx, result)
	if errors.Is(err, command.ErrNotFound) {
		return "", message.Reject("unknown_command", string(result.VIN), err)
	}
	return string(outcome), err
}
