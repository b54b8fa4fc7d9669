package actions

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

type lambdaAPI interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// newLambda invokes the function asynchronously, as AWS IoT does.
func (b *Builder) newLambda(f *fields, a types.LambdaAction) Action {
	function := f.template("functionArn", a.FunctionArn)
	return &single{"LambdaAction", aws.ToString(a.FunctionArn), b.retry, func(ctx context.Context, in Invocation) error {
		name, err := in.destination(ctx, "functionArn", function)
		if err != nil {
			return err
		}
		_, err = b.lambda.Invoke(ctx, &lambda.InvokeInput{
			FunctionName: &name, InvocationType: lambdatypes.InvocationTypeEvent, Payload: in.Output,
		})
		return err
	}}
}
