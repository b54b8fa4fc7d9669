package rules

import (
	"context"
	"unicode/utf8"

	"connectedcar/internal/twin/iot/gateway/registry"
)

const (
	maxIoTPolicy          = 2048 // characters without white space
	maxPolicyVersions     = 5
	maxPoliciesOfIdentity = 10
)

// iotSecurity are rules about certificates, CAs and policies.
var iotSecurity = []Rule{
	{"a policy has at most 2048 characters without white space", "iot", []string{"CreatePolicy", "CreatePolicyVersion"}, iotQuotas, "MalformedPolicyException", 0,
		stateless(func(m members) string { return iotPolicySize(m.text("policyDocument")) })},
	{"a policy has at most 5 versions", "iot", []string{"CreatePolicyVersion"},
		iotAPI + "API_CreatePolicyVersion.html", "VersionsLimitExceededException", 409,
		func(ctx context.Context, c call) (string, error) {
			out, err := c.get(ctx, "iot", "ListPolicyVersions", map[string]any{"policyName": c.text("policyName")})
			return unless(len(out.list("policyVersions")) < maxPolicyVersions, "The policy %s already has the maximum number of versions (%d)",
				c.text("policyName"), maxPolicyVersions), err
		}},
	{"a policy that is attached nowhere is deleted", "iot", []string{"DeletePolicy"}, iotAPI + "API_DeletePolicy.html", "DeleteConflictException", 409,
		func(ctx context.Context, c call) (string, error) {
			out, err := c.get(ctx, "iot", "ListTargetsForPolicy", map[string]any{"policyName": c.text("policyName")})
			return unless(len(out.list("targets")) == 0, "The policy cannot be deleted as the policy is attached to one or more principals (name=%s)",
				c.text("policyName")), err
		}},
	{"a policy without other versions than its default is deleted", "iot", []string{"DeletePolicy"},
		iotAPI + "API_DeletePolicy.html", "DeleteConflictException", 409,
		func(ctx context.Context, c call) (string, error) {
			out, err := c.get(ctx, "iot", "ListPolicyVersions", map[string]any{"policyName": c.text("policyName")})
			return unless(len(out.list("policyVersions")) <= 1, "Cannot delete the policy because it has one or more policy versions attached to it (name=%s)",
				c.text("policyName")), err
		}},
	{"a version is deleted that is not the default", "iot", []string{"DeletePolicyVersion"},
		iotAPI + "API_DeletePolicyVersion.html", "DeleteConflictException", 409,
		func(ctx context.Context, c call) (string, error) {
			out, err := c.get(ctx, "iot", "GetPolicyVersion", map[string]any{"policyName": c.text("policyName"), "policyVersionId": c.text("policyVersionId")})
			return unless(out["isDefaultVersion"] != true, "Cannot delete the default version of a policy (name=%s)", c.text("policyName")), err
		}},
	{"a certificate or group has at most 10 policies", "iot", []string{"AttachPolicy", "AttachPrincipalPolicy"}, iotQuotas, "LimitExceededException", 410, policiesOfTarget},
	{"an active certificate is not deleted", "iot", []string{"DeleteCertificate"}, iotAPI + "API_DeleteCertificate.html", "CertificateStateException", 406,
		func(ctx context.Context, c call) (string, error) {
			out, err := c.get(ctx, "iot", "DescribeCertificate", map[string]any{"certificateId": c.text("certificateId")})
			return unless(out.in("certificateDescription").text("status") != "ACTIVE",
				"Certificate must be deactivated (not ACTIVE) before deletion. ID=%s", c.text("certificateId")), err
		}},
	{"a certificate without things is deleted", "iot", []string{"DeleteCertificate"}, iotAPI + "API_DeleteCertificate.html", "DeleteConflictException", 409,
		func(ctx context.Context, c call) (string, error) {
			arn, err := certificateARN(ctx, c)
			if err != nil || arn == "" {
				return "", err
			}
			out, err := c.ask(ctx, c.Region, "iot", "ListPrincipalThings", map[string]any{"principal": arn})
			return unless(len(asMembers(out).list("things")) == 0, "Things must be detached before deletion (arn: %s)", arn), err
		}},
	{"a certificate without policies is deleted", "iot", []string{"DeleteCertificate"}, iotAPI + "API_DeleteCertificate.html", "DeleteConflictException", 409,
		func(ctx context.Context, c call) (string, error) {
			arn, err := certificateARN(ctx, c)
			if err != nil || arn == "" || c.members["forceDelete"] == true {
				return "", err
			}
			out, err := c.ask(ctx, c.Region, "iot", "ListAttachedPolicies", map[string]any{"target": arn})
			return unless(len(asMembers(out).list("policies")) == 0, "Certificate policies must be detached before deletion (arn: %s)", arn), err
		}},
	{"an active CA certificate is not deleted", "iot", []string{"DeleteCACertificate"}, iotAPI + "API_DeleteCACertificate.html", "CertificateStateException", 406,
		func(ctx context.Context, c call) (string, error) {
			out, err := c.get(ctx, "iot", "DescribeCACertificate", map[string]any{"certificateId": c.text("certificateId")})
			return unless(out.in("certificateDescription").text("status") != "ACTIVE",
				"CA certificate must be deactivated (not ACTIVE) before deletion. ID=%s", c.text("certificateId")), err
		}},
	{"a certificate's status is set to one that it may be set to", "iot", []string{"UpdateCertificate"},
		iotAPI + "API_UpdateCertificate.html", "CertificateStateException", 406,
		func(_ context.Context, c call) (string, error) {
			if c.AppID == registry.AppID { // the gateway stands in for AWS IoT, which registers a certificate at its first connection
				return "", nil
			}
			status := c.text("newStatus")
			return unless(status != "PENDING_ACTIVATION" && status != "PENDING_TRANSFER", "Cannot set the status of a certificate to %s", status), nil
		}},
	{"a CA has a verification certificate, or is told by SNI", "iot", []string{"RegisterCACertificate"},
		iotAPI + "API_RegisterCACertificate.html", "InvalidRequestException", 0,
		stateless(func(m members) string {
			sni, verified := m.text("certificateMode") == "SNI_ONLY", m.text("verificationCertificate") != ""
			return unless(sni != verified, "Mode DEFAULT needs a verification certificate, mode SNI_ONLY must not have one")
		})},
}

func iotPolicySize(document string) string {
	n := utf8.RuneCountInString(withoutSpace(document))
	return unless(n <= maxIoTPolicy, "Policy document is Malformed: it has %d characters without white space, at most %d are allowed", n, maxIoTPolicy)
}

func policiesOfTarget(ctx context.Context, c call) (string, error) {
	target := c.text("target") + c.text("principal")
	out, err := c.get(ctx, "iot", "ListAttachedPolicies", map[string]any{"target": target})
	policies := out.elements("policies")
	for _, p := range policies {
		if p.text("policyName") == c.text("policyName") { // already attached
			return "", err
		}
	}
	return unless(len(policies) < maxPoliciesOfIdentity, "%s has %d policies; at most %d are allowed", target, len(policies), maxPoliciesOfIdentity), err
}

func certificateARN(ctx context.Context, c call) (string, error) {
	out, err := c.get(ctx, "iot", "DescribeCertificate", map[string]any{"certificateId": c.text("certificateId")})
	return out.in("certificateDescription").text("certificateArn"), err
}
