package alert_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/testing/memory"
)

func TestACarMakesSoManyNewAlertsInAnHour(t *testing.T) {
	store, now, dropped := &memory.Alerts{}, noon, 0
	b := alert.NewService(store, cars(t)).Limited(alert.Limit{Now: func() time.Time { return now }, Full: func(alert.Notice) { dropped++ }})
	tell := func(n int, k alert.Kind, at time.Time) bool {
		_, created, err := b.Raise(t.Context(), alert.Notice{VIN: car, Kind: k, DedupKey: fmt.Sprint("k", n), At: at})
		require.NoError(t, err)
		return created
	}
	for n := range 2 * alert.RowsPerHour {
		// The car's own times are of many hours.
		assert.Equal(t, n < alert.RowsPerHour, tell(n, alert.Diagnostics, noon.Add(-time.Duration(n)*time.Hour)), "alert %d", n)
	}
	assert.Len(t, store.All(), alert.RowsPerHour)
	assert.Equal(t, alert.RowsPerHour, dropped)

	assert.False(t, tell(0, alert.Diagnostics, noon.Add(time.Minute)), "what is there counts on")
	a, err := store.Alert(t.Context(), car, alert.ID(noon, "k0"))
	require.NoError(t, err)
	assert.Equal(t, 2, a.Count)
	for _, k := range []alert.Kind{alert.Crash, alert.Tow} {
		assert.True(t, tell(1000+len(k), k, noon.Add(time.Hour)), "%s passes", k)
	}
	now = noon.Add(time.Hour)
	assert.True(t, tell(2000, alert.Diagnostics, noon), "the next hour has room again")
}
