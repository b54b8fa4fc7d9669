// Command lake is the Lambda function that converts the telemetry that Firehose sends it to rows for analysis.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/kinesis"
	"connectedcar/internal/aws/sqs"
	"connectedcar/internal/domain/lake"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/env"
	"connectedcar/internal/runtime/lambdamain"
)

// tune trades memory for time: the rows of a batch are a few megabytes of the function's gigabyte, and with the default settings garbage
// collection took a third of the processor time.
func tune() {
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(768 << 20)
}

func main() {
	tune()
	lambdamain.Run(wire, func(h *handler) any { return h })
}

// wire builds the handler from the environment.
func wire(ctx context.Context, log *slog.Logger) (*handler, error) {
	env := env.New(os.Getenv)
	vehicles, failures := env.Text(names.EnvVehiclesTable), env.Text(names.EnvFailureQueueURL)
	source, nested := env.Text(names.EnvTelemetryStream), false
	env.JSON(names.EnvLakeNested, &nested)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	firehose := lake.Transformer{
		Models:   dynamodb.NewModels(dynamodb.NewClient(cfg), vehicles, time.Now),
		Failures: sqs.NewFailures(cfg, failures),
		Stream:   kinesis.NewTelemetry(cfg, source),
		MaxBytes: maxAnswer,
		Nested:   nested,
	}
	activity := firehose
	activity.Stream, activity.Nested = channel{}, false
	return &handler{
		transformer: &firehose, activity: &activity,
		log: log, metrics: os.Stdout, now: time.Now, function: lambdacontext.FunctionName,
	}, nil
}
