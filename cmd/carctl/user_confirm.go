package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"connectedcar/internal/domain/claims"
)

func userConfirmCommand(t *target) *cobra.Command {
	role := ""
	cmd := &cobra.Command{
		Use:   "confirm EMAIL",
		Short: "Give somebody who was invited their privileged role, once their second factor is known to be theirs",
		Long: "Whoever gets hold of an invitation signs in first and adds a second factor of their own. So the person gets the role by this command:\n" +
			"ask them, not by e-mail, whether they signed in and added a second factor.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := claims.Parse(role)
			if err != nil {
				return fmt.Errorf("--role: %w", err)
			}
			_, users, err := t.users(cmd.Context())
			if err != nil {
				return err
			}
			if err := users.Confirm(cmd.Context(), args[0], r); err != nil {
				return fmt.Errorf("confirm %s: %w", args[0], err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s has the role %s\n", args[0], r)
			return nil
		},
	}
	cmd.Flags().StringVar(&role, "role", "", "dealer, manufacturer or operator")
	_ = cmd.MarkFlagRequired("role")
	return cmd
}
