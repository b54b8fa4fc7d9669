package iam

// rare are rights that a run of `make smoke` may leave unused, by caller and action, with the reason. TestRareCalls makes a call for each.
var rare = map[string]map[string]string{
	"api": {
		"iot:AttachPolicy": listeners, "iot:DetachPolicy": listeners, "iot:ListAttachedPolicies": listeners, "iot:CreatePolicy": listeners,
		"iot:CreatePolicyVersion": listeners, "iot:DeletePolicy": listeners, "iot:DeletePolicyVersion": listeners, "iot:GetPolicy": listeners,
		"iot:ListPolicyVersions": listeners, "dynamodb:BatchGetItem": listeners,
		"iot:UpdateCertificate":              "a car's certificate is revoked through the API",
		"cognito-idp:AdminGetUser":           "an owner grants a driver access",
		"cognito-idp:AdminListGroupsForUser": "an owner grants a driver access",
		"dynamodb:ConditionCheckItem":        "an owner grants a driver access",
		"dynamodb:DeleteItem":                "an owner takes access back",
		"dynamodb:GetItem":                   "a single trip or identity is read",
		"dynamodb:PutItem":                   "a certificate's record changes, a health report is asked for",
		"dynamodb:UpdateItem":                listeners,
	},
	"claims":      {"cognito-idp:AdminAddUserToGroup": "somebody signs in for the first time"},
	"commands":    {"sqs:SendMessage": poison},
	"diagnostics": {"sqs:SendMessage": poison, "dynamodb:DeleteItem": crowded},
	"events":      {"sqs:SendMessage": poison, "dynamodb:DeleteItem": crowded},
	"notification": {
		"sns:Publish":         "a person asked for text messages",
		"dynamodb:DeleteItem": "a delivery fails and is released for the next try",
	},
	"presence": {
		"sqs:SendMessage": poison, "dynamodb:DeleteItem": crowded, "dynamodb:GetItem": neverConnected, "dynamodb:PutItem": neverConnected,
		"dynamodb:BatchGetItem": neverConnected,
	},
	"realtime": {
		"iot:AttachPolicy": listeners, "iot:DetachPolicy": listeners, "iot:ListAttachedPolicies": listeners, "iot:CreatePolicy": listeners,
		"iot:CreatePolicyVersion": listeners, "iot:DeletePolicy": listeners, "iot:DeletePolicyVersion": listeners, "iot:GetPolicy": listeners,
		"iot:ListPolicyVersions": listeners, "dynamodb:GetItem": listeners,
		"scheduler:CreateSchedule": grantEnds, "scheduler:UpdateSchedule": grantEnds, "iam:PassRole": grantEnds,
	},
	"registration": {
		"iot:DescribeThing":       "a car is there with attributes of before",
		"iot:UpdateThing":         "a car is there with attributes of before",
		"iot:ListThingPrincipals": "an event comes again when the certificate is attached",
	},
	"telemetry": {"dynamodb:DeleteItem": crowded},
	"trips": {
		"sqs:SendMessage": poison, "dynamodb:DeleteItem": "a summary takes the place of the trip that was derived; " + crowded,
		"dynamodb:Query": "a car lost the link and its trip is derived from samples", "dynamodb:GetItem": "harsh driving raises an alert",
	},
}

const (
	listeners      = "a person listens to cars as they drive"
	poison         = "a message cannot be used"
	crowded        = "a thread has more alerts than are kept"
	neverConnected = "a car went silent with something wrong"
	grantEnds      = "a grant has an end"
)

func rarely(r Right) string { return rare[r.Caller][r.Action] }
