package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestFaultsOfTheCorpusAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("drives for some seconds")
	}
	o := corpus{cars: 2, healthy: 16 * time.Hour, duration: 90 * time.Minute, seed: 7}
	for _, r := range o.rows() {
		assert.Empty(t, r.wrong, "%s: false alarms", r.name)
		if r.name != "no fault" {
			assert.Equal(t, r.cars, r.found, "%s: found", r.name)
		}
	}
}
