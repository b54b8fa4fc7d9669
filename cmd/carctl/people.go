package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/names"
)

// users opens the platform and the administration of its user pool.
func (t *target) users(ctx context.Context) (where, *cognito.Users, error) {
	w, err := t.open(ctx)
	if err != nil {
		return where{}, nil, err
	}
	users, err := w.users()
	return w, users, err
}

// users returns the administration of the platform's user pool.
func (w where) users() (*cognito.Users, error) {
	id := w.UserPoolID
	if id == "" {
		var err error
		if id, err = w.Output(names.OutputUserPoolID); err != nil {
			return nil, err
		}
	}
	return cognito.NewUsers(w.aws, id), nil
}

// clientID returns the id of the app client that carctl uses for sign-ins.
func (w where) clientID() (string, error) {
	if id, err := w.Output(names.OutputCLIClientID); err == nil {
		return id, nil
	}
	if w.UserPoolClientID != "" {
		return w.UserPoolClientID, nil
	}
	return "", errors.New("the platform has no app client for carctl: neither output " + names.OutputCLIClientID + " nor userPoolClientId")
}

// apiURL returns the base URL of the API, without /v1.
func (w where) apiURL() (string, error) {
	if output, err := w.Output(names.OutputAPIURL); w.APIURL != "" || err == nil {
		return cmp.Or(w.APIURL, output), nil
	}
	return "", fmt.Errorf("the platform has no API: neither apiUrl nor output %s", names.OutputAPIURL)
}
