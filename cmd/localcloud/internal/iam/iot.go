package iam

import "strings"

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiot.html
var iotNeeds = map[string]need{
	"iot.AddThingToThingGroup":   on("iot:AddThingToThingGroup", either("thingArn", named("iot", "thing/", "thingName")), either("thingGroupArn", named("iot", "thinggroup/", "thingGroupName"))),
	"iot.AttachPolicy":           on("iot:AttachPolicy", target),
	"iot.DetachPolicy":           on("iot:DetachPolicy", target),
	"iot.ListAttachedPolicies":   on("iot:ListAttachedPolicies", anywhere),
	"iot.AttachThingPrincipal":   on("iot:AttachThingPrincipal", principal),
	"iot.ListThingPrincipals":    on("iot:ListThingPrincipals", named("iot", "thing/", "thingName")),
	"iot.ListThingPrincipalsV2":  on("iot:ListThingPrincipalsV2", named("iot", "thing/", "thingName")),
	"iot.CreateThing":            on("iot:CreateThing", named("iot", "thing/", "thingName")),
	"iot.UpdateThing":            on("iot:UpdateThing", named("iot", "thing/", "thingName")),
	"iot.DescribeThing":          on("iot:DescribeThing", named("iot", "thing/", "thingName")),
	"iot.DescribeCertificate":    on("iot:DescribeCertificate", named("iot", "cert/", "certificateId")),
	"iot.UpdateCertificate":      on("iot:UpdateCertificate", named("iot", "cert/", "certificateId")),
	"iot.DescribeCACertificate":  on("iot:DescribeCACertificate", named("iot", "cacert/", "certificateId")),
	"iot.CreatePolicy":           on("iot:CreatePolicy", named("iot", "policy/", "policyName")),
	"iot.CreatePolicyVersion":    on("iot:CreatePolicyVersion", named("iot", "policy/", "policyName")),
	"iot.DeletePolicy":           on("iot:DeletePolicy", named("iot", "policy/", "policyName")),
	"iot.DeletePolicyVersion":    on("iot:DeletePolicyVersion", named("iot", "policy/", "policyName")),
	"iot.GetPolicy":              on("iot:GetPolicy", named("iot", "policy/", "policyName")),
	"iot.ListPolicyVersions":     on("iot:ListPolicyVersions", named("iot", "policy/", "policyName")),
	"iot.DescribeEndpoint":       on("iot:DescribeEndpoint", anywhere),
	"iot-data.Publish":           on("iot:Publish", named("iot", "topic/", "topic")),
	"iot-data.GetThingShadow":    on("iot:GetThingShadow", named("iot", "thing/", "thingName")),
	"iot-data.UpdateThingShadow": on("iot:UpdateThingShadow", named("iot", "thing/", "thingName")),
}

// target is the ARN of a policy attachment's target, a certificate or a thing group. It is * for an identity of Cognito, which has no ARN.
func target(c Call) string {
	if arn := c.text("target"); strings.HasPrefix(arn, "arn:") {
		return arn
	}
	return "*"
}

// principal is a certificate's ARN. It is * for an identity of Cognito, which has no ARN.
func principal(c Call) string {
	if arn := c.text("principal"); strings.HasPrefix(arn, "arn:") {
		return arn
	}
	return "*"
}

// either returns the ARN in that member of the input, or the result of otherwise if the member is empty.
func either(member string, otherwise func(Call) string) func(Call) string {
	return func(c Call) string {
		if arn := c.text(member); arn != "" {
			return arn
		}
		return otherwise(c)
	}
}
