// Package devusers creates users for trying a platform out, and signs them in. This program plays their authenticator app.
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

// Seeds are users for trying a platform out: one or two of each role, from two manufacturers and two dealers, and one without a role.
// Their addresses are in example.com, which receives no mail (RFC 2606).
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

// Seed creates each of the users with a random password, and adds an authenticator app for those with a privileged role. An existing user
// gets a new password and a new app, so Seed can be repeated. The result has the order of people.
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
		if errors.Is(err, cognito.ErrNeedsCode) { // the pool still requires a code of an earlier app, whose secret is lost
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

// replace deletes the user and creates it again, with another id.
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

// password returns a random password of 128 bits that also has a character of each kind that password policies demand.
func password() string { return rand.Text() + "-a1" }
