package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/shadow"
	"connectedcar/internal/vin"
)

// Report writes a car's reported state to one of its shadows.
type Report func(v vin.VIN, name shadow.Name, reported map[string]any) error

// Shadows tests a store of shadows. make returns a new store whose clock stands at that time, and the function by which cars report to it.
func Shadows(t *testing.T, make func(t *testing.T, now time.Time) (shadow.Store, Report)) {
	empty := func(t *testing.T) (shadow.Store, Report) { return make(t, noon) }
	version := func(n int64) *int64 { return &n }
	type values = map[string]any
	t.Run("a shadow that nobody has written has version 0, and there is nothing to forget", func(t *testing.T) {
		s, _ := empty(t)
		require.NoError(t, s.Forget(t.Context(), carOne, shadow.Climate))
		got, err := s.Shadow(t.Context(), carOne, shadow.Climate)
		require.NoError(t, err)
		assert.Equal(t, shadow.Document{}, got)
	})
	t.Run("what is desired and what is reported stand beside each other, with the difference", func(t *testing.T) {
		s, report := empty(t)
		_, err := s.Desire(t.Context(), carOne, shadow.Climate, values{"targetTemperatureC": 21.5, "airConditioning": true}, nil)
		require.NoError(t, err)
		require.NoError(t, report(carOne, shadow.Climate, values{"targetTemperatureC": 20, "airConditioning": true}))
		got, err := s.Shadow(t.Context(), carOne, shadow.Climate)
		require.NoError(t, err)
		assert.Equal(t, shadow.Document{
			Version: 2, At: noon.Truncate(time.Second), Desired: values{"targetTemperatureC": 21.5, "airConditioning": true},
			Reported: values{"targetTemperatureC": 20.0, "airConditioning": true}, Delta: values{"targetTemperatureC": 21.5},
		}, got)
		other, err := s.Shadow(t.Context(), carTwo, shadow.Climate)
		require.NoError(t, err)
		assert.Zero(t, other.Version, "another car's is another shadow")
	})
	t.Run("a wish taken back is gone, and the others stay", func(t *testing.T) {
		s, _ := empty(t)
		_, err := s.Desire(t.Context(), carOne, shadow.Climate, values{"targetTemperatureC": 21.5, "seatHeating": 2}, nil)
		require.NoError(t, err)
		got, err := s.Desire(t.Context(), carOne, shadow.Climate, values{"seatHeating": nil}, nil)
		require.NoError(t, err)
		assert.Equal(t, values{"targetTemperatureC": 21.5}, got.Desired)
	})
	t.Run("a change of a version changes that version and no other", func(t *testing.T) {
		s, _ := empty(t)
		first, err := s.Desire(t.Context(), carOne, shadow.Config, values{"batchSize": 5}, version(0))
		require.NoError(t, err)
		_, err = s.Desire(t.Context(), carOne, shadow.Config, values{"batchSize": 6}, version(0))
		require.ErrorIs(t, err, shadow.ErrChanged, "it is there by now")
		second, err := s.Desire(t.Context(), carOne, shadow.Config, values{"batchSize": 7}, version(first.Version))
		require.NoError(t, err)
		_, err = s.Desire(t.Context(), carOne, shadow.Config, values{"batchSize": 8}, version(first.Version))
		require.ErrorIs(t, err, shadow.ErrChanged)
		got, err := s.Shadow(t.Context(), carOne, shadow.Config)
		require.NoError(t, err)
		assert.Equal(t, second, got)
		assert.Equal(t, values{"batchSize": 7.0}, got.Desired)
	})
	t.Run("what is forgotten is what was desired, and not what the car reported", func(t *testing.T) {
		s, report := empty(t)
		_, err := s.Desire(t.Context(), carOne, shadow.Climate, values{"seatHeating": 3}, nil)
		require.NoError(t, err)
		require.NoError(t, report(carOne, shadow.Climate, values{"seatHeating": 1}))
		require.NoError(t, s.Forget(t.Context(), carOne, shadow.Climate))
		got, err := s.Shadow(t.Context(), carOne, shadow.Climate)
		require.NoError(t, err)
		assert.Empty(t, got.Desired)
		assert.Empty(t, got.Delta)
		assert.Equal(t, values{"seatHeating": 1.0}, got.Reported)
	})
}
