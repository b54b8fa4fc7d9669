// Package api is the gateway of the REST API, made from the OpenAPI contract: its operations, the validation of requests, and
// authorization.
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

// Props configures API. All fields are required except ConsoleURL and Unguarded.
type Props struct {
	// Contract is the content of api/openapi.yaml.
	Contract []byte
	// Function answers the requests. Its timeout must be shorter than Timeout.
	Function awslambda.IFunction
	// Pool is the user pool whose tokens the API accepts.
	Pool awscognito.IUserPool
	// AccessTokens is true if clients send access tokens, which carry scopes; otherwise they send ID tokens.
	AccessTokens bool
	Application  names.Application
	Settings     config.API
	// ConsoleURL is the origin of the one web page that may call the API. Default: no web page may.
	ConsoleURL string
	// LogRetentionDays is the retention of the access log in days.
	LogRetentionDays int
	Alarm            awscloudwatch.IAlarmAction
	// Unguarded leaves out the firewall's association with the API, which emulators do not support.
	Unguarded bool
}

// API is the gateway.
type API struct {
	constructs.Construct
	REST  awsapigateway.CfnRestApi
	Stage awsapigateway.CfnStage
	URL   *string // base URL of /v1, without a trailing slash
}

// StageName is the name of the API's only stage.
const StageName = "live"

// Timeout is the integration timeout of API Gateway: the maximum of the default quota.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
const Timeout = 29 * time.Second

// tls12 is API Gateway's security policy with TLS 1.2 and 1.3, forward secrecy and post-quantum key exchange.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
const tls12 = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"

// lenient is the endpoint access mode to combine with such a policy if clients call each endpoint by its own host name.
const lenient = "BASIC"

// New makes the gateway. It panics if a limit in props.Settings is missing.
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
	// cfn-lint and CloudFormation's validation warn that an import of the body may overwrite gateway responses. The body contains none.
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

// name is the API's name, which is also the dimension of its CloudWatch metrics.
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

// deploy makes the deployment (a snapshot of the API) that the stage serves. Each change of the contract, the function or the user pool
// needs a new deployment, and CloudFormation makes one only under a new logical id. The id therefore contains a digest of the body. In the
// digest, logical ids replace the CDK's tokens, whose numbers differ between runs.
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

// arn is the ARN of a resource in this account and region, in the form that API Gateway uses.
func (a *API) arn(service, resource string) *string {
	stack := awscdk.Stack_Of(a.Construct)
	return jsii.String("arn:" + *stack.Partition() + ":" + service + ":" + *stack.Region() + ":" + *stack.Account() + ":" + resource)
}
