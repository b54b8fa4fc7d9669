package healthreport_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/healthreport"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/telemetry/schema"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/names"
	"connectedcar/internal/paging"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

const car = vin.VIN("WVWZZZ1JZXW000001")

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const id = "01KAFK9F00ABCDEFGHJKMNPQRS"

const valid = `{"schema":"healthreport/1","id":"` + id + `","ts":"2026-11-23T08:00:00.000Z","odometerM":12000,"systems":{"engine":"OK","brakes":"OK",` +
	`"tyres":"ATTENTION","battery":"OK","emissions":"UNKNOWN","service":"SERVICE"},"dtcs":["P0301"],"serviceDistanceM":-1000`

const stamps = `,"reportId":"` + id + `","vin":"WVWZZZ1JZXW000001","clientId":"WVWZZZ1JZXW000001","ingestedAt":1795420801000}`

func TestDecodeRefusesWhatTheSchemaRefuses(t *testing.T) {
	b, err := schema.FS.ReadFile("healthreport-1.json")
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("healthreport-1.json", doc))
	s, err := c.Compile("healthreport-1.json")
	require.NoError(t, err)
	accepts := func(text string) error {
		var v any
		require.NoError(t, json.Unmarshal([]byte(text), &v))
		return s.Validate(v)
	}
	require.NoError(t, accepts(valid+"}"))
	got, err := healthreport.Decode([]byte(valid + stamps))
	require.NoError(t, err)
	assert.Equal(t, healthreport.Attention, got.Systems[healthreport.Tyres])
	for name, edit := range map[string][2]string{
		"another schema":            {"healthreport/1", "healthreport/2"},
		"an id that is no ULID":     {`"id":"` + id, `"id":"x`},
		"no time":                   {`"ts"`, `"Ts"`},
		"no odometer":               {`"odometerM":12000,`, ``},
		"half an odometer":          {`12000,`, `12000.5,`},
		"a system that is lacking":  {`"brakes":"OK",`, ``},
		"a system too many":         {`"brakes":"OK"`, `"brakes":"OK","wings":"OK"`},
		"a status that is none":     {`ATTENTION`, `FLAT`},
		"a code that is none":       {`P0301`, `Q0301`},
		"a code that is null":       {`"P0301"`, `null`},
		"a service far away":        {`-1000`, `-100000000`},
		"a trip that is none":       {`"odometerM"`, `"tripId":"t","odometerM"`},
		"a field that nobody knows": {`"odometerM"`, `"mood":"good","odometerM"`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(valid, edit[0], edit[1], 1)
			require.NotEqual(t, valid, text)
			require.Error(t, accepts(text+"}"))
			_, err := healthreport.Decode([]byte(text + stamps))
			assert.ErrorIs(t, err, healthreport.ErrUnreadable)
		})
	}
	for name, text := range map[string]string{
		"another client's": valid + strings.Replace(stamps, `"clientId":"W`, `"clientId":"X`, 1),
		"another row's":    valid + strings.Replace(stamps, id, "01KAFK9F00ABCDEFGHJKMNPQRT", 1),
		"no JSON":          "{",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := healthreport.Decode([]byte(text))
			assert.ErrorIs(t, err, healthreport.ErrUnreadable)
		})
	}
}

// known returns the state of a car that reported those values an hour ago.
func known(signals telemetry.Signals) *vehicle.State {
	s := vehicle.NewState(car)
	s.Newest.At = noon.Add(-time.Hour).UnixMilli()
	for path, v := range signals {
		s.Signals[path] = vehicle.Reading{Value: v, At: s.Newest.At}
	}
	return s
}

// daily returns one value a day, while the car is off.
func daily(path string, values ...float64) []telemetry.Row {
	var rows []telemetry.Row
	for n, v := range values {
		rows = append(rows, telemetry.Row{VIN: car, At: noon.AddDate(0, 0, n-len(values)), Signals: telemetry.Signals{
			path: telemetry.Number(v), telemetry.LowVoltageSystemState: telemetry.Text("OFF"),
		}})
	}
	return rows
}

func open(code dtc.Code, s alert.Severity) diagnostic.Record {
	return diagnostic.Record{Fault: dtc.Fault{Code: code}, Severity: s, Description: "Something"}
}

