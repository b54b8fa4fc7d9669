// Command extract writes the service models of the strict front, from the botocore version in requirements.txt:
//
//	go generate ./cmd/localcloud/internal/front/awsmodel
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"connectedcar/cmd/localcloud/internal/front/awsmodel"
)

// services are the AWS services that the platform's programs and its deployment call.
var services = []string{
	"apigateway", "athena", "cloudformation", "cognito-identity", "cognito-idp", "dynamodb", "dynamodbstreams", "ecr", "events", "firehose",
	"glue", "iam", "iot", "iot-data", "kinesis", "kinesisanalyticsv2", "kms", "lambda", "logs", "s3", "scheduler", "secretsmanager", "sesv2",
	"sns", "sqs", "ssm", "sts", "wafv2",
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: extract VENV")
		os.Exit(2)
	}
	for _, name := range services {
		b, err := Extract(os.Args[1], name)
		if err == nil {
			err = os.WriteFile(filepath.Join("models", name+".json.gz"), b, 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "extract:", err)
			os.Exit(1)
		}
	}
}

// Extract returns a service's newest model, compressed and without the members that awsmodel does not read.
func Extract(venv, service string) ([]byte, error) {
	pattern := filepath.Join(venv, "lib", "python3*", "site-packages", "botocore", "data", service, "*", "service-2.json.gz")
	versions, err := filepath.Glob(pattern)
	if err != nil || len(versions) == 0 {
		return nil, fmt.Errorf("no model of %s at %s: run `make install-python`", service, pattern)
	}
	f, err := os.Open(slices.Max(versions))
	if err != nil {
		return nil, fmt.Errorf("model of %s: %w", service, err)
	}
	defer f.Close() // read-only: a close error loses nothing
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("model of %s: %w", service, err)
	}
	var m awsmodel.Model
	if err := json.NewDecoder(unzipped).Decode(&m); err != nil {
		return nil, fmt.Errorf("model of %s: %w", service, err)
	}
	return compress(m)
}

// compress is deterministic: the gzip header has no name and time, and Go sorts keys.
func compress(m awsmodel.Model) ([]byte, error) {
	plain, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode a model: %w", err)
	}
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("compress a model: %w", err)
	}
	if _, err := zip.Write(plain); err != nil {
		return nil, fmt.Errorf("compress a model: %w", err)
	}
	if err := zip.Close(); err != nil {
		return nil, fmt.Errorf("compress a model: %w", err)
	}
	return out.Bytes(), nil
}
