package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"
)

func demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Start the platform, let cars drive, and show what arrives; Ctrl-C stops it all",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, held, err := newCloud("demo")
			if err != nil {
				return err
			}
			defer held.release()
			c.progress.say("The connected-car platform, on this machine. Ctrl-C stops it and leaves nothing running.\n")
			if err := c.up(cmd.Context()); err != nil {
				return err
			}
			defer c.down()
			return c.demo(cmd.Context())
		},
	}
}

// demo shows one car from its first connection to its stored telemetry, then replays recorded drives, then keeps cars driving.
func (c *cloud) demo(ctx context.Context) error {
	first, recorded := string(vehicles[0]), []string{string(vehicles[1]), string(vehicles[2])}
	acts := []struct {
		title string
		argv  []string
	}{
		{"Car " + first + " has never been seen: its first connection is refused, it is registered just in time, connects and drives.",
			[]string{"drive", "--vin", first, "--duration", "2m", "--speedup", "20"}},
		{"The allow-list now says so:", []string{"vehicle", "list"}},
		{"What is stored of it:", []string{"telemetry", first, "--limit", "5", "--wait", "30s"}},
		{"Two more cars play a recorded OBD-II log, as a logger exported it:",
			[]string{"drive", "--vin", strings.Join(recorded, ","), "--replay", "examples/obd-log.csv"}},
		{"What is stored of one of them:", []string{"telemetry", recorded[0], "--limit", "5", "--wait", "30s"}},
	}
	for _, a := range acts {
		c.progress.say("\n%s\n", a.title)
		if err := c.carctl(ctx, a.argv...); err != nil {
			return err
		}
	}
	c.progress.say("\n%s buys car %s: %s makes a claim code, and she claims the car by it.\n", buyer, first, seller)
	if err := c.handOver(ctx, first); err != nil {
		return err
	}
	return c.keepDriving(ctx)
}

// keepDriving keeps all cars driving in the background until the context ends.
func (c *cloud) keepDriving(ctx context.Context) error {
	argv := []string{c.tool("carctl"), "drive", "--platform", c.descriptionFile(), "--duration", "24h", "--seed", "2"}
	for _, v := range vehicles {
		argv = append(argv, "--vin", string(v))
	}
	cars, err := c.start("cars", argv, c.environment())
	if err != nil {
		return err
	}
	defer cars.stop()
	c.progress.say("\n%d cars drive on. Watch one of them live: sign in to the console as %s. In a shell: %s telemetry %s", len(vehicles), buyer,
		c.rel(c.tool("carctl")), vehicles[0])
	if err := c.printWhere(os.Stdout); err != nil {
		return err
	}
	err = c.supervise(ctx)
	c.progress.say("\nStopping.")
	return err
}

// carctl runs carctl against this platform and shows its output as it is printed.
func (c *cloud) carctl(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, c.tool("carctl"), append(args, "--platform", c.descriptionFile())...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.repo, c.environment(), os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopGrace
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("carctl %s: %w", args[0], err)
	}
	return nil
}