func TestCompose(t *testing.T) {
	left, odometer := int64(2_000_000), int64(10_000_000)
	last := &healthreport.Report{ServiceDistanceM: &left, OdometerM: &odometer}
	number := telemetry.Number
	for name, tc := range map[string]struct {
		facts  healthreport.Facts
		system healthreport.System
		want   healthreport.Status
		says   string
	}{
		"nothing known is unknown":            {healthreport.Facts{}, healthreport.Engine, healthreport.Unknown, ""},
		"a car that is heard and well":        {healthreport.Facts{State: known(nil)}, healthreport.Engine, healthreport.OK, ""},
		"a hot engine":                        {healthreport.Facts{State: known(telemetry.Signals{telemetry.EngineCoolant: number(120)})}, healthreport.Engine, healthreport.Service, "coolant is at 120"},
		"a hot engine of long ago":            {healthreport.Facts{At: noon.AddDate(0, 1, 0), State: known(telemetry.Signals{telemetry.EngineCoolant: number(120)})}, healthreport.Engine, healthreport.Unknown, ""},
		"a grave fault":                       {healthreport.Facts{Faults: []diagnostic.Record{open(0x0301, alert.High)}}, healthreport.Engine, healthreport.Service, "Open fault P0301: something."},
		"a small fault":                       {healthreport.Facts{Faults: []diagnostic.Record{open(0x0301, alert.Low)}}, healthreport.Engine, healthreport.Attention, "P0301"},
		"a fault of the exhaust":              {healthreport.Facts{Faults: []diagnostic.Record{open(0x0420, alert.Medium)}}, healthreport.Emissions, healthreport.Attention, "P0420"},
		"a fault of the chassis":              {healthreport.Facts{Faults: []diagnostic.Record{open(0x4040, alert.Critical)}}, healthreport.Brakes, healthreport.Service, "C0040"},
		"tyres with a placard":                {healthreport.Facts{PlacardKPa: 240, State: known(telemetry.Signals{telemetry.TirePressureRearLeft: number(230)})}, healthreport.Tyres, healthreport.OK, ""},
		"tyres without a placard":             {healthreport.Facts{State: known(telemetry.Signals{telemetry.TirePressureRearLeft: number(100)})}, healthreport.Tyres, healthreport.Unknown, ""},
		"a weak tyre":                         {healthreport.Facts{PlacardKPa: 240, State: known(telemetry.Signals{telemetry.TirePressureRearLeft: number(210)})}, healthreport.Tyres, healthreport.Attention, "rear left tyre has 210 kPa"},
		"a flat tyre":                         {healthreport.Facts{PlacardKPa: 240, State: known(telemetry.Signals{telemetry.TirePressureRearLeft: number(180)})}, healthreport.Tyres, healthreport.Service, "rear left"},
		"a tyre that leaks slowly":            {healthreport.Facts{PlacardKPa: 240, State: known(telemetry.Signals{telemetry.TirePressureRearLeft: number(228)}), Samples: daily(telemetry.TirePressureRearLeft, 240, 236, 232, 228)}, healthreport.Tyres, healthreport.Attention, "loses 4.0 kPa a day"},
		"a tyre that does not":                {healthreport.Facts{PlacardKPa: 240, State: known(telemetry.Signals{telemetry.TirePressureRearLeft: number(238)}), Samples: daily(telemetry.TirePressureRearLeft, 240, 239, 240, 239)}, healthreport.Tyres, healthreport.OK, ""},
		"a good battery":                      {healthreport.Facts{Samples: daily(telemetry.LowVoltageBattery, 12.6, 12.6, 12.6)}, healthreport.Battery, healthreport.OK, ""},
		"an empty battery":                    {healthreport.Facts{Samples: daily(telemetry.LowVoltageBattery, 11.5)}, healthreport.Battery, healthreport.Service, "11.5 V at rest"},
		"a weak battery":                      {healthreport.Facts{Samples: daily(telemetry.LowVoltageBattery, 12.0)}, healthreport.Battery, healthreport.Attention, "12.0 V"},
		"a battery that fades":                {healthreport.Facts{Samples: daily(telemetry.LowVoltageBattery, 12.7, 12.6, 12.5, 12.4)}, healthreport.Battery, healthreport.Attention, "loses 0.10 V a day"},
		"a battery that nobody saw at rest":   {healthreport.Facts{State: known(telemetry.Signals{telemetry.LowVoltageBattery: number(11)})}, healthreport.Battery, healthreport.Unknown, ""},
		"a service that is due by the car":    {healthreport.Facts{State: known(telemetry.Signals{telemetry.IsServiceDue: telemetry.Bool(true)})}, healthreport.Servicing, healthreport.Service, "service is due"},
		"a service that is far away":          {healthreport.Facts{Last: last, State: known(telemetry.Signals{telemetry.TraveledDistance: number(10_500_000)})}, healthreport.Servicing, healthreport.OK, ""},
		"a service that is near by the way":   {healthreport.Facts{Last: last, State: known(telemetry.Signals{telemetry.TraveledDistance: number(11_500_000)})}, healthreport.Servicing, healthreport.Attention, "due in 500 km"},
		"a service that is overdue since":     {healthreport.Facts{Last: last, State: known(telemetry.Signals{telemetry.TraveledDistance: number(12_500_000)})}, healthreport.Servicing, healthreport.Service, "due 500 km ago"},
		"a service that no odometer has seen": {healthreport.Facts{Last: &healthreport.Report{ServiceDistanceM: &left}}, healthreport.Servicing, healthreport.Unknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.facts.At.IsZero() {
				tc.facts.At = noon
			}
			r := healthreport.Compose(tc.facts)
			assert.Equal(t, healthreport.Composed, r.Source)
			assert.Len(t, r.Systems, len(healthreport.Systems()))
			assert.Equal(t, tc.want, r.Systems[tc.system])
			if tc.says == "" {
				assert.Empty(t, r.Findings)
				return
			}
			require.Len(t, r.Findings, 1)
			assert.Equal(t, tc.system, r.Findings[0].System)
			assert.Contains(t, r.Findings[0].Detail, tc.says)
		})
	}
}

