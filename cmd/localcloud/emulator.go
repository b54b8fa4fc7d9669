package main

import (
	"errors"
	"os"
	"os/exec"

	"github.com/spf13/cobra"
)

func emulatorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "emulator -- COMMAND [ARG...]",
		Short: "Run a command beside an empty AWS emulator, for integration tests",
		Long: "emulator starts the AWS emulator alone (or uses the one that AWS_ENDPOINT_URL names), runs the command with the\n" +
			"environment that points the AWS SDK at it, and stops it again.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, held, err := newCloud("emulator")
			if err != nil {
				return err
			}
			defer held.release()
			if err := errors.Join(c.endOrphans(), c.checkPortsFree()); err != nil {
				return err
			}
			if err := c.progress.step("start the AWS emulator", func() (string, error) { return c.startEmulator(cmd.Context()) }); err != nil {
				c.emulator.stop()
				return err
			}
			defer c.emulator.stop()
			child := exec.CommandContext(cmd.Context(), args[0], args[1:]...)
			child.Env, child.Stdin, child.Stdout, child.Stderr = c.environment(), os.Stdin, os.Stdout, os.Stderr
			if err := child.Run(); err != nil {
				var exit *exec.ExitError
				if errors.As(err, &exit) {
					return errors.New("the command failed: " + exit.Error())
				}
				return err
			}
			return nil
		},
	}
}
