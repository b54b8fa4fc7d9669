package devusers

import (
	"context"
	"fmt"
	"time"

	"github.com/pquerna/otp/totp"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/platform"
)

// TOTP is the authenticator app (RFC 6238) with that secret, in base32.
func TOTP(secret string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		code, err := totp.GenerateCode(secret, time.Now())
		if err != nil {
			return "", fmt.Errorf("make a code of the authenticator app's secret: %w", err)
		}
		return code, nil
	}
}

// Enrol gives the bearer of the access token an authenticator app that is this program, and returns its secret.
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

// enrol signs the person in and gives them an authenticator app.
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

// Credentials are those of a person that the platform's description names.
func Credentials(u platform.User) cognito.Credentials {
	c := cognito.Credentials{Username: u.Username, Password: u.Password}
	if u.TOTPSecret != "" {
		c.Code = TOTP(u.TOTPSecret)
	}
	return c
}
