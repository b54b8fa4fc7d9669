package memory_test

import (
	"testing"

	"connectedcar/internal/domain/idempotency"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/testing/storetest"
)

func TestOnces(t *testing.T) {
	storetest.Onces(t, func(*testing.T) idempotency.Store { return &memory.Onces{} })
}
