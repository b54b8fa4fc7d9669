package template_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/cmd/localcloud/internal/iam/template"
)

const (
	producer = `{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}, "T": {"Type": "AWS::DynamoDB::GlobalTable"}},
		"Outputs": {"X": {"Value": {"Fn::GetAtt": ["Q", "Arn"]}, "Export": {"Name": "data:queue"}}}}`
	consumer = `{"Resources": {"R": {"Type": "AWS::IAM::Role"}}}`
)

func assembly(t *testing.T, templates map[string]string) *template.Assembly {
	t.Helper()
	dir := t.TempDir()
	for name, text := range templates {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	a, err := template.Load(dir, "x-", template.Place{Account: "000000000000", Region: "eu-central-1", Physical: map[string]map[string]string{
		"x-data": {"Q": "http://localhost:4566/000000000000/jobs", "T": "cars"},
	}})
	require.NoError(t, err)
	return a
}

func TestIntrinsicFunctionsResolve(t *testing.T) {
	a := assembly(t, map[string]string{"manifest.json": `{"artifacts": {"dataE3F1": {"type": "aws:cloudformation:stack",
		"properties": {"templateFile": "dataE3F1.template.json", "stackName": "x-data"}}, "tree": {"type": "cdk:tree"}}}`,
		"dataE3F1.template.json": producer, "x-app.json": consumer})
	assert.Equal(t, []string{"x-app", "x-data"}, a.Stacks())
	object := func(key string, value any) map[string]any { return map[string]any{key: value} }
	for name, tc := range map[string]struct {
		stack string
		value any
		want  any
	}{
		"a reference is the physical id":          {"x-data", object("Ref", "T"), "cars"},
		"a table's ARN":                           {"x-data", object("Fn::GetAtt", []any{"T", "Arn"}), "arn:aws:dynamodb:eu-central-1:000000000000:table/cars"},
		"a queue's ARN has the name from its URL": {"x-data", object("Fn::GetAtt", "Q.Arn"), "arn:aws:sqs:eu-central-1:000000000000:jobs"},
		"an import is the other stack's value":    {"x-app", object("Fn::ImportValue", "data:queue"), "arn:aws:sqs:eu-central-1:000000000000:jobs"},
		"a weak reference too":                    {"x-app", object("Fn::GetStackOutput", map[string]any{"StackName": "x-data", "OutputName": "X"}), "arn:aws:sqs:eu-central-1:000000000000:jobs"},
		"a resource without physical id":          {"x-app", object("Ref", "R"), "R"},
		"parts that are joined":                   {"x-app", object("Fn::Join", []any{":", []any{"arn", object("Ref", "AWS::Partition"), object("Ref", "AWS::Region")}}), "arn:aws:eu-central-1"},
		"a text with variables":                   {"x-data", object("Fn::Sub", "${AWS::AccountId}/${T}/${T.Arn}"), "000000000000/cars/arn:aws:dynamodb:eu-central-1:000000000000:table/cars"},
		"a text with values of its own":           {"x-data", object("Fn::Sub", []any{"${a}!", object("a", object("Ref", "T"))}), "cars!"},
		"an element of a split text":              {"x-data", object("Fn::Select", []any{"1", object("Fn::Split", []any{"-", "a-b"})}), "b"},
		"a map of one member that is no function": {"x-data", object("Key", object("Ref", "T")), object("Key", "cars")},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := a.Resolve(tc.stack, tc.value)
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
}

func TestReferencesToNothingAreErrors(t *testing.T) {
	a := assembly(t, map[string]string{"x-data.json": producer})
	_, err := a.Resolve("x-data", map[string]any{"Fn::ImportValue": "nowhere"})
	require.ErrorContains(t, err, "imports nowhere, which no template exports")
	_, err = a.Resolve("x-data", map[string]any{"Fn::GetAtt": []any{"Z", "Arn"}})
	require.ErrorContains(t, err, "Fn::GetAtt of Z")
	_, err = template.Load(t.TempDir(), "x-", template.Place{})
	require.ErrorContains(t, err, "no templates of stacks x-*")
}
