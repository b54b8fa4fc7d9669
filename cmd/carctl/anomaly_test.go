package main

import (
	"fmt"
	"os"
	"path/filepath"
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
	var log strings.Builder
	log.WriteString("ord;ENGINE_RUNTIME;SPEED;ENGINE_COOLANT_TEMP\n")
	for n := range 20 {
		c := "90,5C"
		if n > 5 {
			c = "119,0C"
		}
		fmt.Fprintf(&log, "%d;00:%02d:%02d;%d km/h;%s\n", n, n/4, n%4*15, 40+n, c)
	}
	file := filepath.Join(t.TempDir(), "log.csv")
	require.NoError(t, os.WriteFile(file, []byte(log.String()), 0o600))
	out, info, err := carctl(t, "anomaly", "replay", file)
	require.NoError(t, err)
	assert.Contains(t, out, "engine_overheat")
	assert.Contains(t, out, "1 findings in 20 samples of 20 rows")
	assert.Contains(t, info, `columns without a signal: ord`)

	out, _, err = carctl(t, "anomaly", "replay", "../../examples/obd-log.csv")
	require.NoError(t, err, "the project's own example is read as drive --replay reads it")
	assert.Contains(t, out, "in 237 samples of 240 rows")
}

// BenchmarkAnomalyCorpus reports the share of faults that are found, and the false alarms per 1,000 vehicle-hours.
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

func TestTheNamesOfColumnsAreThoseOfTheHandbook(t *testing.T) {
	table, _, err := carctl(t, "drive", "--replay-columns")
	require.NoError(t, err)
	handbook, err := os.ReadFile("../../docs/replay.md")
	require.NoError(t, err)
	assert.Contains(t, string(handbook), table, "docs/replay.md ends with the output of `carctl drive --replay-columns`")
}
