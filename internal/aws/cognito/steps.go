package cognito

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"connectedcar/internal/errs"
	"connectedcar/internal/token"
)

// Challenge is a challenge of the pool in a sign-in of several steps. It can be answered once, within a few minutes.
type Challenge struct {
	Name     types.ChallengeNameType
	Session  string
	Username string
}

// responses are the names of the parameters for the answer to a challenge, by challenge.
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
var responses = map[types.ChallengeNameType]string{
	types.ChallengeNameTypeSoftwareTokenMfa:    "SOFTWARE_TOKEN_MFA_CODE",
	types.ChallengeNameTypeNewPasswordRequired: "NEW_PASSWORD",
}

func unanswerable(challenge types.ChallengeNameType) error {
	return errs.As(errs.Denied, fmt.Errorf("the pool asks for %s, which only its sign-in pages can answer", challenge))
}

// Begin begins a sign-in. It returns the tokens, or else a challenge for Respond.
func (c *Client) Begin(ctx context.Context, username, password string) (token.Set, *Challenge, error) {
	out, err := c.client.InitiateAuth(ctx, &idp.InitiateAuthInput{
		ClientId: &c.id, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": username, "PASSWORD": password},
	})
	if err != nil {
		return token.Set{}, nil, fmt.Errorf("sign in %s: %w", username, sorted(err))
	}
	return step(username, out.AuthenticationResult, out.ChallengeName, out.Session)
}

// Respond answers a challenge with a code of the authenticator app or a new password. It returns the tokens, or else the next challenge.
func (c *Client) Respond(ctx context.Context, to Challenge, answer string) (token.Set, *Challenge, error) {
	parameter, ok := responses[to.Name]
	if !ok {
		return token.Set{}, nil, fmt.Errorf("sign in %s: %w", to.Username, unanswerable(to.Name))
	}
	out, err := c.client.RespondToAuthChallenge(ctx, &idp.RespondToAuthChallengeInput{
		ClientId: &c.id, ChallengeName: to.Name, Session: &to.Session,
		ChallengeResponses: map[string]string{"USERNAME": to.Username, parameter: answer},
	})
	if err != nil {
		return token.Set{}, nil, fmt.Errorf("sign in %s: answer %s: %w", to.Username, to.Name, sorted(err))
	}
	return step(to.Username, out.AuthenticationResult, out.ChallengeName, out.Session)
}

func step(username string, result *types.AuthenticationResultType, name types.ChallengeNameType, session *string) (token.Set, *Challenge, error) {
	if result != nil {
		return tokensOf(result), nil, nil
	}
	if _, ok := responses[name]; !ok {
		return token.Set{}, nil, fmt.Errorf("sign in %s: %w", username, unanswerable(name))
	}
	return token.Set{}, &Challenge{Name: name, Session: aws.ToString(session), Username: username}, nil
}
