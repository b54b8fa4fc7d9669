package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/domain/vehicle"
)

func TestConsentIsForTheDealerOfNow(t *testing.T) {
	w := newWhole(t, newPool(t))
	const car = "/v1/vehicles/" + string(theCar)
	until := at.Add(time.Hour).Format(time.RFC3339)
	given := w.read(w.ask("owner", "PUT", car+"/consent/location", `{"until":"`+until+`"}`), 200)
	assert.Equal(t, map[string]any{"until": until, "dealerId": "munich"}, given)
	w.read(w.ask("dealer", "GET", car+"/location", ""), 200)
	w.read(w.ask("operator", "GET", car+"/location", ""), 403)
	w.read(w.ask("operator", "GET", car+"/trips", ""), 403)

	w.read(w.ask("maker", "PATCH", car, `{"dealerId":"berlin"}`, "If-Match", `"1"`), 200)
	w.read(w.ask("otherDealer", "GET", car+"/location", ""), 403)
	assert.NotContains(t, w.ask("otherDealer", "GET", car+"/state", "").Body.String(), "CurrentLocation")
	w.read(w.ask("maker", "PATCH", car, `{"dealerId":"munich"}`, "If-Match", `"2"`), 200)
	w.read(w.ask("dealer", "GET", car+"/location", ""), 403)
	assert.Empty(t, w.read(w.ask("owner", "GET", car+"/consent/location", ""), 200))

	given = w.read(w.ask("owner", "PUT", car+"/consent/location", `{"until":"`+until+`","recipient":"operators"}`), 200)
	assert.Equal(t, map[string]any{"operatorsUntil": until}, given)
	w.read(w.ask("operator", "GET", car+"/trips", ""), 200)
	w.read(w.ask("dealer", "GET", car+"/location", ""), 403)
	w.read(w.ask("owner", "DELETE", car+"/consent/location", ""), 204)
	w.read(w.ask("operator", "GET", car+"/trips", ""), 403)
}

func TestAConsentShowsNothingOfBeforeTheOwnership(t *testing.T) {
	for name, tc := range map[string]struct {
		owned time.Time
		shows bool
	}{
		"all of the owner's own time": {at.Add(-time.Hour), true},
		"none of the owner before":    {at.Add(-5 * time.Minute), false}, // the car told where it was ten minutes ago
	} {
		t.Run(name, func(t *testing.T) {
			w := newWhole(t, newPool(t))
			v, err := w.cars.Vehicle(t.Context(), theCar)
			require.NoError(t, err)
			began := at.Add(-11 * time.Minute)
			id := alert.ID(began, "a trip") // sorts by its time, as trips' ids do
			_, err = w.trips.PutTrip(t.Context(), trip.Trip{VIN: theCar, ID: id, Source: trip.ByCar, StartedAt: began, EndedAt: at.Add(-9 * time.Minute)})
			require.NoError(t, err)
			v.OwnedSince = tc.owned
			v.Consent = vehicle.Consent{DealerID: "munich", DealerUntil: at.Add(time.Hour), OperatorsUntil: at.Add(time.Hour)}
			require.NoError(t, w.cars.PutVehicle(t.Context(), v))
			const car = "/v1/vehicles/" + string(theCar)
			for _, who := range []string{"owner", "dealer", "operator"} {
				for _, path := range []string{"/state", "/telemetry", "/telemetry?interval=60"} {
					assert.Equal(t, tc.shows, strings.Contains(w.ask(who, "GET", car+path, "").Body.String(), "CurrentLocation"), "%s of %s", path, who)
				}
				assert.Equal(t, tc.shows, w.ask(who, "GET", car+"/location", "").Code == 200, who)
				if who != "dealer" {
					listed := w.ask(who, "GET", car+"/trips", "").Body.String()
					assert.Equal(t, tc.shows, strings.Contains(listed, id), "%s: %s", who, listed)
					out := w.ask(who, "GET", car+"/trips/"+id, "")
					assert.Equal(t, tc.shows, out.Code == 200, "%s: %s", who, out.Body)
				}
			}
		})
	}
}
