package memory_test

import (
	"testing"

	"connectedcar/internal/testing/memory"
	"connectedcar/internal/testing/storetest"
)

func TestOwnership(t *testing.T) {
	storetest.Ownership(t, func(*testing.T) storetest.OwnershipStore { return &memory.Ownership{} })
}
