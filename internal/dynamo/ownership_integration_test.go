//go:build integration

package dynamo_test

import (
	"testing"

	"connectedcar/internal/dynamo"
	"connectedcar/internal/storetest"
)

func TestOwnership(t *testing.T) {
	c := client(t)
	storetest.Ownership(t, func(t *testing.T) storetest.OwnershipStore {
		vehicles, grants := table(t, c, "vin"), table(t, c, "vin", "userId")
		storetest.AddIndexes(t, c, vehicles,
			storetest.Index{Name: "byOwner", Keys: []string{"ownerId", "vin"}}, storetest.Index{Name: "byDealer", Keys: []string{"dealerId", "vin"}},
			storetest.Index{Name: "byManufacturer", Keys: []string{"manufacturerId", "vin"}})
		storetest.AddIndexes(t, c, grants, storetest.Index{Name: "byUser", Keys: []string{"userId", "vin"}})
		return dynamo.NewOwnership(c, vehicles, grants, table(t, c, "id"))
	})
}
