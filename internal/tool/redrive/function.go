package redrive

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// functionAPI lists the calls of AWS Lambda that a Function makes.
type functionAPI interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Function is a Lambda function to run again.
type Function struct {
	API  functionAPI
	Name string
}

// Run calls the function with that event and waits for the end. It returns an error if the function failed or returned part of its batch
// for a retry.
func (f Function) Run(ctx context.Context, event []byte) error {
	out, err := f.API.Invoke(ctx, &lambda.InvokeInput{FunctionName: &f.Name, Payload: event})
	if err != nil {
		return fmt.Errorf("run function %s: %w", f.Name, err)
	}
	if out.FunctionError != nil {
		return fmt.Errorf("function %s failed (%s): its log says why", f.Name, aws.ToString(out.FunctionError))
	}
	var answer struct {
		BatchItemFailures []json.RawMessage `json:"batchItemFailures"`
	}
	if len(out.Payload) > 0 {
		if err := json.Unmarshal(out.Payload, &answer); err != nil {
			return fmt.Errorf("read what function %s answered: %w", f.Name, err)
		}
	}
	if len(answer.BatchItemFailures) > 0 {
		return fmt.Errorf("function %s handed changes back: its log says why", f.Name)
	}
	return nil
}
