package teardown

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
)

// removeCertificates removes the CAs' certificates that no thing has, because the registration of their cars never finished.
func (r *Registry) removeCertificates(ctx context.Context) error {
	removed := 0
	for _, ca := range r.CAs {
		for {
			page, err := r.Client.ListCertificatesByCA(ctx, &iot.ListCertificatesByCAInput{CaCertificateId: &ca, PageSize: aws.Int32(pageSize)})
			if err != nil && !gone(err) {
				return fmt.Errorf("list the certificates of CA %s: %w", ca, err)
			}
			if gone(err) || len(page.Certificates) == 0 {
				break
			}
			for _, c := range page.Certificates {
				if err := r.removeCertificate(ctx, aws.ToString(c.CertificateArn)); err != nil {
					return err
				}
			}
			removed += len(page.Certificates)
		}
	}
	r.Progress("%d certificates without a thing removed", removed)
	return nil
}

// removeCertificate detaches a certificate from its policies and things, and deletes it. AWS IoT does not delete a certificate that is
// active or attached.
func (r *Registry) removeCertificate(ctx context.Context, arn string) error {
	id, ok := idOf(arn)
	if !ok {
		return fmt.Errorf("remove principal %s: allowed is the ARN of a certificate", arn)
	}
	if err := r.detach(ctx, arn); err != nil {
		return err
	}
	_, err := r.Client.UpdateCertificate(ctx, &iot.UpdateCertificateInput{CertificateId: &id, NewStatus: types.CertificateStatusInactive})
	if gone(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("deactivate certificate %s: %w", id, err)
	}
	err = patiently(ctx, func() error {
		_, err := r.Client.DeleteCertificate(ctx, &iot.DeleteCertificateInput{CertificateId: &id})
		return err
	})
	if err != nil && !gone(err) {
		return fmt.Errorf("delete certificate %s: %w", id, err)
	}
	return nil
}

func (r *Registry) detach(ctx context.Context, arn string) error {
	policies, err := r.Client.ListAttachedPolicies(ctx, &iot.ListAttachedPoliciesInput{Target: &arn})
	if gone(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list the policies of %s: %w", arn, err)
	}
	for _, p := range policies.Policies {
		if _, err := r.Client.DetachPolicy(ctx, &iot.DetachPolicyInput{PolicyName: p.PolicyName, Target: &arn}); err != nil && !gone(err) {
			return fmt.Errorf("detach policy %s from %s: %w", aws.ToString(p.PolicyName), arn, err)
		}
	}
	things, err := r.Client.ListPrincipalThings(ctx, &iot.ListPrincipalThingsInput{Principal: &arn})
	if err != nil && !gone(err) {
		return fmt.Errorf("list the things of %s: %w", arn, err)
	}
	if things == nil {
		return nil
	}
	for _, name := range things.Things {
		if _, err := r.Client.DetachThingPrincipal(ctx, &iot.DetachThingPrincipalInput{ThingName: &name, Principal: &arn}); err != nil && !gone(err) {
			return fmt.Errorf("detach %s from thing %s: %w", arn, name, err)
		}
	}
	return nil
}

// detachPolicies detaches the cars' policies from the remaining targets: thing groups, and certificates of CAs that this environment did
// not register.
func (r *Registry) detachPolicies(ctx context.Context) error {
	for _, name := range r.Policies {
		n, err := r.detachAll(ctx, name)
		if err != nil {
			return err
		}
		r.Progress("policy %s detached from %d more", name, n)
	}
	return nil
}

// detachAll detaches a policy from all of its targets and returns their number.
func (r *Registry) detachAll(ctx context.Context, policy string) (int, error) {
	detached := 0
	for {
		page, err := r.Client.ListTargetsForPolicy(ctx, &iot.ListTargetsForPolicyInput{PolicyName: &policy, PageSize: aws.Int32(pageSize)})
		if err != nil && !gone(err) {
			return detached, fmt.Errorf("list what has policy %s: %w", policy, err)
		}
		if gone(err) || len(page.Targets) == 0 {
			return detached, nil
		}
		for _, target := range page.Targets {
			if _, err := r.Client.DetachPolicy(ctx, &iot.DetachPolicyInput{PolicyName: &policy, Target: &target}); err != nil && !gone(err) {
				return detached, fmt.Errorf("detach policy %s from %s: %w", policy, target, err)
			}
		}
		detached += len(page.Targets)
	}
}

// removeIdentityPolicies removes the policies that functions created when users signed in. They belong to no stack.
func (r *Registry) removeIdentityPolicies(ctx context.Context) error {
	removed := 0
	pages := iot.NewListPoliciesPaginator(r.Client, &iot.ListPoliciesInput{PageSize: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list policies: %w", err)
		}
		for _, p := range page.Policies {
			name := aws.ToString(p.PolicyName)
			if !strings.HasPrefix(name, r.IdentityPrefix) {
				continue
			}
			if err := r.removePolicy(ctx, name); err != nil {
				return err
			}
			removed++
		}
	}
	r.Progress("%d policies of people removed", removed)
	return nil
}

func (r *Registry) removePolicy(ctx context.Context, name string) error {
	if _, err := r.detachAll(ctx, name); err != nil {
		return err
	}
	versions, err := r.Client.ListPolicyVersions(ctx, &iot.ListPolicyVersionsInput{PolicyName: &name})
	if gone(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list the versions of policy %s: %w", name, err)
	}
	for _, v := range versions.PolicyVersions {
		if v.IsDefaultVersion {
			continue // deleted with the policy
		}
		if _, err := r.Client.DeletePolicyVersion(ctx, &iot.DeletePolicyVersionInput{PolicyName: &name, PolicyVersionId: v.VersionId}); err != nil && !gone(err) {
			return fmt.Errorf("delete version %s of policy %s: %w", aws.ToString(v.VersionId), name, err)
		}
	}
	err = patiently(ctx, func() error {
		_, err := r.Client.DeletePolicy(ctx, &iot.DeletePolicyInput{PolicyName: &name})
		return err
	})
	if err != nil && !gone(err) {
		return fmt.Errorf("delete policy %s: %w", name, err)
	}
	return nil
}
