package httpapi_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
)

// listed returns the ids of the alerts in a user's list for all cars.
func (w *whole) listed(name string) []string {
	w.t.Helper()
	var ids []string
	items, _ := w.read(w.ask(name, "GET", "/v1/alerts", ""), 200)["items"].([]any)
	for _, it := range items {
		a, _ := it.(map[string]any)
		ids = append(ids, a["alertId"].(string)) // the response matches the contract
	}
	return ids
}

func TestAlertsFollowTheCarToItsNewDealer(t *testing.T) {
	w := newWhole(t, newPool(t))
	raise := func(k alert.Kind, minutes int) string {
		a, _, err := w.book.Raise(t.Context(), alert.Notice{VIN: string(theCar), Kind: k, At: at.Add(time.Duration(minutes) * time.Minute)})
		require.NoError(t, err)
		return a.ID
	}
	open, seen, over := raise(alert.Crash, -3), raise(alert.EngineOverheat, -2), raise(alert.OilOvertemp, -1)
	w.read(w.ask("dealer", "POST", "/v1/vehicles/"+string(theCar)+"/alerts/"+seen+"/acknowledge", ""), 200)
	w.read(w.ask("dealer", "POST", "/v1/vehicles/"+string(theCar)+"/alerts/"+over+"/resolve", ""), 200)
	assert.Subset(t, w.listed("dealer"), []string{open, seen, over})
	assert.Empty(t, w.listed("otherDealer"))

	w.read(w.ask("maker", "PATCH", "/v1/vehicles/"+string(theCar), `{"dealerId":"berlin"}`, "If-Match", `"0"`), 200)
	assert.Empty(t, w.listed("dealer"), "neither what is open nor what is over")
	assert.Subset(t, w.listed("otherDealer"), []string{open, seen})
	assert.NotContains(t, w.listed("otherDealer"), over, "what was over before is in the car's own list")

	again := raise(alert.Crash, 0) // a second notice of an alert of which the old dealer was notified
	require.Equal(t, open, again)
	assert.Empty(t, w.listed("dealer"))
	assert.Contains(t, w.listed("otherDealer"), open)
}

func TestARecordThatNamesAFormerDealerOrMakerIsForNeither(t *testing.T) {
	w := newWhole(t, newPool(t))
	stale := alert.Alert{ID: alert.ID(at, "k"), VIN: string(theCar), Kind: alert.Crash, Severity: alert.Critical, Status: alert.Open,
		Audience: alert.ManufacturerAudience("zenith"), DealerID: "berlin", FirstAt: at, LastAt: at, Count: 1, DedupKey: "k"}
	require.NoError(t, w.alerts.Raise(t.Context(), stale))
	assert.NotContains(t, w.listed("otherDealer"), stale.ID)
	assert.NotContains(t, w.listed("otherMaker"), stale.ID)
}
