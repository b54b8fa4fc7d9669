package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"connectedcar/internal/platform"
	"connectedcar/internal/tool/devusers"
)

func userCodeCommand(t *target) *cobra.Command {
	return &cobra.Command{
		Use:   "code EMAIL",
		Short: "Show the present code of the authenticator app that `user seed` made for somebody",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if t.environment != "" {
				return fmt.Errorf("--env %s: the authenticator apps of its people are their own", t.environment)
			}
			p, err := platform.Load(t.file)
			if err != nil {
				return err
			}
			user, err := p.User(args[0])
			if err != nil {
				return err
			}
			if user.TOTPSecret == "" {
				return fmt.Errorf("%s has no authenticator app: the password is enough", user.Username)
			}
			code, err := devusers.TOTP(user.TOTPSecret)(cmd.Context())
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), code)
			return nil
		},
	}
}
