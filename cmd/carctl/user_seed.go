package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/tool/devusers"
)

func userSeedCommand(t *target) *cobra.Command {
	return &cobra.Command{
		Use:   "seed",
		Short: "Make people of every role, to try the local platform out",
		Long: "Makes people of every role, with made-up passwords and authenticator apps, and writes them into the platform's description\n" +
			"(--platform), which is how `carctl login --user` and `carctl api --as` know them.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if t.environment != "" {
				return fmt.Errorf("--env %s: people with written-down passwords are for the local platform only", t.environment)
			}
			w, users, err := t.users(cmd.Context())
			if err != nil {
				return err
			}
			id, err := w.clientID()
			if err != nil {
				return err
			}
			people, err := devusers.Seed(cmd.Context(), users, cognito.NewClient(w.aws, id), devusers.Seeds())
			if err != nil {
				return err
			}
			w.Users = people
			if err := w.Save(t.file); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "made %d people; %s has their passwords\n", len(people), t.file)
			return nil
		},
	}
}
