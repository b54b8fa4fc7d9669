package rules

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

const (
	lambdaAPI    = "https://docs.aws.amazon.com/lambda/latest/api/"
	lambdaQuotas = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
	lambdaGuide  = "https://docs.aws.amazon.com/lambda/latest/dg/"
)

const (
	maxSyncPayload   = 6291556 // bytes; the number in Lambda's own error about its 6 MB limit
	maxAsyncPayload  = 1 << 20
	maxEnvironment   = 4 << 10
	maxLayers        = 5
	batchWithoutWait = 10 // messages of a queue in one batch without a batching window
	defaultTimeout   = 3  // seconds, for a function without the setting
	defaultInvisible = 30 // seconds, for a queue without the setting
)

// reserved are environment variables that only Lambda itself sets.
var reserved = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
	"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
	"AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API",
	"LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}

var configures = []string{"CreateFunction", "UpdateFunctionConfiguration"}

var lambda = []Rule{
	{"a function is called with at most 6 MB", "lambda", []string{"Invoke"}, lambdaQuotas, "RequestTooLargeException", 413,
		stateless(func(m members) string {
			n := m.bytes("Payload")
			return unless(m.text("InvocationType") == "Event" || n <= maxSyncPayload,
				"%d byte payload is too large for the RequestResponse invocation type (limit %d bytes)", n, maxSyncPayload)
		})},
	{"an event has at most 1 MB", "lambda", []string{"Invoke"}, lambdaAPI + "API_Invoke.html", "RequestTooLargeException", 413,
		stateless(func(m members) string {
			n := m.bytes("Payload")
			return unless(m.text("InvocationType") != "Event" || n <= maxAsyncPayload,
				"%d byte payload is too large for the Event invocation type (limit %d bytes)", n, maxAsyncPayload)
		})},
	{"a function's environment has at most 4 KB", "lambda", configures, lambdaQuotas, "InvalidParameterValueException", 0,
		stateless(func(m members) string { return environmentSize(m.in("Environment").in("Variables")) })},
	{"a function's environment leaves Lambda's own variables alone", "lambda", configures,
		lambdaGuide + "configuration-envvars.html", "InvalidParameterValueException", 0,
		stateless(func(m members) string { return reservedVariable(m.in("Environment").in("Variables")) })},
	{"a function has at most 5 layers", "lambda", configures, lambdaQuotas, "InvalidParameterValueException", 0,
		stateless(func(m members) string {
			return unless(len(m.list("Layers")) <= maxLayers, "Layers consume more than the available size or number: at most %d", maxLayers)
		})},
	{"a queue's messages are invisible for at least the function's timeout", "lambda", []string{"CreateEventSourceMapping", "UpdateEventSourceMapping"},
		lambdaGuide + "services-sqs-configure.html", "InvalidParameterValueException", 0, visibleTooEarly},
	{"more than 10 messages at once are waited for", "lambda", []string{"CreateEventSourceMapping"},
		lambdaGuide + "services-sqs-configure.html", "InvalidParameterValueException", 0,
		stateless(func(m members) string {
			queue := strings.Contains(m.text("EventSourceArn"), ":sqs:")
			return unless(!queue || m.number("BatchSize") <= batchWithoutWait || m.number("MaximumBatchingWindowInSeconds") >= 1,
				"Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
		})},
	{"a stream is read from a position", "lambda", []string{"CreateEventSourceMapping"}, lambdaAPI + "API_CreateEventSourceMapping.html", "InvalidParameterValueException", 0,
		stateless(func(m members) string {
			source := m.text("EventSourceArn")
			stream := strings.Contains(source, ":kinesis:") || strings.Contains(source, ":dynamodb:")
			return unless(!stream || m.has("StartingPosition"), "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.")
		})},
}

// environmentSize counts the bytes of names and values, as Lambda's limit does.
func environmentSize(variables members) string {
	n := 0
	for name := range variables {
		n += len(name) + variables.bytes(name)
	}
	return unless(n <= maxEnvironment, "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: %d bytes", n)
}

func reservedVariable(variables members) string {
	for name := range variables {
		if slices.Contains(reserved, name) {
			return "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: " + name
		}
	}
	return ""
}

func visibleTooEarly(ctx context.Context, c call) (string, error) {
	source, function, err := mapping(ctx, c)
	parts := strings.Split(source, ":")
	if err != nil || len(parts) != 6 || parts[2] != "sqs" {
		return "", err
	}
	about, err := c.get(ctx, "lambda", "GetFunctionConfiguration", map[string]any{"FunctionName": function})
	if err != nil {
		return "", err
	}
	where, err := c.get(ctx, "sqs", "GetQueueUrl", map[string]any{"QueueName": parts[5]})
	if err != nil || where.text("QueueUrl") == "" {
		return "", err
	}
	queue, err := c.get(ctx, "sqs", "GetQueueAttributes", map[string]any{"QueueUrl": where.text("QueueUrl"), "AttributeNames": []string{"VisibilityTimeout"}})
	if err != nil || !about.has("Timeout") {
		return "", err
	}
	return invisibleFor(int(queue.in("Attributes").number("VisibilityTimeout")), int(about.number("Timeout"))), nil
}

// mapping returns the source and the function of the event source mapping that the call creates or updates.
func mapping(ctx context.Context, c call) (source, function string, err error) {
	if c.Operation == "CreateEventSourceMapping" {
		return c.text("EventSourceArn"), c.text("FunctionName"), nil
	}
	out, err := c.get(ctx, "lambda", "GetEventSourceMapping", map[string]any{"UUID": c.text("UUID")})
	if c.has("FunctionName") {
		return out.text("EventSourceArn"), c.text("FunctionName"), err
	}
	return out.text("EventSourceArn"), out.text("FunctionArn"), err
}

func invisibleFor(queue, function int) string {
	return unless(queue >= function, "Queue visibility timeout: %s seconds is less than Function timeout: %s seconds", strconv.Itoa(queue), strconv.Itoa(function))
}
