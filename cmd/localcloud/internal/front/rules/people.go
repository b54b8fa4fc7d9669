package rules

import (
	"context"
	"slices"
	"strings"
)

const (
	cognitoAPI    = "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/"
	cognitoGuide  = "https://docs.aws.amazon.com/cognito/latest/developerguide/"
	cognitoQuotas = cognitoGuide + "quotas.html"
)

const (
	maxCustomAttributes = 50
	maxUserGroups       = 100
)

var cognito = []Rule{
	{"an attribute that never changes is not updated", "cognito-idp", []string{"AdminUpdateUserAttributes", "UpdateUserAttributes"},
		cognitoGuide + "user-pool-settings-attributes.html", "InvalidParameterException", 0, immutable},
	{"an attribute is in the pool's schema", "cognito-idp", []string{"AdminUpdateUserAttributes", "AdminCreateUser"},
		cognitoGuide + "user-pool-settings-attributes.html", "InvalidParameterException", 0, inSchema},
	{"an attribute's value keeps to the length of the schema", "cognito-idp", []string{"AdminUpdateUserAttributes", "AdminCreateUser"},
		cognitoAPI + "API_StringAttributeConstraintsType.html", "InvalidParameterException", 0, attributeLength},
	{"a pool has at most 50 attributes of its own", "cognito-idp", []string{"CreateUserPool", "AddCustomAttributes"}, cognitoQuotas, "InvalidParameterException", 0,
		func(ctx context.Context, c call) (string, error) {
			n := len(c.list2("CustomAttributes", "Schema"))
			if c.Operation == "AddCustomAttributes" {
				schema, err := poolSchema(ctx, c)
				if err != nil {
					return "", err
				}
				for name := range schema {
					if strings.HasPrefix(name, "custom:") {
						n++
					}
				}
			}
			return unless(n <= maxCustomAttributes, "User pool cannot have more than %d custom attributes", maxCustomAttributes), nil
		}},
	{"a user is in at most 100 groups", "cognito-idp", []string{"AdminAddUserToGroup"}, cognitoQuotas, "LimitExceededException", 0,
		func(ctx context.Context, c call) (string, error) {
			groups, err := c.list(ctx, "cognito-idp", "AdminListGroupsForUser", "Groups", "NextToken",
				map[string]any{"UserPoolId": c.text("UserPoolId"), "Username": c.text("Username")})
			return unless(len(groups) < maxUserGroups, "User is in %d groups; at most %d are allowed", len(groups), maxUserGroups), err
		}},
	{"an e-mail address is verified together with it or not at all", "cognito-idp", []string{"AdminUpdateUserAttributes"},
		cognitoAPI + "API_AdminUpdateUserAttributes.html", "InvalidParameterException", 0,
		stateless(func(m members) string {
			for _, a := range m.elements("UserAttributes") {
				if strings.HasSuffix(a.text("Name"), "_verified") && !slices.Contains([]string{"true", "false", "True", "False"}, a.text("Value")) {
					return "Attributes did not conform to the schema: " + a.text("Name") + ": must be a boolean"
				}
			}
			return ""
		})},
}

// list2 returns the attributes in the member custom if the call has it, else those in the member schema that are not Cognito's standard
// attributes.
func (m members) list2(custom, schema string) (found []members) {
	if m.has(custom) {
		return m.elements(custom)
	}
	for _, a := range m.elements(schema) {
		if !slices.Contains(standardAttributes, a.text("Name")) {
			found = append(found, a)
		}
	}
	return found
}

// standardAttributes are the attributes of OpenID Connect.
// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
var standardAttributes = []string{
	"sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "email",
	"email_verified", "gender", "birthdate", "zoneinfo", "locale", "phone_number", "phone_number_verified", "address", "updated_at",
}

// poolSchema returns the attributes of the pool that the call names. It is empty for a call with an access token, which does not name the
// pool.
func poolSchema(ctx context.Context, c call) (map[string]members, error) {
	if c.text("UserPoolId") == "" {
		return nil, nil
	}
	out, err := c.get(ctx, "cognito-idp", "DescribeUserPool", map[string]any{"UserPoolId": c.text("UserPoolId")})
	schema := map[string]members{}
	for _, a := range out.in("UserPool").elements("SchemaAttributes") {
		schema[a.text("Name")] = a
	}
	return schema, err
}

func immutable(ctx context.Context, c call) (string, error) {
	schema, err := poolSchema(ctx, c)
	if err != nil {
		return "", err
	}
	for _, a := range c.elements("UserAttributes") {
		name := a.text("Name")
		about, known := schema[name]
		if name == "sub" || known && about["Mutable"] == false {
			return "user." + name + ": Attribute cannot be updated.\n", nil
		}
	}
	return "", nil
}

func inSchema(ctx context.Context, c call) (string, error) {
	schema, err := poolSchema(ctx, c)
	if err != nil || len(schema) == 0 {
		return "", err
	}
	for _, a := range c.elements("UserAttributes") {
		name := strings.TrimPrefix(a.text("Name"), "dev:")
		if _, known := schema[name]; !known && !slices.Contains(standardAttributes, name) {
			return "Attributes did not conform to the schema: Type for attribute {" + name + "} could not be determined", nil
		}
	}
	return "", nil
}

func attributeLength(ctx context.Context, c call) (string, error) {
	schema, err := poolSchema(ctx, c)
	if err != nil {
		return "", err
	}
	for _, a := range c.elements("UserAttributes") {
		bounds := schema[a.text("Name")].in("StringAttributeConstraints")
		n := float64(len([]rune(a.text("Value"))))
		if bounds.has("MaxLength") && n > bounds.number("MaxLength") {
			return "Attributes did not conform to the schema: " + a.text("Name") + ": String must be no longer than " + bounds.text("MaxLength") + " characters\n", nil
		}
		if bounds.has("MinLength") && n > 0 && n < bounds.number("MinLength") {
			return "Attributes did not conform to the schema: " + a.text("Name") + ": String must be at least " + bounds.text("MinLength") + " characters\n", nil
		}
	}
	return "", nil
}
