package httpapi_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/healthreport"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/paging"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

const theCar = vin.VIN("WVWZZZ1JZXW000001")

var at = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// as returns the visit of a caller with that relation to the car.
func as(r authz.Relation, since time.Time) func(context.Context) (httpapi.Visit, error) {
	return func(context.Context) (httpapi.Visit, error) {
		return httpapi.Visit{UserID: "somebody", DealerID: "d1", VIN: theCar, Relation: r, Registered: true, Since: since}, nil
	}
}

func TestTripsAreOfTheOwnerAlone(t *testing.T) {
	trips, history := &memory.Trips{}, &memory.History{}
	score := 90
	var ids []string
	for n := range 3 {
		start := at.Add(time.Duration(n) * time.Hour)
		one := trip.Trip{VIN: theCar, ID: alert.ID(start, "t"), Source: trip.ByCar, StartedAt: start, EndedAt: start.Add(20 * time.Minute), Score: &score,
			Start: &trip.Place{Latitude: 48.5, Longitude: 11.5}}
		_, err := trips.PutTrip(t.Context(), one)
		require.NoError(t, err)
		ids = append(ids, one.ID)
	}
	for n := range 10 {
		_, err := history.PutRows(t.Context(), []telemetry.Row{{VIN: theCar, At: at.Add(time.Hour + time.Duration(n)*time.Minute), Seq: uint64(n), // small: no overflow
			Signals: telemetry.Signals{telemetry.Latitude: telemetry.Number(48.5 + float64(n)/100), telemetry.Longitude: telemetry.Number(11.5 + float64(n%2)/100)}}})
		require.NoError(t, err)
	}
	h := &httpapi.Trips{Store: trips, Samples: history, Visit: as(authz.Owns, at.Add(30*time.Minute))}
	limit := 1
	list, err := h.ListTrips(t.Context(), oapi.ListTripsRequestObject{Params: oapi.ListTripsParams{Limit: &limit}})
	require.NoError(t, err)
	first := list.(oapi.ListTrips200JSONResponse) // the only successful response
	require.Len(t, first.Items, 1)
	assert.Equal(t, ids[2], first.Items[0].TripId)
	require.NotNil(t, first.NextToken)
	list, err = h.ListTrips(t.Context(), oapi.ListTripsRequestObject{Params: oapi.ListTripsParams{NextToken: first.NextToken}})
	require.NoError(t, err)
	second := list.(oapi.ListTrips200JSONResponse) // the only successful response
	require.Len(t, second.Items, 1, "the oldest trip is another owner's")
	assert.Nil(t, second.NextToken)

	got, err := h.GetTrip(t.Context(), oapi.GetTripRequestObject{TripId: ids[1]})
	require.NoError(t, err)
	one := got.(oapi.GetTrip200JSONResponse) // the only successful response
	assert.Equal(t, 90, *one.Score)
	assert.InDelta(t, 48.5, one.Start.Latitude, 1e-6)
	require.NotNil(t, one.Route)
	assert.Len(t, *one.Route, 10)
	for _, id := range []string{ids[0], "none"} {
		_, err = h.GetTrip(t.Context(), oapi.GetTripRequestObject{TripId: id})
		assert.Equal(t, errs.NotFound, errs.Of(err), id)
	}
}

func faults(t *testing.T) (*memory.Diagnostics, *diagnostic.Service) {
	t.Helper()
	store, cars := &memory.Diagnostics{}, &memory.Vehicles{}
	require.NoError(t, cars.PutVehicle(t.Context(), vehicle.Vehicle{VIN: theCar, Manufacturer: "acme", DealerID: "d1"}))
	book := diagnostic.NewService(store, cars, alert.NewService(&memory.Alerts{}, cars), dtc.Builtin())
	_, err := book.Handle(t.Context(), diagnostic.Received{VIN: theCar, IngestedAt: at, Message: diagnostic.Message{
		ID: alert.ID(at, "m"), TS: at, Seq: 1, Kind: diagnostic.Set, TripID: alert.ID(at, "trip"),
		Codes: []diagnostic.Reported{{Fault: dtc.Fault{Code: 0x0301}, ECU: "ECM", Status: dtc.Confirmed, FreezeFrame: telemetry.Signals{
			telemetry.Speed: telemetry.Number(50), telemetry.Latitude: telemetry.Number(48),
		}}},
	}})
	require.NoError(t, err)
	return store, book
}

func TestWhoSeesWhatOfAFault(t *testing.T) {
	store, book := faults(t)
	for name, tc := range map[string]struct {
		relation authz.Relation
		since    time.Time
		trip     bool
		frame    []string
	}{
		"the owner sees all of it":                   {authz.Owns, at.Add(-time.Hour), true, []string{telemetry.Speed, telemetry.Latitude}},
		"a later owner sees that the fault is there": {authz.Owns, at.Add(time.Hour), false, nil},
		"the dealer does not see where the car was":  {authz.LooksAt, time.Time{}, false, []string{telemetry.Speed}},
		"neither does the manufacturer":              {authz.Built, time.Time{}, false, []string{telemetry.Speed}},
	} {
		t.Run(name, func(t *testing.T) {
			h := &httpapi.Diagnostics{Store: store, Service: book, Visit: as(tc.relation, tc.since), Now: func() time.Time { return at }}
			list, err := h.ListDiagnostics(t.Context(), oapi.ListDiagnosticsRequestObject{})
			require.NoError(t, err)
			items := list.(oapi.ListDiagnostics200JSONResponse).Items // the only successful response
			require.Len(t, items, 1)
			assert.Equal(t, "P0301", items[0].Code)
			assert.Equal(t, oapi.Severity("HIGH"), items[0].Severity)
			assert.Equal(t, tc.trip, items[0].TripId != nil)
			if tc.frame == nil {
				assert.Nil(t, items[0].FreezeFrame)
				return
			}
			require.NotNil(t, items[0].FreezeFrame)
			var paths []string
			for path := range *items[0].FreezeFrame {
				paths = append(paths, path)
			}
			assert.ElementsMatch(t, tc.frame, paths)
		})
	}
}

