package fleetanomaly_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/fleetanomaly"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

const (
	car    = vin.VIN("WVWZZZ1JZXW000001")
	spread = `{"state":"raised","kind":"fault_spread","vehicleType":"WVWZZZ1J","code":"P0301","south":null,"west":null,"windowStart":"2026-11-23T12:00:00Z",` +
		`"windowEnd":"2026-11-23T12:29:59.999Z","cars":8,"active":410,"share":0.0195,"usual":0.0012,"example":"WVWZZZ1JZXW000001"}`
	unusual = `{"state":"raised","kind":"model_unusual","vehicleType":"WVWZZZ1J","code":null,"south":null,"west":null,"windowStart":"2026-11-23T12:00:00Z",` +
		`"windowEnd":"2026-11-23T12:29:59.999Z","cars":80,"active":80,"share":1,"usual":null,"example":"WVWZZZ1JZXW000001",` +
		`"signal":"Vehicle.LowVoltageBattery.CurrentVoltage","measured":13.24,"low":13.6,"high":14.9}`
	silent = `{"state":"raised","kind":"region_silent","vehicleType":null,"code":null,"south":-34.0,"west":151.5,"windowStart":"2026-11-23T12:05:00Z",` +
		`"windowEnd":"2026-11-23T12:19:59.999Z","cars":6,"active":10,"share":0.6,"usual":null,"example":null}`
)

type world struct {
	desk   fleetanomaly.Service
	alerts *memory.Alerts
}

func newWorld(t *testing.T) world {
	t.Helper()
	cars, alerts := &memory.Vehicles{}, &memory.Alerts{}
	require.NoError(t, cars.PutVehicle(t.Context(), vehicle.Vehicle{VIN: car, Manufacturer: "acme", Make: "Acme", Model: "Comet"}))
	return world{desk: fleetanomaly.Service{Cars: cars, Alerts: alert.NewService(alerts, cars)}, alerts: alerts}
}

func (w world) take(t *testing.T, message string) fleetanomaly.Outcome {
	t.Helper()
	f, err := fleetanomaly.Decode([]byte(message))
	require.NoError(t, err)
	outcome, err := w.desk.Handle(t.Context(), f)
	require.NoError(t, err)
	return outcome
}

func (w world) only(t *testing.T) alert.Alert {
	t.Helper()
	require.Len(t, w.alerts.All(), 1)
	for _, a := range w.alerts.All() {
		return a
	}
	return alert.Alert{}
}

func TestAFaultThatSpreadsIsToldToTheManufacturerOnce(t *testing.T) {
	w := newWorld(t)
	next := strings.NewReplacer("12:29:59.999Z", "12:59:59.999Z", "12:00:00Z", "12:30:00Z").Replace(spread)
	assert.Equal(t, fleetanomaly.Told, w.take(t, spread))
	assert.Equal(t, fleetanomaly.Repeated, w.take(t, spread), "the job may say it twice")
	assert.Equal(t, fleetanomaly.Repeated, w.take(t, next), "the next window shows it too")
	a := w.only(t)
	assert.Equal(t, alert.FaultSpread, a.Kind)
	assert.Equal(t, "manufacturer#acme", a.Audience)
	assert.Equal(t, fleetanomaly.Fleet, a.VIN)
	assert.Equal(t, "fault_spread/WVWZZZ1J/P0301", a.DedupKey)
	assert.Equal(t, 2, a.Count)
	assert.InDelta(t, 1.95, *a.Value, 0.001)
	assert.Equal(t, "percent", a.Unit)
	assert.Equal(t, "8 of 410 cars (1.9 %) like the Acme Comet (VINs that begin with WVWZZZ1J) set P0301 between 12:00 and 12:30 UTC; "+
		"in the time before 0.12 % of them did.", a.Detail)

	over := strings.NewReplacer(`"raised"`, `"over"`, "12:29:59.999Z", "18:59:59.999Z").Replace(spread)
	assert.Equal(t, fleetanomaly.Resolved, w.take(t, over))
	assert.Equal(t, fleetanomaly.Nothing, w.take(t, over))
	assert.Equal(t, alert.Resolved, w.only(t).Status)
}

func TestAModelThatNobodyKnowsIsToldToTheOperator(t *testing.T) {
	w := newWorld(t)
	w.take(t, strings.ReplaceAll(spread, "WVWZZZ1J", "1ACEV26S"))
	assert.Equal(t, alert.Operator, w.only(t).Audience)
	assert.Contains(t, w.only(t).Detail, "8 of 410 cars (1.9 %) with VINs that begin with 1ACEV26S set P0301")
}

