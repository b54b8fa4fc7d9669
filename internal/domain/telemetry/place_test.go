package telemetry_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/domain/telemetry"
)

func TestNowhereAndHalfAPositionAreNoPlace(t *testing.T) {
	for name, tc := range map[string]struct {
		signals telemetry.Signals
		ok      bool
	}{
		"both coordinates":             {telemetry.Signals{telemetry.Latitude: telemetry.Number(48), telemetry.Longitude: telemetry.Number(11)}, true},
		"on the equator":               {telemetry.Signals{telemetry.Latitude: telemetry.Number(0), telemetry.Longitude: telemetry.Number(37)}, true},
		"on the meridian of Greenwich": {telemetry.Signals{telemetry.Latitude: telemetry.Number(51.5), telemetry.Longitude: telemetry.Number(0)}, true},
		"0, 0":                         {telemetry.Signals{telemetry.Latitude: telemetry.Number(0), telemetry.Longitude: telemetry.Number(0)}, false},
		"a few metres from 0, 0":       {telemetry.Signals{telemetry.Latitude: telemetry.Number(0.00002), telemetry.Longitude: telemetry.Number(-0.00001)}, false},
		"half":                         {telemetry.Signals{telemetry.Latitude: telemetry.Number(48)}, false},
		"half null":                    {telemetry.Signals{telemetry.Latitude: telemetry.Number(48), telemetry.Longitude: telemetry.Null}, false},
		"none":                         {telemetry.Signals{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, ok := tc.signals.Place()
			assert.Equal(t, tc.ok, ok)
			m := telemetry.Message{Signals: tc.signals}
			m.NullImplausible()
			for _, path := range []string{telemetry.Latitude, telemetry.Longitude} {
				if v, there := m.Signals[path]; there {
					assert.Equal(t, tc.ok, !v.IsNull(), "what is no place is Null before it is kept")
				}
			}
		})
	}
}
