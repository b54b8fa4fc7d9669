package httpapi

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

// alertWorld has two cars of one owner, and one of another owner, with alerts.
type alertWorld struct {
	store     memory.Alerts
	cars      memory.Vehicles
	book      *alert.Service
	states    memory.States
	visit     Visit
	principal authz.Principal
	Alerts
}

const (
	hers    vin.VIN = "WVWZZZ1JZXW000001"
	alsoHer vin.VIN = "WVWZZZ1JZXW000002"
	his     vin.VIN = "WVWZZZ1JZXW000003"
)

var bought = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newAlertWorld(t *testing.T) *alertWorld {
	t.Helper()
	w := &alertWorld{visit: Visit{UserID: "her", VIN: hers, Relation: authz.Owns, Since: bought}}
	for v, owner := range map[vin.VIN]string{hers: "her", alsoHer: "her", his: "him"} {
		require.NoError(t, w.cars.PutVehicle(t.Context(), vehicle.Vehicle{VIN: v, Manufacturer: "acme", DealerID: "d1", OwnerID: owner, OwnedSince: bought}))
	}
	w.book = alert.NewService(&w.store, &w.cars)
	w.principal = authz.Principal{ID: "her", Roles: []authz.Role{authz.Driver}}
	w.Alerts = Alerts{
		Feedback: &anomaly.Feedback{Store: &w.states, Now: func() time.Time { return bought.Add(time.Hour) }},
		Store:    &w.store, Service: w.book, Cars: &w.cars, Now: func() time.Time { return bought.Add(time.Hour) },
		Visit:     func(context.Context) (Visit, error) { return w.visit, nil },
		Principal: func(context.Context) (authz.Principal, error) { return w.principal, nil },
	}
	return w
}

func (w *alertWorld) raise(t *testing.T, v vin.VIN, k alert.Kind, minute int) alert.Alert {
	t.Helper()
	a, _, err := w.book.Raise(t.Context(), alert.Notice{VIN: string(v), Kind: k, At: bought.Add(time.Duration(minute) * time.Minute)})
	require.NoError(t, err)
	return a
}

func kinds(items []oapi.Alert) []string {
	out := []string{}
	for _, a := range items {
		out = append(out, a.Vin[len(a.Vin)-1:]+" "+a.Kind)
	}
	return out
}

func TestWhoSeesWhichAlertsOfACar(t *testing.T) {
	for name, tc := range map[string]struct {
		visit Visit
		want  []string
	}{
		"the owner sees what was since the car is theirs": {Visit{UserID: "her", VIN: hers, Relation: authz.Owns, Since: bought}, []string{"1 overspeed", "1 engine_overheat"}},
		"a dealer does not see how somebody drives":       {Visit{UserID: "d", VIN: hers, Relation: authz.LooksAt}, []string{"1 engine_overheat", "1 oil_overtemp"}},
		"nor does a manufacturer":                         {Visit{UserID: "m", VIN: hers, Relation: authz.Built}, []string{"1 second_certificate", "1 engine_overheat", "1 oil_overtemp"}},
		"nor who runs the platform":                       {Visit{UserID: "o", VIN: hers, Relation: authz.Runs}, []string{"1 second_certificate", "1 engine_overheat", "1 oil_overtemp"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newAlertWorld(t)
			w.raise(t, hers, alert.OilOvertemp, -5)
			w.raise(t, hers, alert.EngineOverheat, 1)
			w.raise(t, hers, alert.Overspeed, 2)
			w.raise(t, hers, alert.SecondCertificate, 4) // only the manufacturer and operators may see it
			w.raise(t, his, alert.Crash, 3)
			w.visit = tc.visit
			out, err := w.ListVehicleAlerts(t.Context(), oapi.ListVehicleAlertsRequestObject{})
			require.NoError(t, err)
			assert.Equal(t, tc.want, kinds(out.(oapi.ListVehicleAlerts200JSONResponse).Items))
		})
	}
}

