package memory_test

import (
	"testing"

	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/testing/storetest"
)

func TestVehicles(t *testing.T) {
	storetest.Vehicles(t, func(*testing.T) storetest.VehiclesStore { return &memory.Vehicles{} })
}

func TestCertificates(t *testing.T) {
	storetest.Certificates(t, func(*testing.T) storetest.CertificatesStore { return &memory.Certificates{} })
}

func TestAlerts(t *testing.T) {
	storetest.Alerts(t, func(*testing.T) storetest.AlertsStore { return &memory.Alerts{} })
}

func TestDismissals(t *testing.T) {
	storetest.Dismissals(t, func(*testing.T) storetest.DismissalStates { return &memory.States{} })
}

func TestStates(t *testing.T) {
	storetest.States(t, func(*testing.T) ingest.States { return &memory.States{} })
}

func TestHistory(t *testing.T) {
	storetest.History(t, func(*testing.T) storetest.HistoryStore { return &memory.History{} })
}
