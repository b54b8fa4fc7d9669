package memory_test

import (
	"testing"

	"connectedcar/internal/domain/presence"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/testing/storetest"
)

func TestPresences(t *testing.T) {
	storetest.Presences(t, func(*testing.T) presence.Store { return &memory.Presences{} })
}
