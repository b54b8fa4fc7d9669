package memory_test

import (
	"testing"

	"connectedcar/internal/domain/session"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/testing/storetest"
)

func TestSessions(t *testing.T) {
	storetest.Sessions(t, func(*testing.T) session.Store { return &memory.Sessions{} })
}
