package sns

import (
	"context"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"connectedcar/internal/errs"
)

type userLister interface {
	ListUsers(context.Context, *idp.ListUsersInput, ...func(*idp.Options)) (*idp.ListUsersOutput, error)
}

// Addresses are the e-mail addresses of a user pool of Amazon Cognito.
type Addresses struct {
	client userLister
	pool   string
}

// NewAddresses looks up people of the pool with that id.
func NewAddresses(cfg aws.Config, pool string) *Addresses {
	return &Addresses{client: idp.NewFromConfig(cfg), pool: pool}
}

// userID is the allowed form of a sub: it goes into a filter's text.
var userID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// Email is the verified address of the user with that id (sub), also of one who signs in elsewhere; "" if there is no such user,
// none who may sign in, or no verified address.
func (a *Addresses) Email(ctx context.Context, user string) (string, error) {
	if !userID.MatchString(user) {
		return "", errs.As(errs.Invalid, fmt.Errorf("user id %.40q: allowed are letters, digits, hyphens and underscores", user))
	}
	out, err := a.client.ListUsers(ctx, &idp.ListUsersInput{
		UserPoolId: &a.pool, Filter: aws.String(`sub = "` + user + `"`), Limit: aws.Int32(1),
		AttributesToGet: []string{"email", "email_verified"},
	})
	if err != nil {
		return "", fmt.Errorf("look up a user: %w", sorted(err))
	}
	if len(out.Users) == 0 || !out.Users[0].Enabled {
		return "", nil
	}
	return verified(out.Users[0].Attributes), nil
}

func verified(attributes []types.AttributeType) string {
	values := map[string]string{}
	for _, a := range attributes {
		values[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	if values["email_verified"] != "true" {
		return ""
	}
	return values["email"]
}
