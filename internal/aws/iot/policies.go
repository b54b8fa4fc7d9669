package iot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"

	"connectedcar/internal/aws/awsconfig"
)

// policyClient lists the calls of the SDK's client that Policies makes.
type policyClient interface {
	GetPolicy(context.Context, *iot.GetPolicyInput, ...func(*iot.Options)) (*iot.GetPolicyOutput, error)
	CreatePolicy(context.Context, *iot.CreatePolicyInput, ...func(*iot.Options)) (*iot.CreatePolicyOutput, error)
	CreatePolicyVersion(context.Context, *iot.CreatePolicyVersionInput, ...func(*iot.Options)) (*iot.CreatePolicyVersionOutput, error)
	ListPolicyVersions(context.Context, *iot.ListPolicyVersionsInput, ...func(*iot.Options)) (*iot.ListPolicyVersionsOutput, error)
	DeletePolicyVersion(context.Context, *iot.DeletePolicyVersionInput, ...func(*iot.Options)) (*iot.DeletePolicyVersionOutput, error)
	DeletePolicy(context.Context, *iot.DeletePolicyInput, ...func(*iot.Options)) (*iot.DeletePolicyOutput, error)
	AttachPolicy(context.Context, *iot.AttachPolicyInput, ...func(*iot.Options)) (*iot.AttachPolicyOutput, error)
	DetachPolicy(context.Context, *iot.DetachPolicyInput, ...func(*iot.Options)) (*iot.DetachPolicyOutput, error)
	ListAttachedPolicies(context.Context, *iot.ListAttachedPoliciesInput, ...func(*iot.Options)) (*iot.ListAttachedPoliciesOutput, error)
}

// Policies manages the AWS IoT policies of Cognito identities.
type Policies struct{ client policyClient }

// NewPolicies manages the policies of one account and region.
func NewPolicies(cfg aws.Config) *Policies { return &Policies{client: iot.NewFromConfig(cfg)} }

// maxVersions is the largest number of versions of a policy that AWS IoT stores.
// https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicyVersion.html
const maxVersions = 5

// Attach writes the document as the default version of the policy and attaches the policy to the identity. It is idempotent.
func (p *Policies) Attach(ctx context.Context, name, document, identityID string) error {
	if err := p.put(ctx, name, document); err != nil {
		return err
	}
	_, err := p.client.AttachPolicy(ctx, &iot.AttachPolicyInput{PolicyName: &name, Target: &identityID})
	return awsconfig.Sort(err)
}

func (p *Policies) put(ctx context.Context, name, document string) error {
	now, err := p.client.GetPolicy(ctx, &iot.GetPolicyInput{PolicyName: &name})
	switch {
	case is[*types.ResourceNotFoundException](err):
		_, err := p.client.CreatePolicy(ctx, &iot.CreatePolicyInput{PolicyName: &name, PolicyDocument: &document})
		if !is[*types.ResourceAlreadyExistsException](err) {
			return awsconfig.Sort(err)
		} // another caller created the policy: add a version, as its document may differ
	case err != nil:
		return fmt.Errorf("read the policy: %w", awsconfig.Sort(err))
	case aws.ToString(now.PolicyDocument) == document:
		return nil
	}
	if err := p.makeRoom(ctx, name); err != nil {
		return err
	}
	_, err = p.client.CreatePolicyVersion(ctx, &iot.CreatePolicyVersionInput{PolicyName: &name, PolicyDocument: &document, SetAsDefault: true})
	if err != nil {
		return fmt.Errorf("write a version of the policy: %w", awsconfig.Sort(err))
	}
	return nil
}

// makeRoom deletes the oldest versions, except the default one, until one more fits.
func (p *Policies) makeRoom(ctx context.Context, name string) error {
	old, err := p.idle(ctx, name)
	if err != nil {
		return err
	}
	for len(old) >= maxVersions-1 {
		if err := p.deleteVersion(ctx, name, old[0]); err != nil {
			return err
		}
		old = old[1:]
	}
	return nil
}

// idle returns the ids of the versions that are not the default, oldest first.
func (p *Policies) idle(ctx context.Context, name string) ([]string, error) {
	out, err := p.client.ListPolicyVersions(ctx, &iot.ListPolicyVersionsInput{PolicyName: &name})
	if err != nil {
		return nil, fmt.Errorf("list the policy's versions: %w", awsconfig.Sort(err))
	}
	versions := slices.DeleteFunc(out.PolicyVersions, func(v types.PolicyVersion) bool { return v.IsDefaultVersion })
	slices.SortFunc(versions, func(a, b types.PolicyVersion) int {
		return aws.ToTime(a.CreateDate).Compare(aws.ToTime(b.CreateDate))
	})
	var ids []string
	for _, v := range versions {
		ids = append(ids, aws.ToString(v.VersionId))
	}
	return ids, nil
}

func (p *Policies) deleteVersion(ctx context.Context, name, id string) error {
	_, err := p.client.DeletePolicyVersion(ctx, &iot.DeletePolicyVersionInput{PolicyName: &name, PolicyVersionId: &id})
	if err != nil && !is[*types.ResourceNotFoundException](err) {
		return fmt.Errorf("delete version %s of the policy: %w", id, awsconfig.Sort(err))
	}
	return nil
}

// Remove detaches the policy from the identity and deletes it; a missing policy is no error. AWS IoT may refuse the deletion for some
// minutes after the detachment. The policy then stays, attached to no identity and so without effect.
// https://docs.aws.amazon.com/iot/latest/apireference/API_DeletePolicy.html
func (p *Policies) Remove(ctx context.Context, name, identityID string) error {
	_, err := p.client.DetachPolicy(ctx, &iot.DetachPolicyInput{PolicyName: &name, Target: &identityID})
	if is[*types.ResourceNotFoundException](err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("detach the policy: %w", awsconfig.Sort(err))
	}
	old, err := p.idle(ctx, name)
	if errors.As(err, new(*types.ResourceNotFoundException)) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, id := range old {
		if err := p.deleteVersion(ctx, name, id); err != nil {
			return err
		}
	}
	_, err = p.client.DeletePolicy(ctx, &iot.DeletePolicyInput{PolicyName: &name})
	if is[*types.DeleteConflictException](err) || is[*types.ResourceNotFoundException](err) {
		return nil
	}
	return awsconfig.Sort(err)
}

// Attached returns the names of the policies that are attached to the identity.
func (p *Policies) Attached(ctx context.Context, identityID string) ([]string, error) {
	pages := iot.NewListAttachedPoliciesPaginator(p.client, &iot.ListAttachedPoliciesInput{Target: &identityID})
	var names []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if is[*types.ResourceNotFoundException](err) {
			return nil, nil
		}
		if err != nil {
			return nil, awsconfig.Sort(err)
		}
		for _, policy := range page.Policies {
			names = append(names, aws.ToString(policy.PolicyName))
		}
	}
	return names, nil
}
