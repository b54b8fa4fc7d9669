package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"connectedcar/internal/tool/freeport"
)

func emulatorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "emulator -- COMMAND [ARG...]",
		Short: "Run a command beside an empty AWS emulator, for integration tests",
		Long: "emulator starts an AWS emulator of its own on a free port (or uses the one that AWS_ENDPOINT_URL names), runs the command\n" +
			"with the environment that points the AWS SDK at it, and stops it again. A running platform is not touched.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := loneEmulator()
			if err != nil {
				return err
			}
			if !c.external {
				defer os.RemoveAll(c.dir) // a temporary folder: a leftover is harmless
			}
			defer func() {
				c.emulator.stop()
				c.front.stop()
			}()
			if err := c.progress.step("start the AWS emulator", func() (string, error) { return c.startEmulator(cmd.Context()) }); err != nil {
				return err
			}
			child := exec.Command(args[0], args[1:]...) // not bound to ctx: Ctrl-C reaches it directly, and we wait for its end
			child.Env, child.Stdin, child.Stdout, child.Stderr = c.environment(strictVariable+"="+onOff(c.strict)), os.Stdin, os.Stdout, os.Stderr
			if err := child.Run(); err != nil {
				return fmt.Errorf("the command failed: %w", err)
			}
			return nil
		},
	}
}

// loneEmulator returns a cloud with its own folder and port.
func loneEmulator() (*cloud, error) {
	s, err := readSettings(os.Getenv)
	if err != nil {
		return nil, err
	}
	if !s.external {
		if s.dir, err = os.MkdirTemp("", "localcloud-"); err != nil {
			return nil, fmt.Errorf("make a folder for the emulator: %w", err)
		}
		if s.emulatorPort, err = freeport.One(); err != nil {
			return nil, errors.Join(err, os.RemoveAll(s.dir))
		}
		s.endpoint = fmt.Sprintf("http://127.0.0.1:%d", s.emulatorPort)
	}
	return &cloud{settings: s, progress: newProgress(os.Stdout)}, nil
}
