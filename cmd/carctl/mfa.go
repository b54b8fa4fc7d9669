package main

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"connectedcar/internal/names"
)

func mfaCommand(t *target) *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use:   "mfa",
		Short: "Turn an authenticator app on as your second factor",
		Long: "Shows the secret of a new authenticator app, for you to put into the app, and turns the app on once you typed its code. The\n" +
			"roles manufacturer, dealer and operator count from the next sign-in on, which asks for a code.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := t.session(cmd.Context())
			if err != nil {
				return err
			}
			return s.enrol(cmd, as)
		},
	}
	cmd.Flags().StringVar(&as, "as", "", "e-mail address of the person, instead of who signed in last")
	return cmd
}

func (s *session) enrol(cmd *cobra.Command, as string) error {
	username, tokens, err := s.tokens(cmd.Context(), as)
	if err != nil {
		return err
	}
	secret, err := s.client.BeginMFA(cmd.Context(), tokens.Access)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "Put this secret into your authenticator app:\n\n  %s\n  %s\n\nCode of the app: ", secret, keyURI(username, secret))
	code, err := firstLine(cmd.InOrStdin())
	if err != nil {
		return fmt.Errorf("read the app's code: %w", err)
	}
	if err := s.client.FinishMFA(cmd.Context(), tokens.Access, strings.ReplaceAll(code, " ", "")); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "the authenticator app of %s is on; carctl login asks for its code\n", username)
	return nil
}

// keyURI returns the secret in the Key URI format, which authenticator apps read as text or as a QR code.
func keyURI(username, secret string) string {
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + names.StackPrefix + ":" + username}
	u.RawQuery = url.Values{"secret": {secret}, "issuer": {names.StackPrefix}}.Encode()
	return u.String()
}
