package snapshot_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/cdktest"
)

// everywhere are the actions that may be allowed on every resource, with the reasons.
var everywhere = map[string]string{
	"iot:AttachThingPrincipal":      "AWS IoT knows no resource for it",
	"iot:AttachPolicy":              "AWS IoT knows Cognito identities by no ARN; attaching to anything else is denied beside it",
	"iot:DetachPolicy":              "AWS IoT knows Cognito identities by no ARN",
	"iot:ListAttachedPolicies":      "AWS IoT knows Cognito identities by no ARN",
	"xray:PutTraceSegments":         "X-Ray takes traces for no resource in particular",
	"xray:PutTelemetryRecords":      "X-Ray takes traces for no resource in particular",
	"ec2:DescribeDhcpOptions":       "EC2 describes by no resource",
	"ec2:DescribeNetworkInterfaces": "EC2 describes by no resource",
	"ec2:DescribeSecurityGroups":    "EC2 describes by no resource",
	"ec2:DescribeSubnets":           "EC2 describes by no resource",
	"ec2:DescribeVpcs":              "EC2 describes by no resource",

	"elasticbeanstalk:ListPlatformVersions": "platforms are AWS's, and listed by no resource",
}

// statement is an Allow statement and its location.
type statement struct {
	where     string
	document  int  // number of the policy document: variants have stacks and resources of the same names
	keyPolicy bool // in a key policy, where `*` is the key itself; administrators of the account need it
	actions   []any
	resources []any
	principal any
	condition any
}

// allowing returns all Allow statements of all policies.
func allowing(t *testing.T) []statement {
	t.Helper()
	var all []statement
	number := 0
	for _, template := range everything(t) {
		for _, id := range slices.Sorted(maps.Keys(template.Resources)) {
			r := template.Resources[id]
			if r.Type == "AWS::IoT::Policy" {
				continue // an AWS IoT policy, which test/isolation checks
			}
			for _, document := range documents(r.Properties) {
				number++
				for _, s := range list(at(document, "Statement")) {
					if at(s, "Effect") == "Allow" {
						all = append(all, statement{
							where: template.Stack + "/" + id, document: number, keyPolicy: r.Type == "AWS::KMS::Key", actions: list(at(s, "Action")),
							resources: list(at(s, "Resource")), principal: at(s, "Principal"), condition: at(s, "Condition"),
						})
					}
				}
			}
		}
	}
	require.NotEmpty(t, all)
	return all
}

// documents finds the policy documents in properties at any depth.
func documents(value any) []any {
	var found []any
	switch v := value.(type) {
	case map[string]any:
		if v["Statement"] != nil {
			return []any{v}
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			found = append(found, documents(v[key])...)
		}
	case []any:
		for _, e := range v {
			found = append(found, documents(e)...)
		}
	}
	return found
}

func TestNoPolicyAllowsAWildcardOfActions(t *testing.T) {
	for _, s := range allowing(t) {
		for _, action := range s.actions {
			if s.keyPolicy && action == "kms:*" {
				assert.Contains(t, fmt.Sprint(s.principal), ":root", "%s lets others than its own account administer the key", s.where)
				continue
			}
			assert.NotContains(t, action, "*", s.where)
		}
	}
}

func TestPoliciesAllowOnEveryResourceOnlyWhatHasNone(t *testing.T) {
	used := map[string]bool{}
	for _, s := range allowing(t) {
		if s.keyPolicy || !slices.Contains(s.resources, any("*")) {
			continue
		}
		for _, action := range s.actions {
			name, _ := action.(string)
			assert.Contains(t, everywhere, name, "%s allows it on every resource", s.where)
			used[name] = true
		}
	}
	assert.Len(t, used, len(everywhere), "an exception that nothing needs any more is to be removed")
}

// A right that stands twice stays when one of the two is taken away, so that nobody notices which of them a role needs.
func TestNoPolicyAllowsTheSameTwice(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range allowing(t) {
		for _, action := range s.actions {
			for _, resource := range s.resources {
				b, err := json.Marshal([]any{s.where, s.document, action, resource, s.principal, s.condition})
				require.NoError(t, err)
				assert.False(t, seen[string(b)], "twice: %s", b)
				seen[string(b)] = true
			}
		}
	}
}

func TestNobodyOutsideIsLetIn(t *testing.T) {
	for _, s := range allowing(t) {
		if s.principal == nil {
			continue
		}
		b, err := json.Marshal(s.principal)
		require.NoError(t, err)
		assert.NotContains(t, string(b), `"*"`, s.where)
		if at(s.principal, "Service") == "iot.amazonaws.com" || at(s.principal, "Service") == "cloudwatch.amazonaws.com" {
			condition, err := json.Marshal(s.condition)
			require.NoError(t, err)
			assert.Contains(t, strings.ToLower(string(condition)), "aws:sourceaccount", "%s: the service may act here for another account", s.where)
		}
	}
}

func TestNoFunctionHasTheWidePolicyOfTheCDK(t *testing.T) {
	each(t, "AWS::IAM::Role", func(t *testing.T, _ cdktest.Template, id string, r cdktest.Resource) {
		if principal := at(r.Properties, "AssumeRolePolicyDocument"); strings.Contains(fmt.Sprint(principal), "elasticbeanstalk.amazonaws.com") {
			assert.Len(t, r.Properties["ManagedPolicyArns"], 2, "%s: AWS keeps what managed updates call", id)
			return
		}
		assert.Nil(t, r.Properties["ManagedPolicyArns"])
	})
}
