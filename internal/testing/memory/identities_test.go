package memory_test

import (
	"testing"

	"connectedcar/internal/testing/memory"
	"connectedcar/internal/testing/storetest"
)

func TestIdentities(t *testing.T) {
	storetest.Identities(t, func(*testing.T) storetest.IdentitiesStore { return &memory.Identities{} })
}
