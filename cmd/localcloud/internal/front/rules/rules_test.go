package rules_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/cmd/localcloud/internal/front"
	"connectedcar/cmd/localcloud/internal/front/awsmodel"
	"connectedcar/cmd/localcloud/internal/front/rules"
	"connectedcar/cmd/localcloud/internal/front/wire"
)

type (
	m = map[string]any
	l = []any
)

// example is a call that a rule refuses, and a nearly identical call that passes.
type example struct {
	operation string // empty: the rule's first operation
	refused   m
	passes    m // nil: the refused call with other resources present
	there     map[string]m
	instead   map[string]m // the emulator's answers for the call that passes; nil: the same answers
}

// answers fakes the emulator: its answers are keyed by service and operation, optionally with the value of a member of the call.
func answers(there map[string]m) rules.Ask {
	return func(_ context.Context, _, service, operation string, input map[string]any) (map[string]any, error) {
		for _, value := range input {
			if text, ok := value.(string); ok {
				if out, there := there[service+"."+operation+" "+text]; there {
					return out, nil
				}
			}
		}
		if out, there := there[service+"."+operation]; there {
			return out, nil
		}
		return nil, wire.Fault{Status: 404, Code: "ResourceNotFoundException"}
	}
}

func decide(t *testing.T, r rules.Rule, operation string, input m, there map[string]m) *front.Refusal {
	t.Helper()
	model := awsmodel.Get(r.Service)
	require.NotNil(t, model, r.Service)
	if operation == "" {
		operation = r.Operations[0]
	}
	op := model.Operations[operation]
	require.NotNil(t, op, "%s has no operation %s", r.Service, operation)
	c := &front.Call{Service: r.Service, Operation: operation, Model: model, Op: op, Input: input, Region: "eu-central-1",
		Request: httptest.NewRequest("PUT", "/", nil)}
	if text, ok := input["body"].(string); ok { // rules about the total length
		c.Body = []byte(text)
	}
	if size, ok := input["length"].(int); ok {
		c.Request.ContentLength = int64(size)
	}
	return rules.NewCheck(rules.Table(), answers(there), slog.New(slog.DiscardHandler))(t.Context(), c)
}

func TestEveryRuleRefusesAndLetsTheNearestCallPass(t *testing.T) {
	for _, r := range rules.Table() {
		t.Run(r.Name, func(t *testing.T) {
			e, ok := examples[r.Name]
			require.True(t, ok, "the rule has no example")
			refusal := decide(t, r, e.operation, e.refused, e.there)
			require.NotNil(t, refusal, "the call passes")
			assert.Equal(t, r.Name, refusal.Rule)
			assert.Equal(t, r.Code, refusal.Code)
			assert.NotEmpty(t, refusal.Message)
			passes, there := e.passes, e.instead
			if passes == nil {
				passes = e.refused
			}
			if there == nil {
				there = e.there
			}
			if refusal := decide(t, r, e.operation, passes, there); refusal != nil {
				t.Errorf("refused by %q: %s", refusal.Rule, refusal.Message)
			}
		})
	}
}

func TestABucketThatItsStackEmptiesMayHaveObjects(t *testing.T) {
	rule := ruleNamed(t, "a stack is deleted whose buckets are empty")
	for name, c := range map[string]struct {
		emptied m
		refused bool
	}{
		"by the CDK's autoDeleteObjects":  {m{"Type": "Custom::S3AutoDeleteObjects", "Properties": m{"BucketName": m{"Ref": "R"}}}, false},
		"by this project's function":      {m{"Type": "Custom::EmptiedBucket", "Properties": m{"Bucket": m{"Fn::GetAtt": l{"R", "Arn"}}}}, false},
		"another bucket by that function": {m{"Type": "Custom::EmptiedBucket", "Properties": m{"Bucket": m{"Fn::GetAtt": l{"Q", "Arn"}}}}, true},
		"by a resource that empties none": {m{"Type": "Custom::Other", "Properties": m{"Bucket": m{"Ref": "R"}}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			there := bucketStack(m{"R": m{"Type": "AWS::S3::Bucket"}, "E": c.emptied})
			assert.Equal(t, c.refused, decide(t, rule, "", m{"StackName": "s"}, there) != nil)
		})
	}
}

// ruleNamed finds a rule by its name.
func ruleNamed(t *testing.T, name string) rules.Rule {
	t.Helper()
	for _, r := range rules.Table() {
		if r.Name == name {
			return r
		}
	}
	require.Fail(t, "no such rule", name)
	return rules.Rule{}
}

func TestTheTable(t *testing.T) {
	table := rules.Table()
	assert.GreaterOrEqual(t, len(table), 60)
	names := map[string]bool{}
	for _, r := range table {
		assert.False(t, names[r.Name], "%s: named twice", r.Name)
		names[r.Name] = true
		assert.True(t, strings.HasPrefix(r.Page, "https://docs.aws.amazon.com/"), "%s: %s is no page of AWS's documentation", r.Name, r.Page)
		assert.Contains(t, examples, r.Name)
	}
	for name := range examples {
		assert.True(t, names[name], "no rule has the name of the example %q", name)
	}
}

// undocumented are error codes that services return although their model does not list them for the operation: common errors, and errors of
// S3 and CloudFormation that only the documentation describes.
var undocumented = map[string][]string{
	"s3":             {"BucketNotEmpty", "InvalidBucketName", "KeyTooLongError", "MetadataTooLarge", "EntityTooLarge", "InvalidArgument", "MalformedXML", "BadRequest"},
	"cloudformation": {"ValidationError"},
	"dynamodb":       {"ValidationException"},
	"kinesis":        {"ValidationException"},
	"events":         {"ValidationException"},
	"sqs":            {"InvalidParameterValue"},
	"iot":            {"LimitExceededException"},
	"cognito-idp":    {"LimitExceededException"},
}

func TestACodeIsOneThatTheOperationAnswers(t *testing.T) {
	for _, r := range rules.Table() {
		model := awsmodel.Get(r.Service)
		for _, name := range r.Operations {
			codes := undocumented[r.Service]
			for _, ref := range model.Operations[name].Errors {
				codes = append(codes, code(model, ref))
			}
			assert.Contains(t, codes, r.Code, "%s: %s", r.Name, name)
		}
	}
}

func code(model *awsmodel.Model, ref *awsmodel.Ref) string {
	if fault := model.Shape(ref).Error; fault != nil && fault.Code != "" {
		return fault.Code
	}
	return ref.Shape
}

func TestARuleThatCannotAskLetsTheCallPass(t *testing.T) {
	broken := func(context.Context, string, string, string, map[string]any) (map[string]any, error) {
		return nil, wire.Fault{Status: 500, Code: "InternalFailure"}
	}
	model := awsmodel.Get("iot")
	c := &front.Call{Service: "iot", Operation: "DeletePolicy", Model: model, Op: model.Operations["DeletePolicy"], Input: m{"policyName": "p"}}
	assert.Nil(t, rules.NewCheck(rules.Table(), broken, slog.New(slog.DiscardHandler))(t.Context(), c))
}
