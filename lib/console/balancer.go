package console

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awselasticloadbalancingv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/lib/api/firewall"
)

// tlsPolicy is a security policy with TLS 1.2 and 1.3.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06"

// balancer is the load balancer, which this stack creates and Elastic Beanstalk shares. CloudFormation does not return the ARN of a load
// balancer that Elastic Beanstalk creates itself, so that no firewall could be attached to it.
// https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environments-cfg-alb-shared.html
type balancer struct {
	awselasticloadbalancingv2.CfnLoadBalancer
	group    awsec2.CfnSecurityGroup
	listener awselasticloadbalancingv2.CfnListener
}

func (h *Hosting) balance() balancer {
	b := balancer{group: h.openToBrowsers()}
	b.CfnLoadBalancer = awselasticloadbalancingv2.NewCfnLoadBalancer(h.Construct, jsii.String("LoadBalancer"), &awselasticloadbalancingv2.CfnLoadBalancerProps{
		Type: jsii.String("application"), Scheme: jsii.String("internet-facing"), SecurityGroups: &[]any{b.group.AttrGroupId()},
		Subnets: list(h.props.Settings.PublicSubnetIDs),
		LoadBalancerAttributes: attributes(
			"deletion_protection.enabled", text(h.props.Protected),
			"idle_timeout.timeout_seconds", "60", // live streams send a heartbeat every 15 s
			"routing.http.drop_invalid_header_fields.enabled", "true",
			"routing.http.desync_mitigation_mode", "strictest",
		),
	})
	b.listener = awselasticloadbalancingv2.NewCfnListener(h.Construct, jsii.String("HTTPS"), &awselasticloadbalancingv2.CfnListenerProps{
		LoadBalancerArn: b.Ref(), Port: jsii.Number(443), Protocol: jsii.String("HTTPS"), SslPolicy: jsii.String(tlsPolicy),
		Certificates: []any{&awselasticloadbalancingv2.CfnListener_CertificateProperty{CertificateArn: jsii.String(h.props.Settings.Domain.CertificateARN)}},
		// Requests for another host name or an IP address get a fixed response.
		DefaultActions: []any{&awselasticloadbalancingv2.CfnListener_ActionProperty{
			Type:                jsii.String("fixed-response"),
			FixedResponseConfig: &awselasticloadbalancingv2.CfnListener_FixedResponseConfigProperty{StatusCode: jsii.String("421"), ContentType: jsii.String("text/plain")},
		}},
	})
	awselasticloadbalancingv2.NewCfnListener(h.Construct, jsii.String("HTTP"), &awselasticloadbalancingv2.CfnListenerProps{
		LoadBalancerArn: b.Ref(), Port: jsii.Number(80), Protocol: jsii.String("HTTP"),
		DefaultActions: []any{&awselasticloadbalancingv2.CfnListener_ActionProperty{
			Type: jsii.String("redirect"),
			RedirectConfig: &awselasticloadbalancingv2.CfnListener_RedirectConfigProperty{
				Protocol: jsii.String("HTTPS"), Port: jsii.String("443"), StatusCode: jsii.String("HTTP_301"),
			},
		}},
	})
	h.guard(b)
	h.name(b)
	cdknag.NagSuppressions_AddResourceSuppressions(b.CfnLoadBalancer, &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-ELB2"),
		Reason: jsii.String("nginx logs the same requests to CloudWatch Logs, with a retention. Their addresses name cars: one copy is enough."),
	}}, nil)
	return b
}

