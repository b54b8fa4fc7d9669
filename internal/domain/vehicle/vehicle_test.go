package vehicle_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
)

func TestAllowedFor(t *testing.T) {
	tests := map[string]struct {
		status       vehicle.Status
		manufacturer string
		want         string // text of the error; empty: allowed
	}{
		"an announced car":             {vehicle.Allowed, "acme", ""},
		"a car that renews":            {vehicle.Registered, "acme", ""},
		"a revoked car":                {vehicle.Revoked, "acme", "is revoked"},
		"a car without status":         {"", "acme", `has status ""`},
		"another manufacturer's car":   {vehicle.Allowed, "other", "belongs to another manufacturer"},
		"a car without a manufacturer": {vehicle.Allowed, "", "belongs to another manufacturer"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			err := vehicle.Vehicle{VIN: "WVWZZZ1JZXW000001", Status: tc.status, Manufacturer: tc.manufacturer}.AllowedFor("acme")
			if tc.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorIs(t, err, vehicle.ErrNotAllowed)
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

func received(at time.Time, seq uint64, s telemetry.Signals) telemetry.Received {
	return telemetry.Received{IngestedAt: at.UnixMilli() + 100, Message: telemetry.Message{TS: at, Seq: seq, BootID: "b", Signals: s}}
}

func TestApplyReportsWhetherThereWasNews(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	speed := func(kph float64) telemetry.Signals { return telemetry.Signals{telemetry.Speed: telemetry.Number(kph)} }
	s := vehicle.NewState("WVWZZZ1JZXW000001")
	assert.True(t, s.Apply(received(noon, 2, speed(50))))
	assert.False(t, s.Apply(received(noon, 2, speed(50))), "the same again")
	assert.False(t, s.Apply(received(noon.Add(-time.Second), 1, speed(40))), "older")
	assert.True(t, s.Apply(received(noon.Add(-time.Second), 1, telemetry.Signals{telemetry.FuelLevel: telemetry.Number(40)})), "older, but of another signal")
	assert.True(t, s.Apply(received(noon.Add(time.Second), 3, nil)), "a sign of life")

	later := received(noon.Add(time.Second), 3, nil)
	later.IngestedAt += 60_000
	assert.False(t, s.Apply(later), "the same message delivered again later")
	assert.Equal(t, int64(100), s.Newest.OffsetMs)
	assert.Equal(t, telemetry.Number(50), s.Signals[telemetry.Speed].Value)
}

func TestUnknownSignalsAreBounded(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	s := vehicle.NewState("WVWZZZ1JZXW000001")
	for n := 999; n >= 0; n-- {
		s.Apply(received(noon, uint64(n), telemetry.Signals{
			fmt.Sprintf("Vehicle.Private.N%03d", n): telemetry.Number(1), telemetry.Speed: telemetry.Number(float64(n)),
		}))
	}
	assert.Len(t, s.Signals, vehicle.MaxUnknown+1, "the catalogue's signals do not count")
	assert.Contains(t, s.Signals, "Vehicle.Private.N000")
	assert.NotContains(t, s.Signals, "Vehicle.Private.N100")
}

func TestNowhereLeavesTheLastPlace(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	s := vehicle.NewState("WVWZZZ1JZXW000001")
	s.Apply(received(at, 1, telemetry.Signals{telemetry.Latitude: telemetry.Number(48), telemetry.Longitude: telemetry.Number(11)}))
	for n, signals := range []telemetry.Signals{
		{telemetry.Latitude: telemetry.Number(0), telemetry.Longitude: telemetry.Number(0), telemetry.Speed: telemetry.Number(40)},
		{telemetry.Latitude: telemetry.Number(49), telemetry.Speed: telemetry.Number(40)},
		{telemetry.Latitude: telemetry.Null, telemetry.Longitude: telemetry.Null, telemetry.Speed: telemetry.Number(40)},
	} {
		assert.True(t, s.Apply(received(at.Add(time.Duration(n+1)*time.Second), uint64(n)+2, signals)), "the speed is news")
	}
	assert.Equal(t, telemetry.Number(48), s.Signals[telemetry.Latitude].Value)
	assert.Equal(t, telemetry.Number(11), s.Signals[telemetry.Longitude].Value)
	assert.Equal(t, at.UnixMilli(), s.Signals[telemetry.Latitude].At, "the place is as old as it is")
}
