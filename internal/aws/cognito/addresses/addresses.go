// Package addresses looks up people's e-mail addresses in a user pool of Amazon Cognito. It is separate from package cognito so that the
// notification function does not link the code that verifies tokens.
package addresses

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/errs"
)

type userLister interface {
	ListUsers(context.Context, *idp.ListUsersInput, ...func(*idp.Options)) (*idp.ListUsersOutput, error)
}

// Addresses looks up the e-mail addresses of users in a user pool of Amazon Cognito.
type Addresses struct {
	client  userLister
	pool    string
	trusted []string
}

// New looks up users of the pool with that id. For users of the trusted identity providers, an address counts as verified as the provider
// gave it.
func New(cfg aws.Config, pool string, trusted ...string) *Addresses {
	return &Addresses{client: idp.NewFromConfig(cfg), pool: pool, trusted: trusted}
}

// userID is the allowed form of a user's id (sub). The check prevents injection into the filter of a ListUsers call.
var userID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// Email returns the address of the user with that id (sub), if it is verified or comes from a trusted provider. It returns "" for any
// other address, and for a user who does not exist or is disabled. Amazon Cognito marks a provider's addresses as unverified, and cannot
// verify them by a code.
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-specifying-attribute-mapping.html
func (a *Addresses) Email(ctx context.Context, user string) (string, error) {
	if !userID.MatchString(user) {
		return "", errs.As(errs.Invalid, fmt.Errorf("user id %.40q: allowed are letters, digits, hyphens and underscores", user))
	}
	out, err := a.client.ListUsers(ctx, &idp.ListUsersInput{
		UserPoolId: &a.pool, Filter: aws.String(`sub = "` + user + `"`), Limit: aws.Int32(1),
		AttributesToGet: []string{"email", "email_verified", "identities"},
	})
	if err != nil {
		return "", fmt.Errorf("look up a user: %w", awsconfig.Sort(err))
	}
	if len(out.Users) == 0 || !out.Users[0].Enabled {
		return "", nil
	}
	values := map[string]string{}
	for _, attribute := range out.Users[0].Attributes {
		values[aws.ToString(attribute.Name)] = aws.ToString(attribute.Value)
	}
	federated := out.Users[0].UserStatus == types.UserStatusTypeExternalProvider
	if values["email_verified"] == "true" || federated && a.trusts(values["identities"]) {
		return values["email"], nil
	}
	return "", nil
}

// trusts reports whether all of a user's identities, in Amazon Cognito's JSON, come from trusted providers: with one untrusted identity,
// the address may be from that provider.
func (a *Addresses) trusts(identities string) bool {
	var all []struct {
		Provider string `json:"providerName"`
	}
	if json.Unmarshal([]byte(identities), &all) != nil || len(all) == 0 {
		return false
	}
	for _, i := range all {
		if !slices.Contains(a.trusted, i.Provider) {
			return false
		}
	}
	return true
}
