//go:build integration

package dynamodb_test

import (
	"testing"
	"time"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/testing/storetest"
)

func TestTrips(t *testing.T) {
	c := client(t)
	storetest.Trips(t, func(t *testing.T) storetest.TripsStore { return dynamodb.NewTrips(c, table(t, c, "vin", "tripId")) })
}

func TestSamples(t *testing.T) {
	c := client(t)
	storetest.Samples(t, func(t *testing.T) storetest.SamplesStore {
		return dynamodb.NewHistory(c, table(t, c, "pk", "sk"), time.Hour)
	})
}
