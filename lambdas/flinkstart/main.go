// Command flinkstart is the Lambda function that starts the windows over the whole fleet when CloudFormation has made them: Amazon Managed
// Service for Apache Flink makes every application stopped.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-lambda-go/lambda"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/flink"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	cfg, err := awsconfig.Load(context.Background())
	if err != nil {
		log.Error("cannot start", "error", err)
		os.Exit(1)
	}
	h := &handler{applications: flink.NewApplications(cfg), log: log}
	lambda.Start(cfn.LambdaWrap(h.handle))
}
