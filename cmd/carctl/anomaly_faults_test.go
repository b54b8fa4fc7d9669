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

func TestFaultsLaidOverDrivesAreFoundByThePlatform(t *testing.T) {
	if testing.Short() {
		t.Skip("drives for some seconds")
	}
	var out strings.Builder
	o := faultTable{cars: 1, drive: 4 * time.Hour, healthy: 8 * time.Hour, seed: 5}
	require.NoError(t, o.run(&out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 1+len(faultsToInject())+1)
	for n, f := range faultsToInject() {
		line := lines[1+n]
		require.Contains(t, line, f.name)
		fields := strings.Fields(line[strings.Index(line, f.name)+len(f.name):])
		assert.Equal(t, []string{"1", "1.00"}, fields[:2], f.name)
	}
	healthy := strings.Fields(lines[len(lines)-1][strings.Index(lines[len(lines)-1], "of 8.0 h")+len("of 8.0 h"):])
	assert.Equal(t, "0", healthy[1], "false alarms of the platform")
}

func TestFaultsLaidOverARecordedDrive(t *testing.T) {
	var log strings.Builder
	log.WriteString("ENGINE_RUNTIME;SPEED;ENGINE_RPM;ENGINE_COOLANT_TEMP\n")
	for n := range 2 * 3600 / 4 {
		at := 4 * n
		fmt.Fprintf(&log, "%02d:%02d:%02d;%d;%d;%d\n", at/3600, at/60%60, at%60, 60+n%2, 2000+n%9, min(90+n/40%2, 20+n/3))
	}
	path := filepath.Join(t.TempDir(), "log.csv")
	require.NoError(t, os.WriteFile(path, []byte(log.String()), 0o600))
	d, err := recorded(path)
	require.NoError(t, err)
	assert.Len(t, d, 1800)
	assert.Empty(t, rivals[0].watch(d))
	for _, f := range faultsToInject() {
		if !d.has(f.paths) || strings.HasPrefix(f.name, "coolant sensor drifts") { // that fault takes longer than this log
			continue
		}
		onset := d[1000].At
		var found tally
		found.add(d, rivals[0].watch(d.with(f, onset, 1)), f, onset)
		assert.Equal(t, 1, found.found, f.name)
	}
}

// A log's column for the car may contain driver names: the drives of all drivers follow each other.
func TestARecordedDriveHasAllDriversOfTheLog(t *testing.T) {
	var log strings.Builder
	log.WriteString("ENGINE_RUNTIME;VEHICLE_ID;SPEED;ENGINE_RPM;ENGINE_COOLANT_TEMP\n")
	for driver := 1; driver <= 3; driver++ {
		for n := range 900 {
			at := 4 * n
			fmt.Fprintf(&log, "%02d:%02d:%02d;driver%d;%d;%d;%d\n", at/3600, at/60%60, at%60, driver, 60+n%2, 2000+n%9, min(90+n/40%2, 20+n/3))
		}
	}
	path := filepath.Join(t.TempDir(), "log.csv")
	require.NoError(t, os.WriteFile(path, []byte(log.String()), 0o600))
	d, err := recorded(path)
	require.NoError(t, err)
	require.Len(t, d, 2700)
	for n := 1; n < len(d); n++ {
		require.True(t, d[n].At.After(d[n-1].At), "sample %d", n)
	}
	assert.InDelta(t, 3, driven(d).Hours(), 0.01)
}
