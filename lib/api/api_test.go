package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	openapi "connectedcar/api"
	"connectedcar/lib/api"
	"connectedcar/lib/cdktest"
	"connectedcar/lib/config"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

type object = map[string]any

// at returns the value at a path of keys.
func at(value any, keys ...string) any {
	for _, key := range keys {
		o, _ := value.(object)
		value = o[key]
	}
	return value
}

func synth(t *testing.T, change func(*api.Props)) cdktest.Template {
	t.Helper()
	stack := cdktest.Stack(t)
	cdktest.Check(t, func() {
		props := api.Props{
			Contract: openapi.Contract, Pool: awscognito.NewUserPool(stack, jsii.String("Pool"), nil), AccessTokens: true, Application: "cars",
			Function: awslambda.NewFunction(stack, jsii.String("F"), &awslambda.FunctionProps{
				Runtime: awslambda.Runtime_NODEJS_LATEST(), Handler: jsii.String("x"), Code: awslambda.Code_FromInline(jsii.String("x")),
			}),
			Settings: config.API{RequestsPerSecond: 100, Burst: 200, RequestsPerClient: 300}, ConsoleURL: "https://console.example.com",
			LogRetentionDays: 30, Alarm: awscloudwatchactions.NewSnsAction(awssns.NewTopic(stack, jsii.String("T"), nil)),
		}
		change(&props)
		api.New(stack, "API", props)
	})
	return cdktest.SynthStack(t, stack)
}

// only returns the single resource of that type.
func only(t *testing.T, in cdktest.Template, typ string) cdktest.Resource {
	t.Helper()
	all := in.OfType(typ)
	require.Len(t, all, 1, typ)
	for _, r := range all {
		return r
	}
	return cdktest.Resource{}
}

// operations returns the scopes of each of the contract's operations; nil for a public operation.
func operations(t *testing.T) map[string][]any {
	t.Helper()
	var contract object
	require.NoError(t, yaml.Unmarshal(openapi.Contract, &contract))
	all := map[string][]any{}
	for path, item := range at(contract, "paths").(object) {
		for method, operation := range item.(object) {
			if method == "parameters" {
				continue
			}
			security, ok := at(operation, "security").([]any)
			if !ok {
				security = at(contract, "security").([]any)
			}
			all[method+" "+path] = nil
			if len(security) > 0 {
				all[method+" "+path] = at(security[0], "cognito").([]any)
			}
		}
	}
	require.Greater(t, len(all), 40)
	return all
}

func TestEveryOperationOfTheContractIsServedAuthorisedAndNoOther(t *testing.T) {
	for name, tc := range map[string]struct{ access bool }{"access tokens with their scopes": {true}, "ID tokens, which have none": {false}} {
		t.Run(name, func(t *testing.T) {
			body := only(t, synth(t, func(p *api.Props) { p.AccessTokens = tc.access }), "AWS::ApiGateway::RestApi").Properties["Body"]
			assert.Equal(t, "all", at(body, "x-amazon-apigateway-request-validator"))
			assert.Equal(t, "cognito_user_pools", at(body, "components", "securitySchemes", "cognito", "x-amazon-apigateway-authorizer", "type"))
			left := operations(t)
			for path, item := range at(body, "paths").(object) {
				for method, operation := range item.(object) {
					integration := at(operation, "x-amazon-apigateway-integration")
					if method == "options" || method == "x-amazon-apigateway-any-method" {
						assert.Equal(t, "mock", at(integration, "type"), path)
						continue
					}
					key := method + " " + path
					scopes, ok := left[key]
					require.True(t, ok, "%s is not in the contract", key)
					delete(left, key)
					assert.Equal(t, "aws_proxy", at(integration, "type"), key)
					assert.Contains(t, fmt.Sprint(at(integration, "uri")), "/functions/", key)
					if scopes == nil {
						assert.Equal(t, "get /v1/health", key, "only this is for everybody")
						assert.Nil(t, at(operation, "security"), key)
						continue
					}
					if !tc.access {
						scopes = []any{}
					}
					assert.Equal(t, []any{object{"cognito": scopes}}, at(operation, "security"), key)
				}
			}
			assert.Empty(t, left, "operations of the contract that the gateway does not serve")
		})
	}
}

func TestAMethodThatAPathDoesNotHaveIsNotAllowed(t *testing.T) {
	contract := operations(t)
	body := only(t, synth(t, func(*api.Props) {}), "AWS::ApiGateway::RestApi").Properties["Body"]
	for path, item := range at(body, "paths").(object) {
		answer := at(item, "x-amazon-apigateway-any-method", "x-amazon-apigateway-integration", "responses", "default")
		assert.Equal(t, "405", at(answer, "statusCode"), path)
		for method := range strings.SplitSeq(strings.Trim(at(answer, "responseParameters", "method.response.header.Allow").(string), "'"), ", ") {
			assert.Contains(t, contract, strings.ToLower(method)+" "+path)
		}
		var p object
		require.NoError(t, json.Unmarshal([]byte(at(answer, "responseTemplates", "application/json").(string)), &p), path)
		assert.EqualValues(t, 405, p["status"], path)
	}
}

func TestGatewaysOwnAnswersAreProblemsThatTellNothing(t *testing.T) {
	all := synth(t, func(*api.Props) {}).OfType("AWS::ApiGateway::GatewayResponse")
	require.GreaterOrEqual(t, len(all), 15)
	for id, r := range all {
		var p object
		template := at(r.Properties, "ResponseTemplates", "application/json").(string)
		require.NoError(t, json.Unmarshal([]byte(template), &p), id)
		assert.Equal(t, r.Properties["StatusCode"], fmt.Sprint(p["status"]), id)
		assert.Equal(t, "about:blank", p["type"], id)
		assert.Equal(t, "$context.requestId", p["instance"], id)
		assert.Equal(t, 1, strings.Count(template, "$"), "%s says more than which request it was", id)
		assert.Equal(t, "'application/problem+json'", at(r.Properties, "ResponseParameters", "gatewayresponse.header.Content-Type"), id)
		assert.Equal(t, "'https://console.example.com'", at(r.Properties, "ResponseParameters", "gatewayresponse.header.Access-Control-Allow-Origin"), id)
	}
}

