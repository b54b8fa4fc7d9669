package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// verifySender verifies the sender's domain in the emulator's Amazon SES, which the account's owner does by hand in AWS. It returns the
// domain; empty if the platform sends no e-mail.
func (c *cloud) verifySender(ctx context.Context) (string, error) {
	sender, err := emailSender(filepath.Join(c.repo, "cdk.json"))
	if err != nil || sender == "" {
		return "", err
	}
	_, domain, _ := strings.Cut(sender, "@")
	cfg, err := c.aws()
	if err != nil {
		return "", err
	}
	_, err = sesv2.NewFromConfig(cfg).CreateEmailIdentity(ctx, &sesv2.CreateEmailIdentityInput{EmailIdentity: &domain})
	var there *types.AlreadyExistsException
	if err != nil && !errors.As(err, &there) {
		return "", fmt.Errorf("verify %s in Amazon SES: %w", domain, err)
	}
	return domain, nil
}

// emailSender reads the sender's address from the settings of the local environment.
func emailSender(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the settings: %w", err)
	}
	var app struct {
		Context struct {
			Environments map[string]struct {
				EmailSender string `json:"emailSender"`
			} `json:"environments"`
		} `json:"context"`
	}
	if err := json.Unmarshal(b, &app); err != nil {
		return "", fmt.Errorf("settings %s: %w", file, err)
	}
	return app.Context.Environments[environment].EmailSender, nil
}
