//go:build integration

package dynamo_test

import (
	"testing"

	"connectedcar/internal/dynamo"
	"connectedcar/internal/storetest"
)

func TestDiagnostics(t *testing.T) {
	c := client(t)
	storetest.Diagnostics(t, func(t *testing.T) storetest.DiagnosticsStore {
		name := table(t, c, "vin", "diagnosticId")
		storetest.AddIndexes(t, c, name, storetest.Index{Name: "byDealer", Keys: []string{"dealerId", "lastSeen"}})
		return dynamo.NewDiagnostics(c, name)
	})
}
