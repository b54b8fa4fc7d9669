package rules

import (
	"context"
	"net/url"
	"unicode/utf8"
)

const (
	iamQuotas = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
	iamAPI    = "https://docs.aws.amazon.com/IAM/latest/APIReference/"
)

const (
	maxInlinePolicies  = 10240 // characters of all inline policies of a role, without white space
	maxTrustPolicy     = 2048
	maxManagedPolicy   = 6144
	maxManagedOfRole   = 10
	maxManagedVersions = 5
)

var iam = []Rule{
	{"a role's inline policies have at most 10,240 characters together", "iam", []string{"PutRolePolicy"}, iamQuotas, "LimitExceeded", 409, inlineSum},
	{"a role's trust policy has at most 2,048 characters", "iam", []string{"CreateRole", "UpdateAssumeRolePolicy"}, iamQuotas, "LimitExceeded", 409,
		stateless(func(m members) string {
			n := characters(m.text("AssumeRolePolicyDocument") + m.text("PolicyDocument"))
			return unless(n <= maxTrustPolicy, "Cannot exceed quota for ACLSizePerRole: %d", maxTrustPolicy)
		})},
	{"a managed policy has at most 6,144 characters", "iam", []string{"CreatePolicy", "CreatePolicyVersion"}, iamQuotas, "LimitExceeded", 409,
		stateless(func(m members) string {
			return unless(characters(m.text("PolicyDocument")) <= maxManagedPolicy, "Cannot exceed quota for PolicySize: %d", maxManagedPolicy)
		})},
	{"a role has at most 10 managed policies", "iam", []string{"AttachRolePolicy"}, iamQuotas, "LimitExceeded", 409,
		func(ctx context.Context, c call) (string, error) {
			out, err := c.get(ctx, "iam", "ListAttachedRolePolicies", map[string]any{"RoleName": c.text("RoleName")})
			attached := out.elements("AttachedPolicies")
			for _, p := range attached {
				if p.text("PolicyArn") == c.text("PolicyArn") {
					return "", err
				}
			}
			return unless(len(attached) < maxManagedOfRole, "Cannot exceed quota for PoliciesPerRole: %d", maxManagedOfRole), err
		}},
	{"a managed policy has at most 5 versions", "iam", []string{"CreatePolicyVersion"}, iamAPI + "API_CreatePolicyVersion.html", "LimitExceeded", 409,
		func(ctx context.Context, c call) (string, error) {
			out, err := c.get(ctx, "iam", "ListPolicyVersions", map[string]any{"PolicyArn": c.text("PolicyArn")})
			return unless(len(out.list("Versions")) < maxManagedVersions, "A managed policy can have up to %d versions.", maxManagedVersions), err
		}},
	{"a role without policies is deleted", "iam", []string{"DeleteRole"}, iamAPI + "API_DeleteRole.html", "DeleteConflict", 409,
		func(ctx context.Context, c call) (string, error) {
			attached, err := c.get(ctx, "iam", "ListAttachedRolePolicies", map[string]any{"RoleName": c.text("RoleName")})
			if err != nil {
				return "", err
			}
			inline, err := c.get(ctx, "iam", "ListRolePolicies", map[string]any{"RoleName": c.text("RoleName")})
			return unless(len(attached.list("AttachedPolicies"))+len(inline.list("PolicyNames")) == 0, "Cannot delete entity, must detach all policies first."), err
		}},
}

func characters(policy string) int { return utf8.RuneCountInString(withoutSpace(policy)) }

func inlineSum(ctx context.Context, c call) (string, error) {
	role := c.text("RoleName")
	out, err := c.get(ctx, "iam", "ListRolePolicies", map[string]any{"RoleName": role})
	if err != nil {
		return "", err
	}
	sum := characters(c.text("PolicyDocument"))
	for _, name := range out.list("PolicyNames") {
		if name == c.text("PolicyName") { // the call replaces this policy
			continue
		}
		p, err := c.get(ctx, "iam", "GetRolePolicy", map[string]any{"RoleName": role, "PolicyName": name})
		if err != nil {
			return "", err
		}
		sum += characters(unescapedPolicy(p.text("PolicyDocument")))
	}
	return inlineLimit(role, sum), nil
}

func inlineLimit(role string, sum int) string {
	return unless(sum <= maxInlinePolicies, "Maximum policy size of %d bytes exceeded for role %s", maxInlinePolicies, role)
}

// unescapedPolicy decodes the URL encoding in which IAM returns policies.
func unescapedPolicy(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}
