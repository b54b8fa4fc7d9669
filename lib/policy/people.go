package policy

import "connectedcar/internal/names"

// identity is a policy variable that IAM replaces with the id of the caller's Cognito identity.
const identity = "${cognito-identity.amazonaws.com:sub}"

// Listening returns the IAM statements that let users connect to AWS IoT with a client id that begins with their identity's id, and receive
// cars' messages. AWS IoT also evaluates the policies attached to the identity, which limit access to the user's cars.
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

// KeepingListeners returns the statements for maintaining the policies of users' identities: create, change and attach policies whose names
// begin with the application's prefix for them.
func KeepingListeners(app names.Application, at Place) []Statement {
	return []Statement{
		Allow([]string{
			"iot:GetPolicy", "iot:CreatePolicy", "iot:CreatePolicyVersion", "iot:ListPolicyVersions", "iot:DeletePolicyVersion", "iot:DeletePolicy",
		}, []string{at.IoT("policy", app.IdentityPolicyPrefix()+"*")}),
		// A Cognito identity has no ARN in AWS IoT, so these actions can be allowed only for "*". The denials of NotAttaching exclude cars.
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiot.html
		Allow([]string{"iot:AttachPolicy", "iot:DetachPolicy", "iot:ListAttachedPolicies"}, []string{"*"}),
	}
}

// NotAttaching returns the denial that complements KeepingListeners: no policy may be attached to certificates and thing groups, that is,
// to cars.
func NotAttaching(at Place) (actions, resources []string) {
	return []string{"iot:AttachPolicy", "iot:DetachPolicy"}, []string{at.IoT("cert", "*"), at.IoT("thinggroup", "*")}
}
