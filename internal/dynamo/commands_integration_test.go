//go:build integration

package dynamo_test

import (
	"testing"

	"connectedcar/internal/command"
	"connectedcar/internal/dynamo"
	"connectedcar/internal/storetest"
)

func TestCommands(t *testing.T) {
	c := client(t)
	storetest.Commands(t, func(t *testing.T) command.Store { return dynamo.NewCommands(c, table(t, c, "vin", "commandId")) })
}
