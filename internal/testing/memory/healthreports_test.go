package memory_test

import (
	"testing"

	"connectedcar/internal/testing/memory"
	"connectedcar/internal/testing/storetest"
)

func TestHealthReports(t *testing.T) {
	storetest.HealthReports(t, func(*testing.T) storetest.HealthReportsStore { return &memory.HealthReports{} })
}
