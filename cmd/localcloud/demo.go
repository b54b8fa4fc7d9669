package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"

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

// demo shows one car from its first connection to its stored telemetry, then a recorded drive, then keeps cars on the road.
func (c *cloud) demo(ctx context.Context) error {
	first, recorded := vehicles[0], vehicles[1]
	c.progress.say("\nCar %s has never been seen: it connects, is registered just in time, and drives.\n", first)
	if err := c.carctl(ctx, "drive", "--vin", string(first), "--duration", "2m", "--speedup", "20", "--seed", "1"); err != nil {
		return err
	}
	c.progress.say("\nWhat the platform has stored of it:\n")
	if err := c.carctl(ctx, "telemetry", string(first), "--limit", "5", "--wait", "30s"); err != nil {
		return err
	}
	c.progress.say("\nCar %s plays a recorded OBD-II log.\n", recorded)
	if err := c.carctl(ctx, "drive", "--vin", string(recorded), "--replay", "examples/obd-log.csv"); err != nil {
		return err
	}
	if err := c.carctl(ctx, "telemetry", string(recorded), "--limit", "5", "--wait", "30s"); err != nil {
		return err
	}
	return c.keepDriving(ctx)
}

// keepDriving leaves all cars on the road in the background until the context ends.
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
	c.progress.say("\n%d cars drive on. Look at one with: %s telemetry %s", len(vehicles), c.rel(c.tool("carctl")), vehicles[0])
	if err := c.printWhere(os.Stdout); err != nil {
		return err
	}
	err = c.supervise(ctx)
	c.progress.say("\nStopping.")
	return err
}

// carctl runs the tool against this platform, its output shown as it comes.
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
