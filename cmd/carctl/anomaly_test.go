package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

func TestReplayOfAnOBDLog(t *testing.T) {
	var log, out strings.Builder
	log.WriteString("ord;ENGINE_RUNTIME;SPEED;ENGINE_COOLANT_TEMP\n")
	for n := range 20 {
		c := "90,5C"
		if n > 5 {
			c = "119,0C"
		}
		fmt.Fprintf(&log, "%d;00:%02d:%02d;%d km/h;%s\n", n, n/4, n%4*15, 40+n, c)
	}
	require.NoError(t, replayOBD(strings.NewReader(log.String()), &out))
	assert.Contains(t, out.String(), "engine_overheat")
	assert.Contains(t, out.String(), "1 findings in 20 samples of 20 rows")
	assert.ErrorContains(t, replayOBD(strings.NewReader("a;b\n"), &out), "ENGINE_RUNTIME is missing")
}

// BenchmarkAnomalyCorpus is the corpus as a measurement: what is found of all faults, and false alarms per 1,000 vehicle-hours.
func BenchmarkAnomalyCorpus(b *testing.B) {
	for b.Loop() {
		found, cars, wrong, hours := 0, 0, 0, 0.0
		for _, r := range (corpus{cars: 4, healthy: 40 * time.Hour, duration: 100 * time.Minute, seed: 3}).rows() {
			if r.name != "no fault" {
				found, cars = found+r.found, cars+r.cars
			}
			wrong, hours = wrong+len(r.wrong), hours+r.hours
		}
		b.ReportMetric(float64(found)/float64(cars), "detected")
		b.ReportMetric(1000*float64(wrong)/hours, "false/1000h")
	}
}
