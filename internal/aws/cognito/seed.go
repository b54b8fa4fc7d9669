package cognito

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"connectedcar/internal/domain/claims"
	"connectedcar/internal/platform"

	"golang.org/x/sync/errgroup"
)

// Seeds are people to try a platform out with: of each role one or two, of two companies each, and one without a role. Their
// addresses are in example.com, where no mail goes (RFC 2606).
func Seeds() []NewUser {
	return []NewUser{
		{Email: "operator@example.com", Role: claims.Operator},
		{Email: "acme@example.com", Role: claims.Manufacturer, Manufacturer: "acme"},
		{Email: "borealis@example.com", Role: claims.Manufacturer, Manufacturer: "borealis"},
		{Email: "north@example.com", Role: claims.Dealer, Dealer: "north"},
		{Email: "south@example.com", Role: claims.Dealer, Dealer: "south"},
		{Email: "ana@example.com", Role: claims.Driver},
		{Email: "ben@example.com", Role: claims.Driver},
		{Email: "nobody@example.com"},
	}
}

// Seed makes each of the people with a password of its own, and gives those with a privileged role an authenticator app. People
// who are there get a new password and a new app, so seeding again works. The list is in the order of the people given.
func Seed(ctx context.Context, users *Users, client *Client, people []NewUser) ([]platform.User, error) {
	made := make([]platform.User, len(people))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(4)
	for i, n := range people {
		work.Go(func() (err error) {
			made[i], err = seed(ctx, users, client, n)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, fmt.Errorf("seed people: %w", err)
	}
	return made, nil
}

func seed(ctx context.Context, users *Users, client *Client, n NewUser) (platform.User, error) {
	n.Password = password()
	user, err := users.Add(ctx, n)
	if errors.Is(err, ErrExists) {
		user, err = users.again(ctx, n)
	}
	if err != nil {
		return platform.User{}, err
	}
	secret := ""
	if n.Role != "" && n.Role.Privileged() {
		secret, err = client.enrol(ctx, n)
		if errors.Is(err, ErrNeedsCode) { // of an app that nobody has any more, and that the pool did not let go of
			user, secret, err = replace(ctx, users, client, n)
		}
		if err != nil {
			return platform.User{}, err
		}
	}
	return platform.User{
		ID: user.ID, Username: n.Email, Password: n.Password, Group: string(n.Role), TOTPSecret: secret,
		ManufacturerID: n.Manufacturer, DealerID: n.Dealer,
	}, nil
}

// enrol signs the person in and gives them an authenticator app; it returns the app's secret.
func (c *Client) enrol(ctx context.Context, n NewUser) (string, error) {
	tokens, err := c.SignIn(ctx, Credentials{Username: n.Email, Password: n.Password})
	if err != nil {
		return "", err
	}
	secret, err := c.Enrol(ctx, tokens.Access)
	if err != nil {
		return "", fmt.Errorf("%s: %w", n.Email, err)
	}
	return secret, nil
}

// replace removes the person and adds them anew, with another id.
func replace(ctx context.Context, users *Users, client *Client, n NewUser) (User, string, error) {
	if err := users.Remove(ctx, n.Email); err != nil {
		return User{}, "", fmt.Errorf("replace %s: %w", n.Email, err)
	}
	user, err := users.Add(ctx, n)
	if err != nil {
		return User{}, "", err
	}
	secret, err := client.enrol(ctx, n)
	return user, secret, err
}

// again gives somebody who is there a new password, and takes their authenticator app away.
func (u *Users) again(ctx context.Context, n NewUser) (User, error) {
	if err := u.ForgetMFA(ctx, n.Email); err != nil {
		return User{}, fmt.Errorf("%s: %w", n.Email, err)
	}
	if err := u.complete(ctx, n); err != nil {
		return User{}, fmt.Errorf("%s: %w", n.Email, err)
	}
	return u.User(ctx, n.Email)
}

// password is a random password that every sensible password policy takes: 128 bits, and one character of each kind.
func password() string { return rand.Text() + "-a1" }

// CredentialsOf returns the credentials of a person that the platform's description names.
func CredentialsOf(u platform.User) Credentials {
	c := Credentials{Username: u.Username, Password: u.Password}
	if u.TOTPSecret != "" {
		c.Code = TOTP(u.TOTPSecret)
	}
	return c
}
