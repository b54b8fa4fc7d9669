// Package devusers makes the people to try a platform out with, and signs them in with an authenticator app that is this program.
package devusers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/domain/claims"
	"connectedcar/internal/platform"
)

// Seeds are people to try a platform out with: of each role one or two, of two companies each, and one without a role. Their
// addresses are in example.com, where no mail goes (RFC 2606).
func Seeds() []cognito.NewUser {
	return []cognito.NewUser{
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
func Seed(ctx context.Context, users *cognito.Users, client *cognito.Client, people []cognito.NewUser) ([]platform.User, error) {
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

func seed(ctx context.Context, users *cognito.Users, client *cognito.Client, n cognito.NewUser) (platform.User, error) {
	n.Password = password()
	user, err := users.Add(ctx, n)
	if errors.Is(err, cognito.ErrExists) {
		user, err = users.Reset(ctx, n)
	}
	if err != nil {
		return platform.User{}, err
	}
	secret := ""
	if n.Role != "" && n.Role.Privileged() {
		secret, err = enrol(ctx, client, n)
		if errors.Is(err, cognito.ErrNeedsCode) { // of an app that nobody has any more, and that the pool did not let go of
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

// replace removes the person and adds them anew, with another id.
func replace(ctx context.Context, users *cognito.Users, client *cognito.Client, n cognito.NewUser) (cognito.User, string, error) {
	if err := users.Remove(ctx, n.Email); err != nil {
		return cognito.User{}, "", fmt.Errorf("replace %s: %w", n.Email, err)
	}
	user, err := users.Add(ctx, n)
	if err != nil {
		return cognito.User{}, "", err
	}
	secret, err := enrol(ctx, client, n)
	return user, secret, err
}

// password is a random password that every sensible password policy takes: 128 bits, and one character of each kind.
func password() string { return rand.Text() + "-a1" }
