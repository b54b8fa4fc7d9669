package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"

	"connectedcar/internal/twin/iot/policy"
)

// policies reads every policy, the targets of each, and the members of thing groups among the targets.
func (a *AWS) policies(ctx context.Context, s *Snapshot) error {
	s.Policies, s.Attached, s.Groups = map[string]policy.Named{}, map[string][]string{}, map[string][]string{}
	parsed := map[string]parsedPolicy{}
	pages := iot.NewListPoliciesPaginator(a.client, &iot.ListPoliciesInput{PageSize: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list policies: %w", err)
		}
		for _, p := range page.Policies {
			if err := a.policy(ctx, aws.ToString(p.PolicyName), s, parsed); err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
		}
	}
	a.cache.policies = parsed
	return a.members(ctx, s)
}

func (a *AWS) policy(ctx context.Context, name string, s *Snapshot, parsed map[string]parsedPolicy) error {
	out, err := a.client.GetPolicy(ctx, &iot.GetPolicyInput{PolicyName: &name})
	if err != nil {
		return fmt.Errorf("get policy %s: %w", name, notFound(err))
	}
	p, ok := a.cache.policies[name]
	if text := aws.ToString(out.PolicyDocument); !ok || p.text != text {
		p = parsedPolicy{text: text, named: parsePolicy(name, text)}
	}
	parsed[name] = p
	s.Policies[name] = p.named
	targets := iot.NewListTargetsForPolicyPaginator(a.client, &iot.ListTargetsForPolicyInput{PolicyName: &name, PageSize: aws.Int32(pageSize)})
	for targets.HasMorePages() {
		page, err := targets.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list targets of policy %s: %w", name, notFound(err))
		}
		for _, t := range page.Targets {
			s.Attached[t] = append(s.Attached[t], name)
		}
	}
	return nil
}

// parsePolicy parses a document. One that does not parse denies everything, because it might hold a Deny.
func parsePolicy(name, text string) policy.Named {
	d, err := policy.Parse([]byte(text))
	if err != nil {
		d, err = policy.Parse([]byte(denyAll))
		name += " (which does not parse, so it denies all)"
	}
	if err != nil {
		panic("gateway: the document that denies all does not parse: " + err.Error())
	}
	return policy.Named{Name: name, Document: d}
}

const denyAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iot:*","Resource":"*"}]}`
