package memory_test

import (
	"testing"

	"connectedcar/internal/domain/command"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/testing/storetest"
)

func TestCommands(t *testing.T) {
	storetest.Commands(t, func(*testing.T) command.Store { return &memory.Commands{} })
}
