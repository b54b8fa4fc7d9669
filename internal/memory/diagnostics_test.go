package memory_test

import (
	"testing"

	"connectedcar/internal/memory"
	"connectedcar/internal/storetest"
)

func TestDiagnostics(t *testing.T) {
	storetest.Diagnostics(t, func(*testing.T) storetest.DiagnosticsStore { return &memory.Diagnostics{} })
}
