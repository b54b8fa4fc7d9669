package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/names"
	"connectedcar/internal/token"
	"connectedcar/internal/tool/devusers"
	"connectedcar/internal/tool/signin"
)

// session has the users who are signed in to a platform on this machine.
type session struct {
	where    where
	clientID string
	client   *cognito.Client
	kept     *signin.Sessions
}

func (t *target) session(ctx context.Context) (*session, error) {
	w, err := t.open(ctx)
	if err != nil {
		return nil, err
	}
	id, err := w.clientID()
	if err != nil {
		return nil, err
	}
	dir, err := signin.DefaultDir()
	if err != nil {
		return nil, err
	}
	kept, err := signin.Open(dir, id)
	if err != nil {
		return nil, err
	}
	return &session{w, id, cognito.NewClient(w.aws, id), kept}, nil
}

// keep stores the tokens of the user who signed in, under the user's e-mail address.
func (s *session) keep(tokens token.Set) (signin.Claims, error) {
	who, err := signin.Read(tokens.ID)
	if err != nil {
		return signin.Claims{}, err
	}
	if who.Email == "" {
		return signin.Claims{}, errors.New("the ID token names no e-mail address")
	}
	return who, s.kept.Put(who.Email, tokens, true)
}

// margin is the shortest remaining validity of a token that is used without a refresh.
const margin = time.Minute

// bearer returns the user's token for calls of the API.
func (s *session) bearer(ctx context.Context, username string) (string, error) {
	_, tokens, err := s.tokens(ctx, username)
	if err != nil {
		return "", err
	}
	return presented(tokens)
}

// tokens returns the username and the tokens of that user, or of the current user if username is empty. It refreshes expired tokens. A
// user in the platform's description is signed in at first use.
func (s *session) tokens(ctx context.Context, username string) (string, token.Set, error) {
	username = cmp.Or(username, s.kept.Current)
	if username == "" {
		return "", token.Set{}, errors.New("nobody is signed in: carctl login, or --as with a user of the platform's description")
	}
	kept, ok := s.kept.Users[username]
	if ok && time.Until(kept.Expires) > margin {
		return username, kept, nil
	}
	fresh, err := s.renew(ctx, username, kept)
	if err != nil {
		return "", token.Set{}, err
	}
	return username, fresh, s.kept.Put(username, fresh, false)
}

// renew gets new tokens by the refresh token, or else by the password in the platform's description.
func (s *session) renew(ctx context.Context, username string, kept token.Set) (token.Set, error) {
	person, unknown := s.where.User(username)
	if kept.Refresh != "" {
		fresh, err := s.client.Refresh(ctx, kept.Refresh)
		if err == nil {
			return fresh, nil
		}
		if unknown != nil {
			return token.Set{}, fmt.Errorf("the session of %s is over (%w): carctl login", username, err)
		}
	}
	if unknown != nil {
		return token.Set{}, fmt.Errorf("%s is not signed in (signed in: %s): %w", username, cmp.Or(strings.Join(s.kept.Names(), ", "), "nobody"), unknown)
	}
	return s.client.SignIn(ctx, devusers.Credentials(person))
}

// presented returns the token that the API accepts: the access token, or the ID token if the user pool's plan cannot customize access
// tokens.
func presented(tokens token.Set) (string, error) {
	access, err := signin.Read(tokens.Access)
	if err != nil {
		return "", err
	}
	id, err := signin.Read(tokens.ID)
	if err != nil {
		return "", err
	}
	shaped := slices.ContainsFunc(strings.Fields(access.Scope), func(scope string) bool {
		return strings.HasPrefix(scope, names.ResourceServer+"/")
	})
	if !shaped && len(id.Groups) > 0 {
		return tokens.ID, nil
	}
	return tokens.Access, nil
}
