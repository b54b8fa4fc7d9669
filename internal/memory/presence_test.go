package memory_test

import (
	"testing"

	"connectedcar/internal/memory"
	"connectedcar/internal/presence"
	"connectedcar/internal/storetest"
)

func TestPresences(t *testing.T) {
	storetest.Presences(t, func(*testing.T) presence.Store { return &memory.Presences{} })
}
