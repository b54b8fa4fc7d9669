// Package signin signs a user in through the user pool's sign-in pages, for a program on the user's machine: the authorization code grant
// (RFC 6749) with a proof key (PKCE, RFC 7636) and a redirect to the same machine (RFC 8252).
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

// Scopes are the scopes that a program requests for its user: identity, e-mail address, own profile, and the API's scopes.
func Scopes() []string {
	return []string{"openid", "email", "aws.cognito.signin.user.admin", names.ScopeRead, names.ScopeWrite}
}

// App is a public app client of a user pool.
type App struct {
	Pages       string // http or https URL of the sign-in pages; see names.OutputSignInURL
	ClientID    string
	RedirectURL string   // one of the app client's redirect URLs, with the same spelling
	Scopes      []string // default: Scopes()
	HTTP        *http.Client
}

// Flow is one sign-in. It has its own secrets, so that a redirect of another sign-in cannot end it.
type Flow struct {
	app             App
	state, verifier string
}

// Begin begins a sign-in.
func (a App) Begin() (*Flow, error) { return a.Resume(rand.Text(), oauth2.GenerateVerifier()) }

// Resume continues a sign-in, given its secrets: in a server, one request begins the sign-in and another one ends it.
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

// Secrets returns the arguments for Resume.
func (f *Flow) Secrets() (state, verifier string) { return f.state, f.verifier }

// config is the app client's configuration for the OAuth library. A public client has no secret, so its id is sent as a form field.
func (a App) config() *oauth2.Config {
	pages := strings.TrimSuffix(a.Pages, "/")
	return &oauth2.Config{
		ClientID: a.ClientID, RedirectURL: a.RedirectURL, Scopes: a.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: pages + "/oauth2/authorize", TokenURL: pages + "/oauth2/token", AuthStyle: oauth2.AuthStyleInParams},
	}
}

// URL returns the address of the page where the user signs in.
func (f *Flow) URL() string {
	return f.app.config().AuthCodeURL(f.state, oauth2.S256ChallengeOption(f.verifier))
}

// ErrNotOurs means that a redirect belongs to another sign-in.
var ErrNotOurs = errors.New("the address belongs to another sign-in: its state is not this one's")

// Code returns the authorization code in the address to which the sign-in pages redirected the user; ErrNotOurs if the address has another
// state.
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

// Tokens exchanges the authorization code for tokens.
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
