package policy

import "connectedcar/internal/names"

// identity is replaced by IAM with the id of the Cognito identity that asks.
const identity = "${cognito-identity.amazonaws.com:sub}"

// Listening returns the IAM rights of people at the device gateway: connect under a client id that begins with their
// identity's id, and read what cars say. AWS IoT asks besides the policies that are attached to the identity, which name its cars.
func Listening(app names.Application, at Place) []Statement {
	readable := []string{
		app.Topic("*", "*"), app.AlertRequest("*"), "$aws/things/*/shadow/name/*/update/*",
	}
	var topics, filters []string
	for _, t := range readable {
		topics, filters = append(topics, at.IoT("topic", t)), append(filters, at.IoT("topicfilter", t))
	}
	return []Statement{
		Allow([]string{"iot:Connect"}, []string{at.IoT("client", identity+"*")}),
		Allow([]string{"iot:Subscribe"}, filters),
		Allow([]string{"iot:Receive"}, topics),
	}
}

// KeepingListeners returns the rights to keep the policies of people's identities: make and change those whose names begin as
// they should, and attach them.
func KeepingListeners(app names.Application, at Place) []Statement {
	return []Statement{
		Allow([]string{
			"iot:GetPolicy", "iot:CreatePolicy", "iot:CreatePolicyVersion", "iot:ListPolicyVersions", "iot:DeletePolicyVersion", "iot:DeletePolicy",
		}, []string{at.IoT("policy", app.IdentityPolicyPrefix()+"*")}),
		// A Cognito identity has no ARN in AWS IoT, so these can be allowed for "*" only. NotAttaching takes the rest away again.
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiot.html
		Allow([]string{"iot:AttachPolicy", "iot:DetachPolicy", "iot:ListAttachedPolicies"}, []string{"*"}),
	}
}

// NotAttaching returns the denial that goes with KeepingListeners: no policy is attached to cars.
func NotAttaching(at Place) (actions, resources []string) {
	return []string{"iot:AttachPolicy", "iot:DetachPolicy"}, []string{at.IoT("cert", "*"), at.IoT("thinggroup", "*")}
}
