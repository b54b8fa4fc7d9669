package principal

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"connectedcar/internal/twin/iot/policy"
)

// policies reads the role's inline and attached policies. A policy that does not parse is an error, because it might hold a Deny.
func (b *Book) policies(ctx context.Context, role string) (policy.Set, error) {
	var list []policy.Named
	own := iam.NewListRolePoliciesPaginator(b.iam, &iam.ListRolePoliciesInput{RoleName: &role})
	for own.HasMorePages() {
		page, err := own.NextPage(ctx)
		if err != nil {
			return policy.Set{}, fmt.Errorf("list policies of role %s: %w", role, err)
		}
		for _, name := range page.PolicyNames {
			p, err := b.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &name})
			if err != nil {
				return policy.Set{}, fmt.Errorf("get policy %s of role %s: %w", name, role, err)
			}
			if list, err = add(list, "IAM policy "+name, p.PolicyDocument); err != nil {
				return policy.Set{}, err
			}
		}
	}
	attached := iam.NewListAttachedRolePoliciesPaginator(b.iam, &iam.ListAttachedRolePoliciesInput{RoleName: &role})
	for attached.HasMorePages() {
		page, err := attached.NextPage(ctx)
		if err != nil {
			return policy.Set{}, fmt.Errorf("list attached policies of role %s: %w", role, err)
		}
		for _, a := range page.AttachedPolicies {
			text, err := b.managed(ctx, a.PolicyArn)
			if err != nil {
				return policy.Set{}, err
			}
			if list, err = add(list, "IAM policy "+aws.ToString(a.PolicyName), text); err != nil {
				return policy.Set{}, err
			}
		}
	}
	return policy.NewSet(list...), nil
}

func (b *Book) managed(ctx context.Context, arn *string) (*string, error) {
	p, err := b.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn})
	if err != nil {
		return nil, fmt.Errorf("get policy %s: %w", aws.ToString(arn), err)
	}
	v, err := b.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: arn, VersionId: p.Policy.DefaultVersionId})
	if err != nil {
		return nil, fmt.Errorf("get policy %s: %w", aws.ToString(arn), err)
	}
	return v.PolicyVersion.Document, nil
}

// add parses a document, which IAM returns in URL encoding.
func add(list []policy.Named, name string, document *string) ([]policy.Named, error) {
	text := aws.ToString(document)
	if strings.HasPrefix(text, "%") {
		var err error
		if text, err = url.PathUnescape(text); err != nil {
			return nil, fmt.Errorf("decode %s: %w", name, err)
		}
	}
	d, err := policy.Parse([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return append(list, policy.Named{Name: name, Document: d}), nil
}
