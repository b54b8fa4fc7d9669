//go:build integration

package dynamodb_test

import (
	"testing"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/testing/storetest"
)

func TestAlerts(t *testing.T) {
	c := client(t)
	storetest.Alerts(t, func(t *testing.T) storetest.AlertsStore {
		name := table(t, c, "vin", "alertId")
		storetest.AddIndexes(t, c, name,
			storetest.Index{Name: "byAudience", Keys: []string{"audience", "alertId"}},
			storetest.Index{Name: "byDealer", Keys: []string{"dealerId", "alertId"}})
		return dynamodb.NewAlerts(c, name)
	})
}
