//go:build integration

package dynamodb_test

import (
	"testing"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/testing/storetest"
)

func TestOwnership(t *testing.T) {
	c := client(t)
	storetest.Ownership(t, func(t *testing.T) storetest.OwnershipStore {
		vehicles, grants := table(t, c, "vin"), table(t, c, "vin", "userId")
		storetest.AddIndexes(t, c, vehicles,
			storetest.Index{Name: "byOwner", Keys: []string{"ownerId", "vin"}}, storetest.Index{Name: "byDealer", Keys: []string{"dealerId", "vin"}},
			storetest.Index{Name: "byManufacturer", Keys: []string{"manufacturerId", "vin"}})
		storetest.AddIndexes(t, c, grants, storetest.Index{Name: "byUser", Keys: []string{"userId", "vin"}})
		return dynamodb.NewOwnership(c, vehicles, grants, table(t, c, "id"))
	})
}
