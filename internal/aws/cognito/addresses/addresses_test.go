package addresses

import (
	"context"
	"testing"

	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	idptypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/errs"
)

// service is a fake Amazon Cognito.
type service struct {
	users []idptypes.UserType
	asked []*idp.ListUsersInput
}

func (s *service) ListUsers(_ context.Context, in *idp.ListUsersInput, _ ...func(*idp.Options)) (*idp.ListUsersOutput, error) {
	s.asked = append(s.asked, in)
	return &idp.ListUsersOutput{Users: s.users}, nil
}

func TestAddresses(t *testing.T) {
	user := func(enabled bool, attributes ...string) idptypes.UserType {
		u := idptypes.UserType{Enabled: enabled}
		for n := 0; n < len(attributes); n += 2 {
			u.Attributes = append(u.Attributes, idptypes.AttributeType{Name: &attributes[n], Value: &attributes[n+1]})
		}
		return u
	}
	of := func(status idptypes.UserStatusType, identities string) []idptypes.UserType {
		u := user(true, "email", "a@example.com", "identities", identities)
		u.UserStatus = status
		return []idptypes.UserType{u}
	}
	const external = idptypes.UserStatusTypeExternalProvider
	for name, tc := range map[string]struct {
		users []idptypes.UserType
		want  string
	}{
		"of a trusted provider":             {of(external, `[{"userId":"7","providerName":"Acme","primary":"true"}]`), "a@example.com"},
		"of another provider":               {of(external, `[{"userId":"7","providerName":"Dealers"}]`), ""},
		"of both":                           {of(external, `[{"providerName":"Acme"},{"providerName":"Dealers"}]`), ""},
		"of the pool, linked to a trusted":  {of(idptypes.UserStatusTypeConfirmed, `[{"providerName":"Acme"}]`), ""},
		"of unreadable identities":          {of(external, `Acme`), ""},
		"of no provider":                    {of(external, `[]`), ""},
		"a verified address":                {[]idptypes.UserType{user(true, "email", "a@example.com", "email_verified", "true")}, "a@example.com"},
		"one that is not verified is none":  {[]idptypes.UserType{user(true, "email", "a@example.com", "email_verified", "false")}, ""},
		"one that nobody speaks of is none": {[]idptypes.UserType{user(true, "email", "a@example.com")}, ""},
		"who may not sign in has none":      {[]idptypes.UserType{user(false, "email", "a@example.com", "email_verified", "true")}, ""},
		"nobody has none":                   {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &service{users: tc.users}
			got, err := (&Addresses{client: s, pool: "p", trusted: []string{"Acme"}}).Email(t.Context(), "0f1c-2b")
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
			assert.Equal(t, `sub = "0f1c-2b"`, *s.asked[0].Filter)
		})
	}
	s := &service{}
	_, err := (&Addresses{client: s, pool: "p"}).Email(t.Context(), `x" or sub ^= "`)
	assert.Equal(t, errs.Invalid, errs.Of(err))
	assert.Empty(t, s.asked)
}
