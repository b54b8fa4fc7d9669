// Command devicegateway is a device gateway that behaves like that of AWS IoT Core, for any AWS emulator that has IoT's control plane:
// mutual TLS, just-in-time registration, policies, topic rules and their actions.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(os.Getenv, run).ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "devicegateway:", err)
		os.Exit(1)
	}
}