func TestWithoutAConsoleNoPageMayCall(t *testing.T) {
	raw := string(synth(t, func(p *api.Props) { p.ConsoleURL = "" }).Raw)
	assert.NotContains(t, raw, "Access-Control")
	assert.NotContains(t, raw, `"options"`)
}

func TestAccessLogHasNoTokensQueriesOrPaths(t *testing.T) {
	stage := only(t, synth(t, func(*api.Props) {}), "AWS::ApiGateway::Stage").Properties
	format := at(stage, "AccessLogSetting", "Format").(string)
	require.True(t, json.Valid([]byte(format)))
	assert.Contains(t, format, "$context.resourcePath")
	for _, telling := range []string{"$context.path", "header", "querystring", "authorizer.claims.email", "$input", "$context.identity.user"} {
		assert.NotContains(t, format, telling)
	}
	assert.Equal(t, false, stage["TracingEnabled"], "URLs have VINs, which X-Ray would show to whoever reads traces")
}

func TestFirewallStandsBeforeTheStageAndCountsByTokenAndAddress(t *testing.T) {
	template := synth(t, func(*api.Props) {})
	acl := only(t, template, "AWS::WAFv2::WebACL").Properties
	keys := map[string]any{}
	for _, r := range acl["Rules"].([]any) {
		if limit := at(r, "Statement", "RateBasedStatement"); limit != nil {
			keys[at(limit, "AggregateKeyType").(string)] = at(limit, "Limit")
			answer := at(r, "Action", "Block", "CustomResponse")
			assert.EqualValues(t, 429, at(answer, "ResponseCode"))
			assert.Subset(t, at(answer, "ResponseHeaders"), []any{
				object{"Name": "Retry-After", "Value": "300"},
				object{"Name": "Access-Control-Allow-Origin", "Value": "https://console.example.com"},
			}, "the console could not tell it from no network")
		}
		assert.Equal(t, false, at(r, "VisibilityConfig", "SampledRequestsEnabled"), "samples have tokens in them")
	}
	assert.Equal(t, map[string]any{"IP": 300.0, "CUSTOM_KEYS": 300.0}, keys)
	assert.Contains(t, fmt.Sprint(only(t, template, "AWS::WAFv2::WebACLAssociation").Properties["ResourceArn"]), "/restapis/")
	assert.Empty(t, synth(t, func(p *api.Props) { p.Unguarded = true }).OfType("AWS::WAFv2::WebACLAssociation"))
}

func TestAnyChangeOfTheContractIsDeployed(t *testing.T) {
	name := func(change func(*api.Props)) string {
		for id := range synth(t, change).OfType("AWS::ApiGateway::Deployment") {
			return id
		}
		return ""
	}
	same := name(func(*api.Props) {})
	assert.NotEmpty(t, same)
	assert.Equal(t, same, name(func(*api.Props) {}), "it is deployed without a change")
	assert.NotEqual(t, same, name(func(p *api.Props) { p.AccessTokens = false }))
	assert.NotEqual(t, same, name(func(p *api.Props) { p.ConsoleURL = "https://other.example.com" }))
	assert.NotEqual(t, same, name(func(p *api.Props) {
		p.Pool = awscognito.NewUserPool(p.Function.Stack(), jsii.String("Successor"), nil)
	}), "the stage would ask the former pool")
	assert.NotEqual(t, same, name(func(p *api.Props) {
		p.Function = awslambda.NewFunction(p.Function.Stack(), jsii.String("Successor"), &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_NODEJS_LATEST(), Handler: jsii.String("x"), Code: awslambda.Code_FromInline(jsii.String("x")),
		})
	}), "the stage would call the former function")
}

func TestOwnDomainIsTheOnlyAddress(t *testing.T) {
	template := synth(t, func(p *api.Props) {
		p.Settings.Domain = &config.Domain{Name: "api.example.com", CertificateARN: "arn:aws:acm:eu-central-1:123456789012:certificate/a", HostedZoneID: "Z01"}
	})
	rest := only(t, template, "AWS::ApiGateway::RestApi").Properties
	assert.Equal(t, true, rest["DisableExecuteApiEndpoint"])
	domain := only(t, template, "AWS::ApiGateway::DomainName").Properties
	for _, p := range []map[string]any{rest, domain} {
		assert.Contains(t, p["SecurityPolicy"], "TLS13_1_2")
	}
	assert.Len(t, template.OfType("AWS::Route53::RecordSet"), 1)
}

func TestContractThatLacksSomethingIsRefused(t *testing.T) {
	for name, tc := range map[string]struct{ contract, want string }{
		"no YAML":                    {"\t", "read the contract"},
		"no paths":                   {"openapi: 3.0.3", "it has no paths"},
		"an unknown method":          {"paths: {/a: {head: {}}}", `path /a of the contract: "head": allowed are parameters and delete`},
		"nobody said who may call":   {"paths: {/a: {get: {}}}", "it says nothing of who may call it"},
		"another scheme of security": {"security: [{key: []}]\npaths: {/a: {get: {}}}", "security must be [] or one scheme, cognito"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := api.Body([]byte(tc.contract), api.Gateway{})
			assert.ErrorContains(t, err, tc.want)
		})
	}
}