func TestWhoSeesWhichAlertsOfAllCars(t *testing.T) {
	for name, tc := range map[string]struct {
		principal authz.Principal
		want      []string
	}{
		"a driver those of her cars":            {authz.Principal{ID: "her", Roles: []authz.Role{authz.Driver}}, []string{"2 overspeed", "1 engine_overheat"}},
		"another driver those of his":           {authz.Principal{ID: "him", Roles: []authz.Role{authz.Driver}}, []string{"3 crash"}},
		"a dealer those of its cars":            {authz.Principal{ID: "d", Roles: []authz.Role{authz.Dealer}, Dealer: "d1"}, []string{"3 crash", "1 engine_overheat", "1 oil_overtemp"}},
		"another dealer none":                   {authz.Principal{ID: "d", Roles: []authz.Role{authz.Dealer}, Dealer: "d2"}, []string{}},
		"a dealer of nobody none":               {authz.Principal{ID: "d", Roles: []authz.Role{authz.Dealer}}, []string{}},
		"a manufacturer those of what it built": {authz.Principal{ID: "m", Roles: []authz.Role{authz.Manufacturer}, Manufacturer: "acme"}, []string{"3 crash", "1 engine_overheat", "1 oil_overtemp"}},
		"an operator the platform's":            {authz.Principal{ID: "o", Roles: []authz.Role{authz.Operator}}, []string{"1 second_certificate", "1 identity_mismatch"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newAlertWorld(t)
			w.raise(t, hers, alert.OilOvertemp, -5)
			w.raise(t, hers, alert.SecondCertificate, 4)
			w.raise(t, hers, alert.EngineOverheat, 1)
			w.raise(t, alsoHer, alert.Overspeed, 2)
			w.raise(t, his, alert.Crash, 3)
			w.raise(t, hers, alert.IdentityMismatch, -7)
			w.principal = tc.principal
			out, err := w.ListAlerts(t.Context(), oapi.ListAlertsRequestObject{})
			require.NoError(t, err)
			assert.Equal(t, tc.want, kinds(out.(oapi.ListAlerts200JSONResponse).Items))
		})
	}
}

func TestADriversAlertsComeInPages(t *testing.T) {
	w := newAlertWorld(t)
	var want []string
	for n := range 7 {
		v := []vin.VIN{hers, alsoHer}[n%2]
		_, _, err := w.book.Raise(t.Context(), alert.Notice{
			VIN: string(v), Kind: alert.Diagnostics, DedupKey: fmt.Sprintf("diagnostics/%d", n), At: bought.Add(time.Duration(n) * time.Minute),
		})
		require.NoError(t, err)
		want = append([]string{string(v[len(v)-1:]) + " diagnostics"}, want...)
	}
	got, limit := []string{}, 3
	for in := (oapi.ListAlertsRequestObject{Params: oapi.ListAlertsParams{Limit: &limit}}); ; {
		out, err := w.ListAlerts(t.Context(), in)
		require.NoError(t, err)
		list := out.(oapi.ListAlerts200JSONResponse)
		got = append(got, kinds(list.Items)...)
		if list.NextToken == nil {
			break
		}
		in.Params.NextToken = list.NextToken
	}
	assert.Equal(t, want, got)
}

func TestPeopleAcknowledgeAndResolveOnce(t *testing.T) {
	w := newAlertWorld(t)
	a := w.raise(t, hers, alert.EngineOverheat, 1)
	for _, who := range []string{"her", "dealer"} { // the second call changes nothing
		w.visit.UserID = who
		out, err := w.AcknowledgeAlert(t.Context(), oapi.AcknowledgeAlertRequestObject{AlertId: a.ID})
		require.NoError(t, err)
		got := oapi.Alert(out.(oapi.AcknowledgeAlert200JSONResponse))
		assert.Equal(t, oapi.AlertStatus("ACKNOWLEDGED"), got.Status)
		assert.Equal(t, "her", *got.AcknowledgedBy)
		assert.Equal(t, bought.Add(time.Hour), *got.AcknowledgedAt)
	}
	for range 2 {
		out, err := w.ResolveAlert(t.Context(), oapi.ResolveAlertRequestObject{AlertId: a.ID})
		require.NoError(t, err)
		got := oapi.Alert(out.(oapi.ResolveAlert200JSONResponse))
		assert.Equal(t, oapi.AlertStatus("RESOLVED"), got.Status)
		assert.Equal(t, "dealer", *got.ResolvedBy)
	}
}

func TestAlertsThatAreNotThereForWhoAsks(t *testing.T) {
	w := newAlertWorld(t)
	before := w.raise(t, hers, alert.OilOvertemp, -5)
	driving := w.raise(t, hers, alert.Overspeed, 2)
	others := w.raise(t, his, alert.Crash, 3)
	for name, tc := range map[string]struct {
		id       string
		relation authz.Relation
	}{
		"an earlier owner's":            {before.ID, authz.Owns},
		"another car's":                 {others.ID, authz.Owns},
		"how somebody drives":           {driving.ID, authz.LooksAt},
		"one that there is not":         {"01M844DF80N3ERX2ZK1D0ZZ4TQ", authz.Owns},
		"the row of a thread of alerts": {"~overspeed", authz.Owns},
	} {
		t.Run(name, func(t *testing.T) {
			w.visit.Relation = tc.relation
			_, err := w.AcknowledgeAlert(t.Context(), oapi.AcknowledgeAlertRequestObject{AlertId: tc.id})
			assert.Equal(t, errs.NotFound, errs.Of(err))
			_, err = w.ResolveAlert(t.Context(), oapi.ResolveAlertRequestObject{AlertId: tc.id})
			assert.Equal(t, errs.NotFound, errs.Of(err))
		})
	}
	for _, a := range w.store.All() {
		assert.Equal(t, alert.Open, a.Status)
	}
}
