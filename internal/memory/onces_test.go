package memory_test

import (
	"testing"

	"connectedcar/internal/memory"
	"connectedcar/internal/once"
	"connectedcar/internal/storetest"
)

func TestOnces(t *testing.T) {
	storetest.Onces(t, func(*testing.T) once.Store { return &memory.Onces{} })
}
