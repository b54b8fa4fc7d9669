package iam

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitouserpools.html
var identityNeeds = map[string]need{
	"cognito-idp.AdminGetUser":           on("cognito-idp:AdminGetUser", pool),
	"cognito-idp.AdminListGroupsForUser": on("cognito-idp:AdminListGroupsForUser", pool),
	"cognito-idp.AdminAddUserToGroup":    on("cognito-idp:AdminAddUserToGroup", pool),
	"cognito-idp.ListUsers":              on("cognito-idp:ListUsers", pool),
	"cognito-idp.ListUsersInGroup":       on("cognito-idp:ListUsersInGroup", pool),
}

func pool(c Call) string { return named("cognito-idp", "userpool/", "UserPoolId")(c) }
