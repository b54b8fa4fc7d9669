package memory_test

import (
	"testing"

	"connectedcar/internal/testing/memory"
	"connectedcar/internal/testing/storetest"
)

func TestTrips(t *testing.T) {
	storetest.Trips(t, func(*testing.T) storetest.TripsStore { return &memory.Trips{} })
}

func TestSamples(t *testing.T) {
	storetest.Samples(t, func(*testing.T) storetest.SamplesStore { return &memory.History{} })
}
