package httpapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi/oapi"
)

const coolantUnusual = "anomaly." + telemetry.EngineCoolant + "#unusual0"

// unusual raises an alert of an unusual coolant temperature, that long after the car was bought, when the previous alert has ended.
func (w *alertWorld) unusual(t *testing.T, after time.Duration) alert.Alert {
	t.Helper()
	kind := alert.Anomaly(telemetry.EngineCoolant)
	a, created, err := w.book.Raise(t.Context(), alert.Notice{VIN: string(hers), Kind: kind, DedupKey: coolantUnusual, At: bought.Add(after)})
	require.NoError(t, err)
	require.True(t, created)
	return a
}

func (w *alertWorld) dismissals(t *testing.T) []oapi.Dismissal {
	t.Helper()
	out, err := w.ListDismissals(t.Context(), oapi.ListDismissalsRequestObject{})
	require.NoError(t, err)
	return out.(oapi.ListDismissals200JSONResponse).Items
}

func TestADismissedAlertEndsAndItsLimitIsWider(t *testing.T) {
	w := newAlertWorld(t)
	a := w.unusual(t, time.Minute)
	for range 2 { // the second call changes nothing
		out, err := w.DismissAlert(t.Context(), oapi.DismissAlertRequestObject{AlertId: a.ID})
		require.NoError(t, err)
		ended := out.(oapi.DismissAlert200JSONResponse)
		assert.Equal(t, oapi.AlertStatus("RESOLVED"), ended.Status)
		assert.Equal(t, "her", *ended.ResolvedBy)
	}
	assert.Equal(t, []oapi.Dismissal{{
		AlertId: a.ID, Signal: telemetry.EngineCoolant, DedupKey: coolantUnusual, AlertAt: a.FirstAt,
		Until: a.FirstAt.Add(alert.Retention), Width: 2,
	}}, w.dismissals(t))
	_, err := w.WithdrawDismissal(t.Context(), oapi.WithdrawDismissalRequestObject{AlertId: a.ID})
	require.NoError(t, err)
	assert.Empty(t, w.dismissals(t))
}

func TestWhatCannotBeDismissed(t *testing.T) {
	for name, tc := range map[string]struct {
		alert func(t *testing.T, w *alertWorld) alert.Alert
		want  errs.Category
	}{
		"a fixed limit":                       {func(t *testing.T, w *alertWorld) alert.Alert { return w.raise(t, hers, alert.EngineOverheat, 1) }, errs.Invalid},
		"an alert of another car":             {func(t *testing.T, w *alertWorld) alert.Alert { return w.raise(t, his, alert.Crash, 1) }, errs.NotFound},
		"an alert of before the car was hers": {func(t *testing.T, w *alertWorld) alert.Alert { return w.unusual(t, -time.Minute) }, errs.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			w := newAlertWorld(t)
			a := tc.alert(t, w)
			_, err := w.DismissAlert(t.Context(), oapi.DismissAlertRequestObject{AlertId: a.ID})
			assert.Equal(t, tc.want, errs.Of(err), "%v", err)
			assert.Empty(t, w.dismissals(t))
			kept, err := w.store.Alert(t.Context(), a.VIN, a.ID)
			require.NoError(t, err)
			assert.Equal(t, alert.Open, kept.Status)
		})
	}
}

func TestDismissalsOfACarAreBounded(t *testing.T) {
	w := newAlertWorld(t)
	for n := range anomaly.MaxDismissals + 1 {
		a := w.unusual(t, time.Duration(2*n)*time.Hour)
		now := a.FirstAt.Add(time.Minute)
		w.Alerts.Now = func() time.Time { return now }
		_, err := w.DismissAlert(t.Context(), oapi.DismissAlertRequestObject{AlertId: a.ID})
		if n == anomaly.MaxDismissals {
			assert.Equal(t, errs.Conflict, errs.Of(err))
			continue
		}
		require.NoError(t, err)
	}
	all := w.dismissals(t)
	require.Len(t, all, anomaly.MaxDismissals)
	assert.InDelta(t, 8, all[0].Width, 0, "three count")
}
