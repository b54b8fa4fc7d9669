package cognito

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"connectedcar/internal/errs"
	"connectedcar/internal/token"
)

// Credentials are a user's name, password and second factor.
type Credentials struct {
	Username string // e-mail address or username
	Password string
	// Code returns the authenticator app's current code; it is called only if the sign-in requires one.
	Code func(context.Context) (string, error)
	// NewPassword replaces a temporary password; empty: a temporary password is an error.
	NewPassword string
}

// Errors of a sign-in.
var (
	ErrNeedsCode        = errs.As(errs.Denied, errors.New("the sign-in asks for a code of the authenticator app"))
	ErrNeedsNewPassword = errs.As(errs.Denied, errors.New("the password is temporary: the sign-in asks for a new one"))
)

// Client signs users in to one app client of a user pool. It needs no AWS credentials.
type Client struct {
	client *idp.Client
	id     string
}

// NewClient returns a client of the app client with that id, which must be public (without a secret) and allow sign-ins with a password
// (ALLOW_USER_PASSWORD_AUTH).
func NewClient(cfg aws.Config, id string) *Client {
	return &Client{client: idp.NewFromConfig(cfg, func(o *idp.Options) { o.Credentials = aws.AnonymousCredentials{} }), id: id}
}

// rounds is the largest number of challenges in a sign-in: a new password, then a code.
const rounds = 3

// SignIn signs a person in with a password, and answers the pool's challenges for a code or a new password.
func (c *Client) SignIn(ctx context.Context, who Credentials) (token.Set, error) {
	tokens, challenge, err := c.Begin(ctx, who.Username, who.Password)
	for n := 0; err == nil && challenge != nil && n < rounds; n++ {
		var said string
		if said, err = answer(ctx, challenge.Name, who); err != nil {
			return token.Set{}, fmt.Errorf("sign in %s: %w", who.Username, err)
		}
		tokens, challenge, err = c.Respond(ctx, *challenge, said)
	}
	if err != nil {
		return token.Set{}, err
	}
	if challenge != nil {
		return token.Set{}, fmt.Errorf("sign in %s: the pool keeps asking, now for %s", who.Username, challenge.Name)
	}
	return tokens, nil
}

func answer(ctx context.Context, challenge types.ChallengeNameType, who Credentials) (string, error) {
	switch challenge {
	case types.ChallengeNameTypeSoftwareTokenMfa:
		if who.Code == nil {
			return "", ErrNeedsCode
		}
		return who.Code(ctx)
	case types.ChallengeNameTypeNewPasswordRequired:
		if who.NewPassword == "" {
			return "", ErrNeedsNewPassword
		}
		return who.NewPassword, nil
	}
	return "", unanswerable(challenge)
}

// Refresh returns new access and ID tokens for a refresh token, and a new refresh token if the app client rotates them.
func (c *Client) Refresh(ctx context.Context, refresh string) (token.Set, error) {
	out, err := c.client.GetTokensFromRefreshToken(ctx, &idp.GetTokensFromRefreshTokenInput{ClientId: &c.id, RefreshToken: &refresh})
	if err != nil {
		return token.Set{}, fmt.Errorf("refresh tokens: %w", sorted(err))
	}
	if out.AuthenticationResult == nil {
		return token.Set{}, errors.New("refresh tokens: the pool's answer has none")
	}
	tokens := tokensOf(out.AuthenticationResult)
	if tokens.Refresh == "" {
		tokens.Refresh = refresh
	}
	return tokens, nil
}

// Revoke revokes a refresh token and every token that was issued from it.
func (c *Client) Revoke(ctx context.Context, refresh string) error {
	_, err := c.client.RevokeToken(ctx, &idp.RevokeTokenInput{ClientId: &c.id, Token: &refresh})
	if err != nil {
		return fmt.Errorf("revoke tokens: %w", sorted(err))
	}
	return nil
}

// BeginMFA returns a new secret for the signed-in user's authenticator app, in base32. The user's sign-in does not change until FinishMFA.
func (c *Client) BeginMFA(ctx context.Context, access string) (secret string, err error) {
	out, err := c.client.AssociateSoftwareToken(ctx, &idp.AssociateSoftwareTokenInput{AccessToken: &access})
	if err != nil {
		return "", fmt.Errorf("begin with an authenticator app: %w", sorted(err))
	}
	return aws.ToString(out.SecretCode), nil
}

// FinishMFA verifies the authenticator app's current code and turns the app on: from then on every sign-in with a password requires a
// code.
func (c *Client) FinishMFA(ctx context.Context, access, code string) error {
	verified, err := c.client.VerifySoftwareToken(ctx, &idp.VerifySoftwareTokenInput{AccessToken: &access, UserCode: &code})
	if err != nil {
		return fmt.Errorf("prove the authenticator app: %w", sorted(err))
	}
	if verified.Status != types.VerifySoftwareTokenResponseTypeSuccess {
		return fmt.Errorf("prove the authenticator app: the pool answers %s", verified.Status)
	}
	_, err = c.client.SetUserMFAPreference(ctx, &idp.SetUserMFAPreferenceInput{
		AccessToken: &access, SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: true, PreferredMfa: true},
	})
	if err != nil {
		return fmt.Errorf("turn the authenticator app on: %w", sorted(err))
	}
	return nil
}

func tokensOf(r *types.AuthenticationResultType) token.Set {
	return token.Set{
		Access: aws.ToString(r.AccessToken), ID: aws.ToString(r.IdToken), Refresh: aws.ToString(r.RefreshToken),
		Expires: time.Now().Add(time.Duration(r.ExpiresIn) * time.Second).UTC().Truncate(time.Second),
	}
}
