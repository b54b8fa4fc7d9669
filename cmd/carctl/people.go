package main

import (
	"cmp"
	"errors"
	"fmt"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/names"
)

// users is the platform's user pool, for its administrators.
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

// clientID is the app client that carctl signs people in to.
func (w where) clientID() (string, error) {
	if id, err := w.Output(names.OutputCLIClientID); err == nil {
		return id, nil
	}
	if w.UserPoolClientID != "" {
		return w.UserPoolClientID, nil
	}
	return "", errors.New("the platform has no app client for carctl: neither output " + names.OutputCLIClientID + " nor userPoolClientId")
}

// apiURL is the base URL of the API's paths, without /v1.
func (w where) apiURL() (string, error) {
	if output, err := w.Output(names.OutputAPIURL); w.APIURL != "" || err == nil {
		return cmp.Or(w.APIURL, output), nil
	}
	return "", fmt.Errorf("the platform has no API: neither apiUrl nor output %s", names.OutputAPIURL)
}
