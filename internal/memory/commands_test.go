package memory_test

import (
	"testing"

	"connectedcar/internal/command"
	"connectedcar/internal/memory"
	"connectedcar/internal/storetest"
)

func TestCommands(t *testing.T) {
	storetest.Commands(t, func(*testing.T) command.Store { return &memory.Commands{} })
}