func TestADealerWorksOffItsList(t *testing.T) {
	store, book := faults(t)
	cars := &memory.Vehicles{}
	require.NoError(t, cars.PutVehicle(t.Context(), vehicle.Vehicle{VIN: theCar, Manufacturer: "acme", DealerID: "d1"}))
	h := &httpapi.Diagnostics{Cars: cars, Store: store, Service: book, Visit: as(authz.LooksAt, time.Time{}), Now: func() time.Time { return at.Add(time.Hour) }}
	work := func() []oapi.Fault {
		list, err := h.GetWorklist(t.Context(), oapi.GetWorklistRequestObject{})
		require.NoError(t, err)
		return list.(oapi.GetWorklist200JSONResponse).Items // the only successful response
	}
	require.Len(t, work(), 1)
	id := work()[0].DiagnosticId
	seen, err := h.AcknowledgeDiagnostic(t.Context(), oapi.AcknowledgeDiagnosticRequestObject{DiagnosticId: id})
	require.NoError(t, err)
	assert.Equal(t, "somebody", *seen.(oapi.AcknowledgeDiagnostic200JSONResponse).AcknowledgedBy) // the only successful response
	cleared, err := h.ClearDiagnostic(t.Context(), oapi.ClearDiagnosticRequestObject{DiagnosticId: id})
	require.NoError(t, err)
	assert.Equal(t, oapi.FaultStatus("CLOSED"), cleared.(oapi.ClearDiagnostic200JSONResponse).Status) // the only successful response
	assert.Empty(t, work())
	_, err = h.ClearDiagnostic(t.Context(), oapi.ClearDiagnosticRequestObject{DiagnosticId: id})
	assert.Equal(t, errs.Conflict, errs.Of(err))

	h.Visit = func(context.Context) (httpapi.Visit, error) {
		return httpapi.Visit{UserID: "x", Relation: authz.LooksAt}, nil
	}
	assert.Empty(t, work(), "a dealer without a dealership has no list")
}

// desk is a HealthReportService with one report, made at noon.
type desk struct{ asked int }

func (d *desk) Request(context.Context, vin.VIN, string) (healthreport.Report, error) {
	d.asked++
	return healthreport.Report{VIN: theCar, ID: alert.ID(at, "r"), Progress: healthreport.Pending, RequestedAt: at}, nil
}

func (d *desk) Report(_ context.Context, _ vin.VIN, id string) (healthreport.Report, error) {
	if id == "bad" {
		return healthreport.Report{}, healthreport.ErrUnreadable
	}
	odometer := int64(5)
	return healthreport.Report{
		VIN: theCar, ID: id, Progress: healthreport.Ready, Source: healthreport.Composed, TS: at, OdometerM: &odometer, TripID: "t", DTCs: []string{},
		Systems:  map[healthreport.System]healthreport.Status{healthreport.Engine: healthreport.OK},
		Findings: []healthreport.Finding{{System: healthreport.Engine, Status: healthreport.OK, Detail: "d"}},
	}, nil
}

func (d *desk) Reports(ctx context.Context, v vin.VIN, _ healthreport.Filter, _ paging.Request) (paging.Page[healthreport.Report], error) {
	r, err := d.Report(ctx, v, "one")
	return paging.Page[healthreport.Report]{Items: []healthreport.Report{r}}, err
}

func TestHealthReports(t *testing.T) {
	d := &desk{}
	h := &httpapi.HealthReports{Service: d, Visit: as(authz.LooksAt, time.Time{})}
	asked, err := h.RequestHealthReport(t.Context(), oapi.RequestHealthReportRequestObject{})
	require.NoError(t, err)
	accepted := asked.(oapi.RequestHealthReport202JSONResponse) // the only successful response
	assert.Equal(t, "/v1/vehicles/WVWZZZ1JZXW000001/healthreports/"+alert.ID(at, "r"), *accepted.Headers.Location)
	assert.Equal(t, oapi.HealthReportProgress("PENDING"), accepted.Body.Progress)
	assert.Nil(t, accepted.Body.Systems)

	got, err := h.GetHealthReport(t.Context(), oapi.GetHealthReportRequestObject{ReportId: "one"})
	require.NoError(t, err)
	report := got.(oapi.GetHealthReport200JSONResponse) // the only successful response
	assert.Equal(t, oapi.HealthReportSource("composed"), *report.Source)
	assert.Equal(t, oapi.HealthReportSystems("OK"), (*report.Systems)["engine"])
	assert.Equal(t, "d", (*report.Findings)[0].Detail)
	assert.Nil(t, report.TripId, "trips are the driver's")

	_, err = h.GetHealthReport(t.Context(), oapi.GetHealthReportRequestObject{ReportId: "bad"})
	assert.Equal(t, errs.NotFound, errs.Of(err), "what a car sent wrong is not our failure")
	h.Visit = as(authz.Owns, at.Add(time.Second))
	_, err = h.GetHealthReport(t.Context(), oapi.GetHealthReportRequestObject{ReportId: "one"})
	assert.Equal(t, errs.NotFound, errs.Of(err), "a report of the owner before")
	list, err := h.ListHealthReports(t.Context(), oapi.ListHealthReportsRequestObject{})
	require.NoError(t, err)
	assert.Len(t, list.(oapi.ListHealthReports200JSONResponse).Items, 1) // the only successful response
}