// world is a Reporter on memory stores, with an Asker that a test controls.
type world struct {
	reports *memory.HealthReports
	now     time.Time
	log     bytes.Buffer
	asked   []string
	refuse  error
	desk    *healthreport.Reporter
}

func (w *world) AskReport(_ context.Context, _ vin.VIN, reportID, _ string) (string, error) {
	w.asked = append(w.asked, reportID)
	return "command", w.refuse
}

func newWorld() *world {
	w := &world{reports: &memory.HealthReports{}, now: noon}
	w.desk = &healthreport.Reporter{
		Store: w.reports, Cars: &memory.Vehicles{}, Signals: &memory.States{}, Faults: &memory.Diagnostics{}, Samples: &memory.History{}, Asker: w,
		Wait: time.Minute, Now: func() time.Time { return w.now }, NewID: func(at time.Time) string { return alert.ID(at, "new") },
		Log: slog.New(slog.NewJSONHandler(&w.log, nil)),
	}
	return w
}

// sends simulates a car that publishes a report with that id.
func (w *world) sends(t *testing.T, reportID string, at time.Time) {
	t.Helper()
	text := strings.ReplaceAll(strings.Replace(valid+stamps, "2026-11-23T08:00:00.000Z", at.Format(names.TimestampLayout), 1), id, reportID)
	var fields map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &fields))
	require.NoError(t, w.reports.PutSent(t.Context(), fields))
}

func TestTheCarAnswers(t *testing.T) {
	for name, as := range map[string]string{"under the id it was given": alert.ID(noon, "new"), "under an id of its own": id} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			r, err := w.desk.Request(t.Context(), car, "alice")
			require.NoError(t, err)
			assert.Equal(t, healthreport.Pending, r.Progress)
			assert.Equal(t, []string{r.ID}, w.asked)
			again, err := w.desk.Report(t.Context(), car, r.ID)
			require.NoError(t, err)
			assert.Equal(t, healthreport.Pending, again.Progress)

			w.sends(t, as, noon.Add(10*time.Second))
			w.now = noon.Add(time.Hour)
			got, err := w.desk.Report(t.Context(), car, r.ID)
			require.NoError(t, err)
			assert.Equal(t, healthreport.Ready, got.Progress)
			assert.Equal(t, healthreport.ByCar, got.Source)
			assert.Equal(t, r.ID, got.ID)
			assert.Equal(t, int64(12000), *got.OdometerM)
		})
	}
}

func TestASilentCarsReportIsComposedOnce(t *testing.T) {
	w := newWorld()
	w.refuse = errors.New("it is not connected")
	w.sends(t, id, noon.Add(-time.Hour)) // an old report does not answer the request
	r, err := w.desk.Request(t.Context(), car, "alice")
	require.NoError(t, err)
	w.now = noon.Add(59 * time.Second)
	got, err := w.desk.Report(t.Context(), car, r.ID)
	require.NoError(t, err)
	assert.Equal(t, healthreport.Pending, got.Progress)
	w.now = noon.Add(time.Minute)
	got, err = w.desk.Report(t.Context(), car, r.ID)
	require.NoError(t, err)
	assert.Equal(t, healthreport.Composed, got.Source)
	assert.Equal(t, noon, got.RequestedAt)
	w.now = noon.Add(time.Hour)
	again, err := w.desk.Report(t.Context(), car, r.ID)
	require.NoError(t, err)
	assert.Equal(t, got, again)
}

func TestAListLeavesOutWhatIsUnreadableAndSaysSo(t *testing.T) {
	w := newWorld()
	w.sends(t, id, noon)
	require.NoError(t, w.reports.PutSent(t.Context(), map[string]any{"vin": string(car), "reportId": "01KAFK9F00ABCDEFGHJKMNPQRV", "ts": 1}))
	list, err := w.desk.Reports(t.Context(), car, healthreport.Filter{}, paging.Request{})
	require.NoError(t, err)
	assert.Len(t, list.Items, 1)
	assert.Contains(t, w.log.String(), "unreadable health report")
	assert.NotContains(t, w.log.String(), string(car))
}
