package memory_test

import (
	"testing"

	"connectedcar/internal/testing/memory"
	"connectedcar/internal/testing/storetest"
)

func TestDiagnostics(t *testing.T) {
	storetest.Diagnostics(t, func(*testing.T) storetest.DiagnosticsStore { return &memory.Diagnostics{} })
}