// openToBrowsers allows connections from the internet to the load balancer, and from the load balancer to the instances. The instances'
// security group, which Elastic Beanstalk makes, allows only connections from the load balancer's.
func (h *Hosting) openToBrowsers() awsec2.CfnSecurityGroup {
	rule := func(port float64, about string) *awsec2.CfnSecurityGroup_IngressProperty {
		return &awsec2.CfnSecurityGroup_IngressProperty{
			IpProtocol: jsii.String("tcp"), CidrIp: jsii.String("0.0.0.0/0"), FromPort: jsii.Number(port), ToPort: jsii.Number(port), Description: jsii.String(about),
		}
	}
	group := awsec2.NewCfnSecurityGroup(h.Construct, jsii.String("Browsers"), &awsec2.CfnSecurityGroupProps{
		GroupDescription: jsii.String("Browsers to the load balancer of the console"), VpcId: jsii.String(h.props.Settings.VPCID),
		SecurityGroupIngress: []any{rule(443, "HTTPS"), rule(80, "Redirected to HTTPS")},
		SecurityGroupEgress: []any{&awsec2.CfnSecurityGroup_EgressProperty{
			IpProtocol: jsii.String("tcp"), CidrIp: jsii.String("0.0.0.0/0"), FromPort: jsii.Number(80), ToPort: jsii.Number(80), Description: jsii.String("nginx of the instances"),
		}},
	})
	cdknag.NagSuppressions_AddResourceSuppressions(group, &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-EC23"), Reason: jsii.String("Drivers and dealers use the console from wherever they are; the firewall and the sign-in are before it."),
	}}, nil)
	return group
}

// guard attaches a firewall to the load balancer. The managed rule that blocks bodies of more than 8 KB only counts: lists of cars to
// import are longer.
func (h *Hosting) guard(b balancer) {
	r := &firewall.Rules{}
	r.Add("TooManyOfAnAddress", firewall.Rate(h.props.RequestsPerClient, nil), &awswafv2.CfnWebACL_RuleActionProperty{
		Block: &awswafv2.CfnWebACL_BlockActionProperty{CustomResponse: &awswafv2.CfnWebACL_CustomResponseProperty{ResponseCode: jsii.Number(429)}},
	})
	r.Managed("AWSManagedRulesAmazonIpReputationList")
	r.Managed("AWSManagedRulesKnownBadInputsRuleSet")
	r.Managed("AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY")
	acl := awswafv2.NewCfnWebACL(h.Construct, jsii.String("Firewall"), &awswafv2.CfnWebACLProps{
		Scope: jsii.String("REGIONAL"), Description: jsii.String("Before the console of cars"), Rules: r.All, VisibilityConfig: firewall.Visible("Firewall"),
		DefaultAction: &awswafv2.CfnWebACL_DefaultActionProperty{Allow: &awswafv2.CfnWebACL_AllowActionProperty{}},
	})
	awswafv2.NewCfnWebACLAssociation(h.Construct, jsii.String("Guard"), &awswafv2.CfnWebACLAssociationProps{WebAclArn: acl.AttrArn(), ResourceArn: b.Ref()})
}

// name adds a DNS record from the console's domain to the load balancer if the hosted zone is configured.
func (h *Hosting) name(b balancer) {
	domain := h.props.Settings.Domain
	if domain.HostedZoneID == "" {
		return
	}
	awsroute53.NewCfnRecordSet(h.Construct, jsii.String("Record"), &awsroute53.CfnRecordSetProps{
		HostedZoneId: jsii.String(domain.HostedZoneID), Name: jsii.String(domain.Name + "."), Type: jsii.String("A"),
		AliasTarget: &awsroute53.CfnRecordSet_AliasTargetProperty{DnsName: b.AttrDnsName(), HostedZoneId: b.AttrCanonicalHostedZoneId()},
	})
}

// attributes converts alternating keys and values to load balancer attributes.
func attributes(pairs ...string) []any {
	var all []any
	for n := 0; n < len(pairs); n += 2 {
		all = append(all, &awselasticloadbalancingv2.CfnLoadBalancer_LoadBalancerAttributeProperty{Key: jsii.String(pairs[n]), Value: jsii.String(pairs[n+1])})
	}
	return all
}

func text(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func list(texts []string) *[]any {
	var all []any
	for _, s := range texts {
		all = append(all, s)
	}
	return &all
}
