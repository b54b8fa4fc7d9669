package memory_test

import (
	"testing"

	"connectedcar/internal/memory"
	"connectedcar/internal/storetest"
)

func TestHealthReports(t *testing.T) {
	storetest.HealthReports(t, func(*testing.T) storetest.HealthReportsStore { return &memory.HealthReports{} })
}
