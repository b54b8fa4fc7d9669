// Command carctl is the tool of the platform's operators and developers: certificate authorities, vehicles, certificates, simulated and
// replayed drives, failure queues, users, and calls of the API.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"connectedcar/internal/tool/printable"
)

// Exit statuses.
const (
	failed      = 1
	misused     = 2
	interrupted = 130 // 128 + SIGINT, as in shells
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals // a second Ctrl-C ends the program immediately
		os.Exit(interrupted)
	}()
	err := newRoot(os.Stdout, os.Stderr).ExecuteContext(ctx)
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "carctl: interrupted")
		os.Exit(interrupted)
	default:
		fmt.Fprintln(os.Stderr, "carctl:", printable.Text(oneLine(err)))
		os.Exit(status(err))
	}
}

// status returns the exit status for an error.
func status(err error) int {
	if errors.As(err, &usageError{}) {
		return misused
	}
	return failed
}
