// Package signin signs a person in through the user pool's sign-in pages, as a program on the person's machine does it: the
// authorization code grant (RFC 6749) with a proof key (PKCE, RFC 7636) and a redirect to the machine itself (RFC 8252).
package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"connectedcar/internal/names"
	"connectedcar/internal/token"
)

// Scopes are the scopes that a person's program requests: who they are, what their roles permit, and their own profile.
func Scopes() []string {
	return []string{"openid", "email", "aws.cognito.signin.user.admin", names.ScopeRead, names.ScopeWrite}
}

// App is a public app client of a user pool.
type App struct {
	Pages       string // where the sign-in pages are, an http or https URL; see names.OutputSignInURL
	ClientID    string
	RedirectURL string   // one of the app client's, letter by letter
	Scopes      []string // default: Scopes()
	HTTP        *http.Client
}

// Flow is one sign-in. Its secrets are its own, so that nobody else's redirect can end it.
type Flow struct {
	app             App
	state, verifier string
}

// Begin begins a sign-in.
func (a App) Begin() (*Flow, error) { return a.Resume(rand.Text(), oauth2.GenerateVerifier()) }

// Resume goes on with a sign-in by its secrets: in a server, the request that ends a sign-in is not the one that began it.
func (a App) Resume(state, verifier string) (*Flow, error) {
	if state == "" || verifier == "" {
		return nil, errors.New("resume a sign-in: its secrets are required")
	}
	if u, err := url.Parse(a.Pages); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fmt.Errorf("sign-in pages %q: allowed is an http or https URL", a.Pages)
	}
	if len(a.Scopes) == 0 {
		a.Scopes = Scopes()
	}
	return &Flow{app: a, state: state, verifier: verifier}, nil
}

// Secrets returns the arguments of Resume.
func (f *Flow) Secrets() (state, verifier string) { return f.state, f.verifier }

// config is the app client as the OAuth library knows it. A public client has no secret, so its id goes into the form.
func (a App) config() *oauth2.Config {
	pages := strings.TrimSuffix(a.Pages, "/")
	return &oauth2.Config{
		ClientID: a.ClientID, RedirectURL: a.RedirectURL, Scopes: a.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: pages + "/oauth2/authorize", TokenURL: pages + "/oauth2/token", AuthStyle: oauth2.AuthStyleInParams},
	}
}

// URL is the page where the person signs in.
func (f *Flow) URL() string {
	return f.app.config().AuthCodeURL(f.state, oauth2.S256ChallengeOption(f.verifier))
}

// ErrNotOurs says that a redirect does not end this sign-in.
var ErrNotOurs = errors.New("the address belongs to another sign-in: its state is not this one's")

// Code reads the code from the address that the pages sent the person back to.
func (f *Flow) Code(redirected string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(redirected))
	if err != nil {
		return "", fmt.Errorf("the address is no URL: %w", err)
	}
	q := u.Query()
	if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(f.state)) != 1 {
		return "", ErrNotOurs
	}
	if reason := q.Get("error"); reason != "" {
		return "", fmt.Errorf("the sign-in pages refused: %s %s", reason, q.Get("error_description"))
	}
	if q.Get("code") == "" {
		return "", errors.New("the address has no code")
	}
	return q.Get("code"), nil
}

// Tokens redeems the code.
func (f *Flow) Tokens(ctx context.Context, code string) (token.Set, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, f.app.HTTP)
	answer, err := f.app.config().Exchange(ctx, code, oauth2.VerifierOption(f.verifier))
	if err != nil {
		return token.Set{}, fmt.Errorf("redeem the code: %w", err)
	}
	id, _ := answer.Extra("id_token").(string)
	if id == "" {
		return token.Set{}, errors.New("redeem the code: the answer lacks an ID token")
	}
	return token.Set{
		Access: answer.AccessToken, ID: id, Refresh: answer.RefreshToken, Expires: answer.Expiry.UTC().Truncate(time.Second),
	}, nil
}
