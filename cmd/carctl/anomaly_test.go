package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
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

func TestScoresOfTheNumentaBenchmark(t *testing.T) {
	dir, start := t.TempDir(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	file := "timestamp,value\n"
	at := func(n int) string { return start.Add(time.Duration(n) * 5 * time.Minute).Format(nabTime) }
	for n := range 1000 {
		v := float64(20 + n%5)
		if n >= 600 && n < 700 {
			v = 60
		}
		file += fmt.Sprintf("%s,%v\n", at(n), v)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "jump.csv"), []byte(file), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "windows.json"), fmt.Appendf(nil, `{"jump.csv": [[%q, %q]]}`, at(590), at(690)), 0o600))
	var out strings.Builder
	require.NoError(t, scoreNAB(dir, &out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	fields := strings.Fields(lines[1])
	require.Len(t, fields, 6)
	assert.Equal(t, []string{"jump.csv", "1", "1"}, fields[:3])
	score, err := strconv.ParseFloat(fields[3], 64)
	require.NoError(t, err)
	assert.Greater(t, score, 90.0)
	assert.InDelta(t, 0, normalOf(t, nabFile{windows: [][2]time.Time{{start, start}}}), 1e-9, "who says nothing has 0")
}

func normalOf(t *testing.T, f nabFile) float64 {
	t.Helper()
	score, err := strconv.ParseFloat(normal(f.score(nil), float64(len(f.windows))), 64)
	require.NoError(t, err)
	return score
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
