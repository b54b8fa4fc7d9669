package main

import (
	"context"
	"fmt"
	"time"
)

// A child that ends by itself is started again, but not for ever: more than maxRestarts within restartWindow is a fault that
// a restart does not mend.
const (
	maxRestarts   = 3
	restartWindow = time.Minute
)

// restarts remembers when children were started again.
type restarts struct{ at []time.Time }

// allow reports whether one more restart now keeps within the limit, and counts it.
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

// supervise keeps the platform running until the context ends. What ends by itself is started again: the gateway as it was;
// the emulator, whose memory is gone, with everything deployed to it anew.
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

// waitForFailure returns the child that ended, or nil when the context did.
func (c *cloud) waitForFailure(ctx context.Context) *process {
	var emulator chan struct{} // never ready where the user runs the endpoint
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
	failed.stop() // ends the Lambda processes that it left
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
