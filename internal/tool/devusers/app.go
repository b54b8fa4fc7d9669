package devusers

import (
	"context"
	"fmt"
	"time"

	"github.com/pquerna/otp/totp"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/platform"
)

// TOTP is an authenticator app (RFC 6238) with that secret, in base32: the returned function computes the current code.
func TOTP(secret string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		code, err := totp.GenerateCode(secret, time.Now())
		if err != nil {
			return "", fmt.Errorf("make a code of the authenticator app's secret: %w", err)
		}
		return code, nil
	}
}

// Enrol adds an authenticator app, played by this program, to the access token's user, and returns its secret in base32.
func Enrol(ctx context.Context, client *cognito.Client, access string) (secret string, err error) {
	if secret, err = client.BeginMFA(ctx, access); err != nil {
		return "", err
	}
	code, err := TOTP(secret)(ctx)
	if err != nil {
		return "", err
	}
	return secret, client.FinishMFA(ctx, access, code)
}

// enrol signs the user in and adds an authenticator app, whose secret it returns.
func enrol(ctx context.Context, client *cognito.Client, n cognito.NewUser) (secret string, err error) {
	tokens, err := client.SignIn(ctx, cognito.Credentials{Username: n.Email, Password: n.Password})
	if err != nil {
		return "", err
	}
	if secret, err = Enrol(ctx, client, tokens.Access); err != nil {
		return "", fmt.Errorf("%s: %w", n.Email, err)
	}
	return secret, nil
}

// Credentials returns the credentials of a user of the platform's description.
func Credentials(u platform.User) cognito.Credentials {
	c := cognito.Credentials{Username: u.Username, Password: u.Password}
	if u.TOTPSecret != "" {
		c.Code = TOTP(u.TOTPSecret)
	}
	return c
}
