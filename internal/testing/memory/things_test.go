package memory_test

import (
	"testing"

	"connectedcar/internal/domain/registration"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/testing/storetest"
)

func TestThings(t *testing.T) {
	storetest.Things(t, func(_ *testing.T, groups map[string]string) registration.Things {
		things := &memory.Things{}
		for name, parent := range groups {
			things.AddGroup(name, parent)
		}
		return things
	})
}
