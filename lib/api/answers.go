package api

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
)

// authorizer makes API Gateway check a token's signature, expiry and scopes with the user pool before it calls the function. The function
// checks them again, because it can be invoked without the gateway.
func authorizer(g Gateway) object {
	return object{
		"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "cognito_user_pools",
		"x-amazon-apigateway-authorizer": object{"type": "cognito_user_pools", "providerARNs": []any{g.Pool}},
	}
}

// requestHeaders are the request headers that a web page on another origin may send (CORS).
const requestHeaders = "Authorization,Content-Type,If-Match,Idempotency-Key"

// preflightSeconds is the time for which browsers may cache a preflight response; Chromium caps it at two hours.
const preflightSeconds = 2 * 60 * 60

// preflight answers the CORS preflight request of a browser for a path.
func preflight(origin string, allowed []string, parameters []any) object {
	return fixed("204", "The methods and headers that the page may send", parameters, map[string]string{
		"Access-Control-Allow-Origin":  origin,
		"Access-Control-Allow-Methods": strings.ToUpper(strings.Join(allowed, ",")),
		"Access-Control-Allow-Headers": requestHeaders,
		"Access-Control-Max-Age":       strconv.Itoa(preflightSeconds),
		"Vary":                         "Origin",
	}, "")
}

// anyMethod is the key of the operation for all methods that a path does not define.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-any-method.html
const anyMethod = "x-amazon-apigateway-any-method"

// notAllowed answers 405 to a method that the path does not define. API Gateway's own answer would be the one for an unknown path.
func notAllowed(origin string, allowed []string, parameters []any) object {
	p := problem{http.StatusMethodNotAllowed, "Method Not Allowed", "The method is not allowed here."}
	headers := map[string]string{
		"Allow": strings.ToUpper(strings.Join(allowed, ", ")), "Content-Type": "application/problem+json", "Cache-Control": "no-store",
	}
	if origin != "" {
		headers["Access-Control-Allow-Origin"], headers["Vary"] = origin, "Origin"
	}
	return fixed(strconv.Itoa(p.status), p.title, parameters, headers, p.body("$context.requestId"))
}

// fixed is an operation that API Gateway answers without an integration; the body is the template.
func fixed(status, description string, parameters []any, headers map[string]string, template string) object {
	declared, set := object{}, object{}
	for name, value := range headers {
		declared[name] = object{"schema": object{"type": "string"}}
		set["method.response.header."+name] = quoted(value)
	}
	answer := object{"statusCode": status, "responseParameters": set}
	if template != "" {
		answer["responseTemplates"] = object{"application/json": template}
	}
	out := object{
		"responses": object{status: object{"description": description, "headers": declared}},
		"x-amazon-apigateway-integration": object{
			"type": "mock", "passthroughBehavior": "never", // a body of another content type than the template's is answered with 415
			"requestTemplates": object{"application/json": `{"statusCode": ` + status + `}`},
			"responses":        object{"default": answer},
		},
	}
	if len(parameters) > 0 {
		out["parameters"] = parameters
	}
	return out
}

// quoted writes a static value in API Gateway's mapping syntax.
func quoted(value string) string { return "'" + value + "'" }

// problem is an error response that API Gateway sends itself.
type problem struct {
	status        int
	title, detail string
}

// problems are the error responses that API Gateway sends without calling the function, by API Gateway's response type. Their texts follow
// the contract and do not reveal internal errors; the request id identifies the request in the log.
func problems() map[string]problem {
	return map[string]problem{
		"DEFAULT_4XX":                    {400, "Bad Request", "The request cannot be understood."},
		"DEFAULT_5XX":                    {500, "Internal Server Error", "Something went wrong here. Trying again may help."},
		"BAD_REQUEST_BODY":               {400, "Bad Request", "The body is not what the contract says."},
		"BAD_REQUEST_PARAMETERS":         {400, "Bad Request", "A parameter that the contract requires is missing."},
		"UNAUTHORIZED":                   {401, "Unauthorized", "There is no valid token that allows this."},
		"MISSING_AUTHENTICATION_TOKEN":   {404, "Not Found", "There is nothing here."},
		"RESOURCE_NOT_FOUND":             {404, "Not Found", "There is nothing here."},
		"ACCESS_DENIED":                  {403, "Forbidden", "The token does not allow this."},
		"INVALID_SIGNATURE":              {401, "Unauthorized", "There is no valid token that allows this."},
		"EXPIRED_TOKEN":                  {401, "Unauthorized", "There is no valid token that allows this."},
		"WAF_FILTERED":                   {403, "Forbidden", "The request is not allowed."},
		"REQUEST_TOO_LARGE":              {413, "Content Too Large", "The body is too large."},
		"UNSUPPORTED_MEDIA_TYPE":         {415, "Unsupported Media Type", "The body must be application/json."},
		"THROTTLED":                      {429, "Too Many Requests", "Too many requests. Try again later."},
		"QUOTA_EXCEEDED":                 {429, "Too Many Requests", "Too many requests. Try again later."},
		"INTEGRATION_FAILURE":            {503, "Service Unavailable", "The service is not available. Try again later."},
		"INTEGRATION_TIMEOUT":            {503, "Service Unavailable", "The service is not available. Try again later."},
		"AUTHORIZER_FAILURE":             {500, "Internal Server Error", "Something went wrong here. Trying again may help."},
		"AUTHORIZER_CONFIGURATION_ERROR": {500, "Internal Server Error", "Something went wrong here. Trying again may help."},
		"API_CONFIGURATION_ERROR":        {500, "Internal Server Error", "Something went wrong here. Trying again may help."},
	}
}

// answerProblems configures the error responses of API Gateway. They are separate resources, because emulators ignore gateway responses in
// the API's body.
func (a *API) answerProblems(origin string) []awsapigateway.CfnGatewayResponse {
	all := problems()
	var out []awsapigateway.CfnGatewayResponse
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p := all[name]
		out = append(out, awsapigateway.NewCfnGatewayResponse(a.Construct, jsii.String("Answer"+name), &awsapigateway.CfnGatewayResponseProps{
			RestApiId: a.REST.Ref(), ResponseType: jsii.String(name), StatusCode: jsii.String(strconv.Itoa(p.status)),
			ResponseParameters: problemHeaders(p, origin), ResponseTemplates: map[string]any{"application/json": p.body("$context.requestId")},
		}))
	}
	return out
}

func problemHeaders(p problem, origin string) object {
	headers := object{"gatewayresponse.header.Content-Type": quoted("application/problem+json"), "gatewayresponse.header.Cache-Control": quoted("no-store")}
	switch p.status {
	case 401:
		headers["gatewayresponse.header.WWW-Authenticate"] = quoted("Bearer")
	case 429, 503:
		headers["gatewayresponse.header.Retry-After"] = quoted("5")
	}
	if origin != "" {
		headers["gatewayresponse.header.Access-Control-Allow-Origin"] = quoted(origin)
		headers["gatewayresponse.header.Access-Control-Expose-Headers"] = quoted(names.ExposedHeaders)
		headers["gatewayresponse.header.Vary"] = quoted("Origin")
	}
	return headers
}

// body is the problem as JSON. instance is left out if it is empty.
func (p problem) body(instance string) string {
	out := object{"type": "about:blank", "title": p.title, "status": p.status, "detail": p.detail}
	if instance != "" {
		out["instance"] = instance
	}
	return string(text(out))
}
