// Package api is the REST API's gateway: made from the contract, which says what there is, what a request must be and who may make it.
package api

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
)

// Props configures API. All are required but ConsoleURL and Unguarded.
type Props struct {
	// Contract is api/openapi.yaml.
	Contract []byte
	// Function answers. It has less time than Timeout.
	Function awslambda.IFunction
	// Pool is the user pool.
	Pool awscognito.IUserPool
	// AccessTokens says that tokens are access tokens, which carry scopes; otherwise they are ID tokens.
	AccessTokens bool
	Application  names.Application
	Settings     config.API
	// ConsoleURL is the origin of the one web page that may call the API. Default: none may.
	ConsoleURL string
	// LogRetentionDays is the retention of the access log.
	LogRetentionDays int
	Alarm            awscloudwatch.IAlarmAction
	// Unguarded leaves out that the firewall stands before the API, which emulators do not have.
	Unguarded bool
}

// API is the gateway.
type API struct {
	constructs.Construct
	REST  awsapigateway.CfnRestApi
	Stage awsapigateway.CfnStage
	URL   *string // where /v1 begins, without a slash at the end
}

// StageName is the name of the one stage.
const StageName = "live"

// Timeout is API Gateway's wait for the function: the longest without a raised quota.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
const Timeout = 29 * time.Second

// tls12 is API Gateway's policy of TLS 1.2 and 1.3 with forward secrecy, also against quantum computers.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
const tls12 = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"

// lenient is the access mode that goes with such a policy for endpoints that are reached by the name they have.
const lenient = "BASIC"

// New makes it.
func New(scope constructs.Construct, id string, props Props) *API {
	if props.Settings.RequestsPerSecond < 1 || props.Settings.Burst < 1 || props.Settings.RequestsPerClient < 1 {
		panic("api.New " + id + ": Settings are required")
	}
	a := &API{Construct: constructs.NewConstruct(scope, jsii.String(id))}
	body, err := Body(props.Contract, gateway(a.Construct, props))
	if err != nil {
		panic("api.New " + id + ": Contract: " + err.Error())
	}
	a.REST = awsapigateway.NewCfnRestApi(a.Construct, jsii.String("REST"), &awsapigateway.CfnRestApiProps{
		Name:                      jsii.String(name(props.Application)),
		Body:                      body,
		EndpointConfiguration:     &awsapigateway.CfnRestApi_EndpointConfigurationProperty{Types: jsii.Strings("REGIONAL")},
		SecurityPolicy:            jsii.String(tls12),
		EndpointAccessMode:        jsii.String(lenient),
		DisableExecuteApiEndpoint: jsii.Bool(props.Settings.Domain != nil),
	})
	cdknag.NagSuppressions_AddResourceSuppressions(a.REST, &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-APIG2"), Reason: jsii.String("Requests are validated: the body says so, where this rule does not look."),
	}}, nil)
	// cfn-lint and CloudFormation's validation warn of what an import of the body might overwrite: it has no gateway responses.
	awscdk.Validations_Of(a.REST).Acknowledge(&awscdk.Acknowledgment{
		Id: jsii.String("CloudFormation-Validate::W3660"), Reason: jsii.String("The body has no gateway responses, so it overwrites none."),
	})
	a.REST.AddMetadata(jsii.String("cfn-lint"), map[string]any{"config": map[string]any{"ignore_checks": []string{"W3660"}}})
	a.Stage = a.newStage(props, a.deploy(body, props.ConsoleURL))
	awslambda.NewCfnPermission(a.Construct, jsii.String("MayCall"), &awslambda.CfnPermissionProps{
		Action: jsii.String("lambda:InvokeFunction"), FunctionName: props.Function.FunctionArn(), Principal: jsii.String("apigateway.amazonaws.com"),
		SourceAccount: awscdk.Aws_ACCOUNT_ID(), SourceArn: a.arn("execute-api", *a.REST.Ref()+"/"+StageName+"/*"),
	})
	a.guard(props)
	a.watch(props)
	a.URL = a.address(props.Settings.Domain)
	return a
}

// name is the API's name, by which CloudWatch knows its metrics.
func name(app names.Application) string { return names.StackPrefix + "-" + string(app) }

func gateway(scope constructs.Construct, props Props) Gateway {
	stack := awscdk.Stack_Of(scope)
	return Gateway{
		Function: fmt.Sprintf("arn:%s:apigateway:%s:lambda:path/2015-03-31/functions/%s/invocations",
			*stack.Partition(), *stack.Region(), *props.Function.FunctionArn()),
		Pool: *props.Pool.UserPoolArn(), Scopes: props.AccessTokens, Origin: props.ConsoleURL, TimeoutMS: int(Timeout.Milliseconds()),
		Title: name(props.Application), Description: "What people may see of their cars and do with them",
	}
}

// deploy makes the copy of the API that the stage serves. Every change of the contract needs another one, and so does another function or
// user pool that it refers to; CloudFormation makes another for another name only. So the name has the digest of what is served, with the
// names of the resources in it in place of the CDK's placeholders, whose numbers mean nothing.
func (a *API) deploy(body object, origin string) awsapigateway.CfnDeployment {
	served, answers := []any{body}, []constructs.IDependable{a.REST}
	for _, r := range a.answerProblems(origin) {
		answers = append(answers, r)
		served = append(served, []any{r.ResponseType(), r.StatusCode(), r.ResponseParameters(), r.ResponseTemplates()})
	}
	resolved := awscdk.Stack_Of(a.Construct).Resolve(string(text(served)))
	sum := sha256.Sum256(text(resolved))
	d := awsapigateway.NewCfnDeployment(a.Construct, jsii.String("Deployment"+hex.EncodeToString(sum[:8])), &awsapigateway.CfnDeploymentProps{
		RestApiId: a.REST.Ref(), Description: jsii.String("The contract, as it is at that time"),
	})
	d.Node().AddDependency(answers...)
	return d
}

// arn is the ARN of a resource of a service here, in the form that those of API Gateway and its stages have.
func (a *API) arn(service, resource string) *string {
	stack := awscdk.Stack_Of(a.Construct)
	return jsii.String("arn:" + *stack.Partition() + ":" + service + ":" + *stack.Region() + ":" + *stack.Account() + ":" + resource)
}
