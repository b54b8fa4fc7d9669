//go:build integration

package dynamodb_test

import (
	"testing"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/testing/storetest"
)

func TestDiagnostics(t *testing.T) {
	c := client(t)
	storetest.Diagnostics(t, func(t *testing.T) storetest.DiagnosticsStore {
		name := table(t, c, "vin", "diagnosticId")
		storetest.AddIndexes(t, c, name, storetest.Index{Name: "byDealer", Keys: []string{"dealerId", "lastSeen"}})
		return dynamodb.NewDiagnostics(c, name)
	})
}
