// Command emptybucket is the Lambda function that empties a bucket before CloudFormation deletes it: S3 deletes no bucket with objects.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-lambda-go/lambda"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/s3"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	cfg, err := awsconfig.Load(context.Background())
	if err != nil {
		log.Error("cannot start", "error", err)
		os.Exit(1)
	}
	h := &handler{buckets: s3.NewDisposer(cfg), log: log}
	lambda.Start(cfn.LambdaWrap(h.handle))
}
