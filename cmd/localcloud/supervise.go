package main

import (
	"context"
	"fmt"
	"time"
)

// A child that ends unexpectedly is restarted, at most maxRestarts times within restartWindow. More restarts would not repair the fault.
const (
	maxRestarts   = 3
	restartWindow = time.Minute
)

// restarts records the times of restarts.
type restarts struct{ at []time.Time }

// allow counts a restart at that time and reports whether the count is within the limit.
func (r *restarts) allow(now time.Time) bool {
	recent := r.at[:0]
	for _, t := range r.at {
		if now.Sub(t) < restartWindow {
			recent = append(recent, t)
		}
	}
	r.at = append(recent, now)
	return len(r.at) <= maxRestarts
}

// supervise keeps the platform running until the context ends. It restarts the gateway by itself if it ends. The emulator loses its memory
// when it ends, so the whole platform is deployed again.
func (c *cloud) supervise(ctx context.Context) error {
	var count restarts
	for {
		failed := c.waitForFailure(ctx)
		if failed == nil {
			return nil
		}
		c.progress.say("%v", failed.failure())
		if !count.allow(time.Now()) {
			return fmt.Errorf("%s ended %d times within %s: giving up; its log is %s", failed.name, maxRestarts+1, restartWindow, failed.logFile)
		}
		if err := c.restart(ctx, failed); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
}

// waitForFailure returns the child that ended, or nil if the context ended first.
func (c *cloud) waitForFailure(ctx context.Context) *process {
	var emulator chan struct{} // nil: never ready if the user runs the endpoint
	if c.emulator != nil {
		emulator = c.emulator.done
	}
	select {
	case <-ctx.Done():
		return nil
	case <-emulator:
		return c.emulator
	case <-c.gateway.done:
		return c.gateway
	case <-c.console.done:
		return c.console
	}
}

func (c *cloud) restart(ctx context.Context, failed *process) error {
	switch failed {
	case c.gateway:
		return c.progress.step("start the device gateway again", func() (string, error) { return c.startGateway(ctx) })
	case c.console:
		return c.progress.step("start the console again", func() (string, error) { return c.startConsole(ctx) })
	}
	c.progress.say("The emulator's memory went with it, so everything is deployed anew; cars keep what is not yet acknowledged and register again.")
	c.endDelivery()
	c.console.stop()
	failed.stop() // also ends the Lambda processes that the child left running
	steps := []struct {
		title string
		do    func(context.Context) (string, error)
	}{
		{"start the AWS emulator again", c.startEmulator},
		{"bootstrap again", func(ctx context.Context) (string, error) { return "", c.bootstrap(ctx) }},
		{"deploy again", c.deploy},
		{"deliver telemetry to the lake again", c.startDelivery},
		{"put cars on the allow-list again", c.seed},
		{"let people in again", c.seedPeople},
		{"start the console again", c.startConsole},
		{"describe it again", func(context.Context) (string, error) { return "", c.platform.Save(c.descriptionFile()) }},
	}
	for _, s := range steps {
		if err := c.progress.step(s.title, func() (string, error) { return s.do(ctx) }); err != nil {
			return err
		}
	}
	return nil
}