func TestAModelThatChangesIsToldToTheManufacturerOnce(t *testing.T) {
	w := newWorld(t)
	assert.Equal(t, fleetanomaly.Told, w.take(t, unusual))
	assert.Equal(t, fleetanomaly.Repeated, w.take(t, unusual))
	a := w.only(t)
	assert.Equal(t, alert.ModelUnusual, a.Kind)
	assert.Equal(t, "manufacturer#acme", a.Audience)
	assert.Equal(t, "model_unusual/WVWZZZ1J/Vehicle.LowVoltageBattery.CurrentVoltage", a.DedupKey)
	assert.InDelta(t, 13.24, *a.Value, 1e-9)
	assert.InDelta(t, 13.6, *a.Threshold, 1e-9)
	assert.Equal(t, "80 cars like the Acme Comet (VINs that begin with WVWZZZ1J) have a mean 12 V battery voltage while the engine runs of 13.24 V between 12:00 "+
		"and 12:30 UTC, where 13.6 to 14.9 is usual for the model; look at what they share, such as an update.", a.Detail)
	over := strings.NewReplacer(`"raised"`, `"over"`, "12:29:59.999Z", "18:59:59.999Z", "13.24", "null", "13.6", "null", "14.9", "null").Replace(unusual)
	assert.Equal(t, fleetanomaly.Resolved, w.take(t, over))
}

func TestASilentRegionIsToldToTheOperator(t *testing.T) {
	w := newWorld(t)
	assert.Equal(t, fleetanomaly.Told, w.take(t, silent))
	a := w.only(t)
	assert.Equal(t, alert.Operator, a.Audience)
	assert.Equal(t, "region_silent/-34/151.5", a.DedupKey)
	assert.Equal(t, "6 of 10 cars (60 %) that drove there lost their connection between 12:05 and 12:20 UTC in the area that begins at 34° S, 151.5° E, "+
		"and did not come back.", a.Detail)
}

func TestWhatIsNoFindingIsRefused(t *testing.T) {
	for name, tc := range map[string]struct{ of, old, new, says string }{
		"no JSON":                       {spread, "{", "[", "read a finding"},
		"another state":                 {spread, `"raised"`, `"maybe"`, "state"},
		"another kind":                  {spread, "fault_spread", "crash", "kind"},
		"no time":                       {spread, `"2026-11-23T12:29:59.999Z"`, "null", "windowEnd"},
		"more cars than there are":      {spread, `"cars":8`, `"cars":411`, "cars"},
		"no cars":                       {spread, `"cars":8`, `"cars":0`, "cars"},
		"a code that is none":           {spread, "P0301", "X1", "code"},
		"an example of another model":   {spread, `"example":"WVW`, `"example":"1AC`, "example"},
		"a signal that is no measure":   {unusual, "CurrentVoltage", "Charge", "signal"},
		"a model's car of another":      {unusual, `"example":"WVW`, `"example":"1AC`, "example"},
		"a region that is nowhere":      {silent, `"south":-34.0`, `"south":null`, "south"},
		"a model in place of a VIN":     {spread, `"example":"WVWZZZ1JZXW000001"`, `"example":"WVWZZZ1J"`, "example"},
		"a type that is not eight long": {spread, `"vehicleType":"WVWZZZ1J"`, `"vehicleType":"WVW"`, "example"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := fleetanomaly.Decode([]byte(strings.Replace(tc.of, tc.old, tc.new, 1)))
			require.ErrorContains(t, err, tc.says)
			assert.Equal(t, errs.Invalid, errs.Of(err))
		})
	}
}

type broken struct{}

func (broken) Vehicle(context.Context, vin.VIN) (vehicle.Vehicle, error) {
	return vehicle.Vehicle{}, errors.New("the table is away")
}

func TestWhatFailsForNowIsAnError(t *testing.T) {
	w := newWorld(t)
	w.desk.Cars = broken{}
	f, err := fleetanomaly.Decode([]byte(spread))
	require.NoError(t, err)
	_, err = w.desk.Handle(t.Context(), f)
	assert.ErrorContains(t, err, "the table is away")
	assert.Empty(t, w.alerts.All())
}

func TestTheSameThingLaterIsANewAlert(t *testing.T) {
	w := newWorld(t)
	day := func(d int, state string) string {
		at := time.Date(2026, 11, d, 12, 20, 0, 0, time.UTC).Format(time.RFC3339)
		return fmt.Sprintf(`{"state":%q,"kind":"region_silent","south":48,"west":11.5,"windowStart":%q,"windowEnd":%q,"cars":6,"active":9,"share":0.67}`, state, at, at)
	}
	w.take(t, day(1, "raised"))
	w.take(t, day(2, "over"))
	assert.Equal(t, fleetanomaly.Told, w.take(t, day(3, "raised")))
	assert.Len(t, w.alerts.All(), 2)
}

// TestTheJobWritesWhatIsReadHere compares the columns of the job's table of findings, its JSON fields, with the fields of Finding.
func TestTheJobWritesWhatIsReadHere(t *testing.T) {
	sql, err := os.ReadFile(filepath.Join("..", "..", "..", "analytics", "flink", "src", "main", "resources", "sql", "sink.sql"))
	require.NoError(t, err)
	table := regexp.MustCompile(`(?s)CREATE TEMPORARY TABLE findings \((.*?)\n\)`).FindSubmatch(sql)
	require.NotNil(t, table)
	var columns, fields []string
	for _, m := range regexp.MustCompile(`(?m)^  (\w+) `).FindAllSubmatch(table[1], -1) {
		columns = append(columns, string(m[1]))
	}
	for f := range reflect.TypeFor[fleetanomaly.Finding]().Fields() {
		fields = append(fields, f.Tag.Get("json"))
	}
	assert.ElementsMatch(t, columns, fields)
}
