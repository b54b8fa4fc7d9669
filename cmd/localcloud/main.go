// Command localcloud runs the whole platform on one machine: an AWS emulator with the stacks deployed to it, the device gateway, and cars.
// It needs no AWS account and never calls AWS.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := shutInherited(); err != nil {
		fmt.Fprintln(os.Stderr, "localcloud: files of the caller stay open in the background:", err)
	}
	context.AfterFunc(ctx, stop) // a second Ctrl-C kills the process at once
	err := root().ExecuteContext(ctx)
	if err == nil {
		return
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "localcloud: interrupted; everything that was started has been stopped")
		os.Exit(130)
	}
	fmt.Fprintln(os.Stderr, "localcloud:", err)
	os.Exit(1)
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "localcloud",
		Short: "The connected-car platform on this machine",
		Long: "localcloud runs the connected-car platform on this machine: an AWS emulator with the stacks deployed to it, the device\n" +
			"gateway, and cars. Everything it writes is in .local/; where things are is in .local/platform.json.\n\n" +
			"With AWS_ENDPOINT_URL set, that emulator is used instead of starting one. LOCALCLOUD_DIR moves .local/. Ports: " + portsHelp() + "\n\n" +
			"A strict front stands before the emulator that it starts; " + strictVariable + "=off leaves it out. " +
			throttleVariable + "=iot-control=10/s\nrefuses calls above a rate. Behind the front IAM is enforced, with the roles that the stacks deploy; " +
			iamVariable + "=off\nallows everything.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.AddCommand(upCommand(), serveCommand(), downCommand(), statusCommand(), demoCommand(), smokeCommand(), rehearseCommand(), emulatorCommand())
	return cmd
}

func portsHelp() string {
	text := ""
	for _, p := range ports {
		text += fmt.Sprintf("%s (%d), ", p.variable, p.port)
	}
	return text[:len(text)-2] + "."
}

// newCloud reads the settings and takes the lock, so that at most one local platform runs in a checkout.
func newCloud(command string) (*cloud, *lock, error) {
	s, err := readSettings(os.Getenv)
	if err != nil {
		return nil, nil, err
	}
	held, err := acquire(s.path("lock"), command)
	if err != nil {
		return nil, nil, err
	}
	return &cloud{settings: s, progress: newProgress(os.Stdout)}, held, nil
}
