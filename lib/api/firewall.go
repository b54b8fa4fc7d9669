package api

import (
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/internal/names"
	"connectedcar/lib/api/firewall"
)

// maxBody is the maximum length of a body in bytes. The contract's longest body is a shadow document, which AWS IoT limits to 8 KB.
// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#device-shadow-limits
const maxBody = 12 * 1024

// Keys of the firewall's custom response bodies.
const (
	tooMany = "TooMany"
	tooLong = "TooLong"
)

// guard puts a firewall before the API. It limits the rate of requests for each token and for each client address: API Gateway's usage
// plans count by API key, and users have tokens instead.
func (a *API) guard(props Props) {
	r := &firewall.Rules{}
	r.Add("TooManyOfAnAddress", firewall.Rate(props.Settings.RequestsPerClient, nil), block(429, tooMany, props.ConsoleURL))
	r.Add("TooManyOfAToken", firewall.Rate(props.Settings.RequestsPerClient, jsii.String("authorization")), block(429, tooMany, props.ConsoleURL))
	r.Add("TooLong", longBody(), block(413, tooLong, props.ConsoleURL))
	r.Managed("AWSManagedRulesAmazonIpReputationList")
	r.Managed("AWSManagedRulesKnownBadInputsRuleSet")
	// The managed rule limits bodies to 8 KB, which a shadow document with its envelope exceeds; the rule TooLong replaces it.
	r.Managed("AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY")
	acl := awswafv2.NewCfnWebACL(a.Construct, jsii.String("Firewall"), &awswafv2.CfnWebACLProps{
		Scope:         jsii.String("REGIONAL"),
		Description:   jsii.String("Before the REST API of cars"),
		DefaultAction: &awswafv2.CfnWebACL_DefaultActionProperty{Allow: &awswafv2.CfnWebACL_AllowActionProperty{}},
		Rules:         r.All, VisibilityConfig: firewall.Visible("Firewall"),
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

func longBody() *awswafv2.CfnWebACL_StatementProperty {
	return &awswafv2.CfnWebACL_StatementProperty{SizeConstraintStatement: &awswafv2.CfnWebACL_SizeConstraintStatementProperty{
		ComparisonOperator: jsii.String("GT"), Size: jsii.Number(maxBody), TextTransformations: firewall.Unchanged(),
		FieldToMatch: &awswafv2.CfnWebACL_FieldToMatchProperty{Body: &awswafv2.CfnWebACL_BodyProperty{OversizeHandling: jsii.String("MATCH")}},
	}}
}

// block responds with the status and body. It adds CORS headers: without them the browser hides the response, and the console could not
// distinguish a rate limit from a network failure.
func block(status float64, body, origin string) *awswafv2.CfnWebACL_RuleActionProperty {
	headers := []any{header("Cache-Control", "no-store")}
	if status == 429 {
		headers = append(headers, header("Retry-After", strconv.Itoa(firewall.RateWindow)))
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
