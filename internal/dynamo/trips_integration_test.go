//go:build integration

package dynamo_test

import (
	"testing"
	"time"

	"connectedcar/internal/dynamo"
	"connectedcar/internal/storetest"
)

func TestTrips(t *testing.T) {
	c := client(t)
	storetest.Trips(t, func(t *testing.T) storetest.TripsStore { return dynamo.NewTrips(c, table(t, c, "vin", "tripId")) })
}

func TestSamples(t *testing.T) {
	c := client(t)
	storetest.Samples(t, func(t *testing.T) storetest.SamplesStore {
		return dynamo.NewHistory(c, table(t, c, "pk", "sk"), time.Hour)
	})
}
