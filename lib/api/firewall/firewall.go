// Package firewall builds AWS WAF rules: rate limits and managed rule groups.
package firewall

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"
)

// RateWindow is the time window of rate limits, in seconds.
const RateWindow = 300

// Rules are the rules of a firewall, in order of priority.
type Rules struct{ All []any }

// Add adds a custom rule.
func (r *Rules) Add(name string, statement *awswafv2.CfnWebACL_StatementProperty, action *awswafv2.CfnWebACL_RuleActionProperty) {
	r.All = append(r.All, &awswafv2.CfnWebACL_RuleProperty{
		Name: jsii.String(name), Priority: jsii.Number(float64(len(r.All))), Statement: statement, Action: action, VisibilityConfig: Visible(name),
	})
}

// Managed adds a managed rule group of AWS. The rules named in counted only count matches instead of blocking.
func (r *Rules) Managed(name string, counted ...string) {
	var overrides []any
	for _, rule := range counted {
		overrides = append(overrides, &awswafv2.CfnWebACL_RuleActionOverrideProperty{
			Name: jsii.String(rule), ActionToUse: &awswafv2.CfnWebACL_RuleActionProperty{Count: &awswafv2.CfnWebACL_CountActionProperty{}},
		})
	}
	group := &awswafv2.CfnWebACL_ManagedRuleGroupStatementProperty{VendorName: jsii.String("AWS"), Name: jsii.String(name)}
	if len(overrides) > 0 {
		group.RuleActionOverrides = overrides
	}
	r.All = append(r.All, &awswafv2.CfnWebACL_RuleProperty{
		Name: jsii.String(name), Priority: jsii.Number(float64(len(r.All))), VisibilityConfig: Visible(name),
		OverrideAction: &awswafv2.CfnWebACL_OverrideActionProperty{None: map[string]any{}},
		Statement:      &awswafv2.CfnWebACL_StatementProperty{ManagedRuleGroupStatement: group},
	})
}

// Visible publishes metrics of a rule. It keeps no sampled requests, because they would contain tokens.
func Visible(name string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
	return &awswafv2.CfnWebACL_VisibilityConfigProperty{
		CloudWatchMetricsEnabled: jsii.Bool(true), MetricName: jsii.String(name), SampledRequestsEnabled: jsii.Bool(false),
	}
}

// Rate matches requests above the limit within RateWindow, counted for each value of the header; nil counts for each client address.
func Rate(limit int, header *string) *awswafv2.CfnWebACL_StatementProperty {
	statement := &awswafv2.CfnWebACL_RateBasedStatementProperty{
		Limit: jsii.Number(float64(limit)), EvaluationWindowSec: jsii.Number(RateWindow), AggregateKeyType: jsii.String("IP"),
	}
	if header != nil {
		statement.AggregateKeyType = jsii.String("CUSTOM_KEYS")
		statement.CustomKeys = []any{&awswafv2.CfnWebACL_RateBasedStatementCustomKeyProperty{
			Header: &awswafv2.CfnWebACL_RateLimitHeaderProperty{Name: header, TextTransformations: Unchanged()},
		}}
	}
	return &awswafv2.CfnWebACL_StatementProperty{RateBasedStatement: statement}
}

// Unchanged matches a part of a request without text transformation.
func Unchanged() []any {
	return []any{&awswafv2.CfnWebACL_TextTransformationProperty{Priority: jsii.Number(0), Type: jsii.String("NONE")}}
}
