package api

import (
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/internal/names"
)

const (
	// maxBody is the longest body in bytes. A shadow's document, which AWS IoT bounds to 8 KB, is the longest of the contract.
	// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#device-shadow-limits
	maxBody = 12 * 1024
	// rateWindow is the time in seconds over which a client's requests are counted.
	rateWindow = 300
)

// Names of the firewall's own answers.
const (
	tooMany = "TooMany"
	tooLong = "TooLong"
)

// guard puts a firewall before the API. Usage plans cannot limit clients here: they count by API key, and people have tokens. So it is
// the firewall that counts each token's requests, and each address's, whatever token it comes with.
func (a *API) guard(props Props) {
	r := &rules{}
	r.add("TooManyOfAnAddress", rate(props.Settings.RequestsPerClient, nil), block(429, tooMany, props.ConsoleURL))
	r.add("TooManyOfAToken", rate(props.Settings.RequestsPerClient, jsii.String("authorization")), block(429, tooMany, props.ConsoleURL))
	r.add("TooLong", longBody(), block(413, tooLong, props.ConsoleURL))
	r.managed("AWSManagedRulesAmazonIpReputationList")
	r.managed("AWSManagedRulesKnownBadInputsRuleSet")
	// Its limit of 8 KB for bodies is less than what a shadow's document with its frame takes; TooLong is in its place.
	r.managed("AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY")
	acl := awswafv2.NewCfnWebACL(a.Construct, jsii.String("Firewall"), &awswafv2.CfnWebACLProps{
		Scope:         jsii.String("REGIONAL"),
		Description:   jsii.String("Before the REST API of cars"),
		DefaultAction: &awswafv2.CfnWebACL_DefaultActionProperty{Allow: &awswafv2.CfnWebACL_AllowActionProperty{}},
		Rules:         r.all, VisibilityConfig: visible("Firewall"),
		CustomResponseBodies: map[string]any{
			tooMany: answer(problem{429, "Too Many Requests", "Too many requests. Try again in some minutes."}),
			tooLong: answer(problem{413, "Content Too Large", "The body is too large."}),
		},
	})
	if props.Unguarded {
		cdknag.NagSuppressions_AddResourceSuppressions(a.Stage, &[]*cdknag.NagPackSuppression{{
			Id: jsii.String("AwsSolutions-APIG3"), Reason: jsii.String("Emulators have no associations of firewalls; everywhere else there is one."),
		}}, nil)
		return
	}
	association := awswafv2.NewCfnWebACLAssociation(a.Construct, jsii.String("Guard"), &awswafv2.CfnWebACLAssociationProps{
		WebAclArn: acl.AttrArn(), ResourceArn: a.stageARN(),
	})
	association.Node().AddDependency(a.Stage)
}

// rules are the rules of the firewall, in their order.
type rules struct{ all []any }

func (r *rules) add(name string, statement *awswafv2.CfnWebACL_StatementProperty, action *awswafv2.CfnWebACL_RuleActionProperty) {
	r.all = append(r.all, &awswafv2.CfnWebACL_RuleProperty{
		Name: jsii.String(name), Priority: jsii.Number(float64(len(r.all))), Statement: statement, Action: action, VisibilityConfig: visible(name),
	})
}

// managed adds a group of rules that AWS keeps. Those of it that are counted block nothing.
func (r *rules) managed(name string, counted ...string) {
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
	r.all = append(r.all, &awswafv2.CfnWebACL_RuleProperty{
		Name: jsii.String(name), Priority: jsii.Number(float64(len(r.all))), VisibilityConfig: visible(name),
		OverrideAction: &awswafv2.CfnWebACL_OverrideActionProperty{None: map[string]any{}},
		Statement:      &awswafv2.CfnWebACL_StatementProperty{ManagedRuleGroupStatement: group},
	})
}

// visible counts what a rule does. No requests are kept as samples: they would have tokens in them.
func visible(name string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
	return &awswafv2.CfnWebACL_VisibilityConfigProperty{
		CloudWatchMetricsEnabled: jsii.Bool(true), MetricName: jsii.String(name), SampledRequestsEnabled: jsii.Bool(false),
	}
}

// rate is more requests than that of one value of the header, or of one address.
func rate(limit int, header *string) *awswafv2.CfnWebACL_StatementProperty {
	statement := &awswafv2.CfnWebACL_RateBasedStatementProperty{
		Limit: jsii.Number(float64(limit)), EvaluationWindowSec: jsii.Number(rateWindow), AggregateKeyType: jsii.String("IP"),
	}
	if header != nil {
		statement.AggregateKeyType = jsii.String("CUSTOM_KEYS")
		statement.CustomKeys = []any{&awswafv2.CfnWebACL_RateBasedStatementCustomKeyProperty{
			Header: &awswafv2.CfnWebACL_RateLimitHeaderProperty{Name: header, TextTransformations: unchanged()},
		}}
	}
	return &awswafv2.CfnWebACL_StatementProperty{RateBasedStatement: statement}
}

func longBody() *awswafv2.CfnWebACL_StatementProperty {
	return &awswafv2.CfnWebACL_StatementProperty{SizeConstraintStatement: &awswafv2.CfnWebACL_SizeConstraintStatementProperty{
		ComparisonOperator: jsii.String("GT"), Size: jsii.Number(maxBody), TextTransformations: unchanged(),
		FieldToMatch: &awswafv2.CfnWebACL_FieldToMatchProperty{Body: &awswafv2.CfnWebACL_BodyProperty{OversizeHandling: jsii.String("MATCH")}},
	}}
}

func unchanged() []any {
	return []any{&awswafv2.CfnWebACL_TextTransformationProperty{Priority: jsii.Number(0), Type: jsii.String("NONE")}}
}

// block answers in the API's place. The headers let the console read the answer: without them its browser shows it none, and it could
// not tell too many requests from no network.
func block(status float64, body, origin string) *awswafv2.CfnWebACL_RuleActionProperty {
	headers := []any{header("Cache-Control", "no-store")}
	if status == 429 {
		headers = append(headers, header("Retry-After", strconv.Itoa(rateWindow)))
	}
	if origin != "" {
		headers = append(headers, header("Access-Control-Allow-Origin", origin), header("Access-Control-Expose-Headers", names.ExposedHeaders), header("Vary", "Origin"))
	}
	return &awswafv2.CfnWebACL_RuleActionProperty{Block: &awswafv2.CfnWebACL_BlockActionProperty{
		CustomResponse: &awswafv2.CfnWebACL_CustomResponseProperty{
			ResponseCode: jsii.Number(status), CustomResponseBodyKey: jsii.String(body), ResponseHeaders: headers,
		},
	}}
}

func header(name, value string) *awswafv2.CfnWebACL_CustomHTTPHeaderProperty {
	return &awswafv2.CfnWebACL_CustomHTTPHeaderProperty{Name: jsii.String(name), Value: jsii.String(value)}
}

func answer(p problem) *awswafv2.CfnWebACL_CustomResponseBodyProperty {
	return &awswafv2.CfnWebACL_CustomResponseBodyProperty{ContentType: jsii.String("APPLICATION_JSON"), Content: jsii.String(p.body(""))}
}
