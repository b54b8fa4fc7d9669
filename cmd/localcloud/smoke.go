package main

import (
	"os"
	"path/filepath"

	"connectedcar/internal/smoke"

	"github.com/spf13/cobra"
)

func smokeCommand() *cobra.Command {
	replay := "examples/obd-log.csv"
	cmd := &cobra.Command{
		Use:   "smoke",
		Short: "Start the platform, check every route with real cars, stop it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, held, err := newCloud("smoke")
			if err != nil {
				return err
			}
			defer held.release()
			if err := c.up(cmd.Context()); err != nil {
				return err
			}
			defer c.down()
			c.progress.say("")
			if err := c.enterEnvironment(); err != nil {
				return err
			}
			return smoke.Run(cmd.Context(), smoke.Settings{
				Platform: c.platform, PlatformFile: c.descriptionFile(), Carctl: c.tool("carctl"),
				Manufacturer: manufacturer, Replay: replay, Out: os.Stdout,
				Schemathesis: filepath.Join(c.repo, ".venv", "bin", "schemathesis"), Contract: filepath.Join(c.repo, "api", "openapi.yaml"),
			})
		},
	}
	cmd.Flags().StringVar(&replay, "replay", replay, "the OBD-II log to play")
	return cmd
}
