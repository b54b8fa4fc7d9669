package place_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/replay/place"
)

func TestCoordinatesInTheirUsualForms(t *testing.T) {
	for text, want := range map[string]float64{
		"48.5": 48.5, "48,5": 48.5, "-33.8": -33.8, "\u221233.8": -33.8, "33.8 S": -33.8, "33.8S": -33.8, "S33.8": -33.8, "S 33.8": -33.8, "-33.8 S": -33.8,
		"48 30.00000": 48.5, "-3 15.00000": -3.25, "-0 15.0": -0.25, "48°30'0\"N": 48.5, "48° 30' 36\" N": 48.51, "48°30.6'": 48.51, "48:30:36": 48.51, "3 15.0 W": -3.25,
		"48.5°": 48.5, "48.5 deg": 48.5,
	} {
		c, ok := place.Parse(text)
		require.True(t, ok, text)
		assert.InDelta(t, want, c.Degrees, 1e-9, text)
	}
	for _, text := range []string{"", "north", "48.5 O", "48.5 30", "48 75.0", "48 -30", "48.5 km", "1 2 3 4", "4807.038,1"} {
		_, ok := place.Parse(text)
		assert.False(t, ok, text)
	}
}

func TestTwoCoordinatesInOneCell(t *testing.T) {
	for _, text := range []string{"53.38 -6.76", "53.38,-6.76", "53.38, -6.76", "53.38;-6.76", "(53.38, -6.76)", "POINT(-6.76 53.38)", "N53.38 W6.76", "53.38N, 6.76W", "53,38; -6,76"} {
		latitude, longitude, ok := place.ParsePair(text)
		if text == "53,38; -6,76" {
			assert.False(t, ok, "with commas it could be four numbers")
			continue
		}
		require.True(t, ok, text)
		assert.InDelta(t, 53.38, latitude.Degrees, 1e-9, text)
		assert.InDelta(t, -6.76, longitude.Degrees, 1e-9, text)
	}
	for _, text := range []string{"48 30.5", "53.38", "E6.76 N53.38", "a b", ""} {
		_, _, ok := place.ParsePair(text)
		assert.False(t, ok, text)
	}
}
