package httpapi_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// A signal of each kind: technical, of the position, and those that the platform does not know.
var everyKind = telemetry.Signals{
	telemetry.Speed: telemetry.Number(48.5), telemetry.Latitude: telemetry.Number(48.137), telemetry.Longitude: telemetry.Number(11.576),
	telemetry.Heading: telemetry.Number(90), heartRate: telemetry.Number(72), "Vehicle.Driver.Identifier.Subject": telemetry.Text("ben"),
	"Vehicle.Cabin.Infotainment.Navigation.DestinationSet.Latitude": telemetry.Number(48.1),
}

func TestNothingPersonalIsLeftOfAFormerOwner(t *testing.T) {
	w := newWhole(t, newPool(t))
	before := at.Add(-5 * time.Minute)
	_, err := w.diagnostics.Handle(t.Context(), diagnostic.Received{VIN: theCar, IngestedAt: before, Message: diagnostic.Message{
		ID: alert.ID(before, "framed"), TS: before, Seq: 2, Kind: diagnostic.Set,
		Codes: []diagnostic.Reported{{Fault: dtc.Fault{Code: 0x0420}, ECU: "ECM", Status: dtc.Confirmed, FreezeFrame: everyKind}},
	}})
	require.NoError(t, err)
	state := w.state()
	for path, v := range everyKind {
		state.Signals[path] = vehicle.Reading{Value: v, At: before.UnixMilli()}
	}
	require.NoError(t, w.states.PutState(t.Context(), state))

	frames := func() (all []string) {
		list, err := w.faults.Records(t.Context(), theCar, diagnostic.Filter{}, paging.Request{})
		require.NoError(t, err)
		for _, r := range list.Items {
			for path := range r.FreezeFrame {
				all = append(all, path)
			}
		}
		return all
	}
	signals := func() (all []string) {
		for path := range w.state().Signals {
			all = append(all, path)
		}
		return all
	}
	require.Len(t, frames(), len(everyKind))
	require.Len(t, signals(), len(everyKind))
	w.read(w.ask("owner", "DELETE", "/v1/vehicles/"+string(theCar)+"/owner", ""), 204)
	assert.Equal(t, []string{telemetry.Speed}, frames())
	assert.Equal(t, []string{telemetry.Speed}, signals())
	assert.Empty(t, w.state().Newest.TripID)
}

func TestFreezeFramesShowTechnicalSignalsAloneToWhoDoesNotDrive(t *testing.T) {
	w := newWhole(t, newPool(t))
	before := at.Add(-5 * time.Minute)
	_, err := w.diagnostics.Handle(t.Context(), diagnostic.Received{VIN: theCar, IngestedAt: before, Message: diagnostic.Message{
		ID: alert.ID(before, "framed"), TS: before, Seq: 2, Kind: diagnostic.Set,
		Codes: []diagnostic.Reported{{Fault: dtc.Fault{Code: 0x0420}, ECU: "ECM", Status: dtc.Confirmed, FreezeFrame: everyKind}},
	}})
	require.NoError(t, err)
	for name, want := range map[string]int{"owner": len(everyKind), "friend": len(everyKind), "dealer": 1, "maker": 1, "operator": 1} {
		items, _ := w.read(w.ask(name, "GET", "/v1/vehicles/"+string(theCar)+"/diagnostics", ""), 200)["items"].([]any)
		shown := 0
		for _, it := range items {
			fault, _ := it.(map[string]any)
			frame, _ := fault["freezeFrame"].(map[string]any)
			shown += len(frame)
		}
		assert.Equal(t, want, shown, name)
	}
}

func (w *whole) state() *vehicle.State {
	states, err := w.states.States(w.t.Context(), []vin.VIN{theCar})
	require.NoError(w.t, err)
	return states[theCar]
}
