package memory_test

import (
	"testing"

	"connectedcar/internal/domain/notification/preference"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/testing/storetest"
)

func TestPreferences(t *testing.T) {
	storetest.Preferences(t, func(*testing.T) preference.Store { return &memory.Preferences{} })
}

func TestChallenges(t *testing.T) {
	storetest.Challenges(t, func(*testing.T) preference.Challenges { return &memory.Challenges{} })
}

func TestDeliveries(t *testing.T) {
	storetest.Deliveries(t, func(*testing.T) storetest.DeliveriesStore { return &memory.Deliveries{} })
}
