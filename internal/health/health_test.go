package health_test

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

	"connectedcar/internal/alert"
	"connectedcar/internal/diagnostic"
	"connectedcar/internal/dtc"
	"connectedcar/internal/health"
	"connectedcar/internal/memory"
	"connectedcar/internal/page"
	"connectedcar/internal/telemetry"
	"connectedcar/internal/telemetry/schema"
	"connectedcar/internal/vehicle"
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
	got, err := health.Decode([]byte(valid + stamps))
	require.NoError(t, err)
	assert.Equal(t, health.Attention, got.Systems[health.Tyres])
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
			_, err := health.Decode([]byte(text + stamps))
			assert.ErrorIs(t, err, health.ErrUnreadable)
		})
	}
	for name, text := range map[string]string{
		"another client's": valid + strings.Replace(stamps, `"clientId":"W`, `"clientId":"X`, 1),
		"another row's":    valid + strings.Replace(stamps, id, "01KAFK9F00ABCDEFGHJKMNPQRT", 1),
		"no JSON":          "{",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := health.Decode([]byte(text))
			assert.ErrorIs(t, err, health.ErrUnreadable)
		})
	}
}

// known is a car that reported those values an hour ago.
func known(signals telemetry.Signals) *vehicle.State {
	s := vehicle.NewState(car)
	s.Newest.At = noon.Add(-time.Hour).UnixMilli()
	for path, v := range signals {
		s.Signals[path] = vehicle.Reading{Value: v, At: s.Newest.At}
	}
	return s
}

// daily is a value a day for so many days, while the car is off.
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
	last := &health.Report{ServiceDistanceM: &left, OdometerM: &odometer}
	number := telemetry.Number
	for name, tc := range map[string]struct {
		facts  health.Facts
		system health.System
		want   health.Status
		says   string
	}{
		"nothing known is unknown":            {health.Facts{}, health.Engine, health.Unknown, ""},
		"a car that is heard and well":        {health.Facts{State: known(nil)}, health.Engine, health.OK, ""},
		"a hot engine":                        {health.Facts{State: known(telemetry.Signals{telemetry.EngineCoolant: number(120)})}, health.Engine, health.Service, "coolant is at 120"},
		"a hot engine of long ago":            {health.Facts{At: noon.AddDate(0, 1, 0), State: known(telemetry.Signals{telemetry.EngineCoolant: number(120)})}, health.Engine, health.Unknown, ""},
		"a grave fault":                       {health.Facts{Faults: []diagnostic.Record{open(0x0301, alert.High)}}, health.Engine, health.Service, "Open fault P0301: something."},
		"a small fault":                       {health.Facts{Faults: []diagnostic.Record{open(0x0301, alert.Low)}}, health.Engine, health.Attention, "P0301"},
		"a fault of the exhaust":              {health.Facts{Faults: []diagnostic.Record{open(0x0420, alert.Medium)}}, health.Emissions, health.Attention, "P0420"},
		"a fault of the chassis":              {health.Facts{Faults: []diagnostic.Record{open(0x4040, alert.Critical)}}, health.Brakes, health.Service, "C0040"},
		"tyres with a placard":                {health.Facts{PlacardKPa: 240, State: known(telemetry.Signals{telemetry.TirePressureRearLeft: number(230)})}, health.Tyres, health.OK, ""},
		"tyres without a placard":             {health.Facts{State: known(telemetry.Signals{telemetry.TirePressureRearLeft: number(100)})}, health.Tyres, health.Unknown, ""},
		"a weak tyre":                         {health.Facts{PlacardKPa: 240, State: known(telemetry.Signals{telemetry.TirePressureRearLeft: number(210)})}, health.Tyres, health.Attention, "rear left tyre has 210 kPa"},
		"a flat tyre":                         {health.Facts{PlacardKPa: 240, State: known(telemetry.Signals{telemetry.TirePressureRearLeft: number(180)})}, health.Tyres, health.Service, "rear left"},
		"a tyre that leaks slowly":            {health.Facts{PlacardKPa: 240, State: known(telemetry.Signals{telemetry.TirePressureRearLeft: number(228)}), Samples: daily(telemetry.TirePressureRearLeft, 240, 236, 232, 228)}, health.Tyres, health.Attention, "loses 4.0 kPa a day"},
		"a tyre that does not":                {health.Facts{PlacardKPa: 240, State: known(telemetry.Signals{telemetry.TirePressureRearLeft: number(238)}), Samples: daily(telemetry.TirePressureRearLeft, 240, 239, 240, 239)}, health.Tyres, health.OK, ""},
		"a good battery":                      {health.Facts{Samples: daily(telemetry.LowVoltageBattery, 12.6, 12.6, 12.6)}, health.Battery, health.OK, ""},
		"an empty battery":                    {health.Facts{Samples: daily(telemetry.LowVoltageBattery, 11.5)}, health.Battery, health.Service, "11.5 V at rest"},
		"a weak battery":                      {health.Facts{Samples: daily(telemetry.LowVoltageBattery, 12.0)}, health.Battery, health.Attention, "12.0 V"},
		"a battery that fades":                {health.Facts{Samples: daily(telemetry.LowVoltageBattery, 12.7, 12.6, 12.5, 12.4)}, health.Battery, health.Attention, "loses 0.10 V a day"},
		"a battery that nobody saw at rest":   {health.Facts{State: known(telemetry.Signals{telemetry.LowVoltageBattery: number(11)})}, health.Battery, health.Unknown, ""},
		"a service that is due by the car":    {health.Facts{State: known(telemetry.Signals{telemetry.IsServiceDue: telemetry.Bool(true)})}, health.Servicing, health.Service, "service is due"},
		"a service that is far away":          {health.Facts{Last: last, State: known(telemetry.Signals{telemetry.TraveledDistance: number(10_500_000)})}, health.Servicing, health.OK, ""},
		"a service that is near by the way":   {health.Facts{Last: last, State: known(telemetry.Signals{telemetry.TraveledDistance: number(11_500_000)})}, health.Servicing, health.Attention, "due in 500 km"},
		"a service that is overdue since":     {health.Facts{Last: last, State: known(telemetry.Signals{telemetry.TraveledDistance: number(12_500_000)})}, health.Servicing, health.Service, "due 500 km ago"},
		"a service that no odometer has seen": {health.Facts{Last: &health.Report{ServiceDistanceM: &left}}, health.Servicing, health.Unknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.facts.At.IsZero() {
				tc.facts.At = noon
			}
			r := health.Compose(tc.facts)
			assert.Equal(t, health.Composed, r.Source)
			assert.Len(t, r.Systems, len(health.Systems()))
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

// world is a desk on memory stores, whose cars do as asker says.
type world struct {
	reports *memory.HealthReports
	now     time.Time
	log     bytes.Buffer
	asked   []string
	refuse  error
	desk    *health.Desk
}

func (w *world) AskReport(_ context.Context, _ vin.VIN, reportID, _ string) (string, error) {
	w.asked = append(w.asked, reportID)
	return "command", w.refuse
}

func newWorld() *world {
	w := &world{reports: &memory.HealthReports{}, now: noon}
	w.desk = &health.Desk{
		Store: w.reports, Cars: &memory.Vehicles{}, Signals: &memory.States{}, Faults: &memory.Diagnostics{}, Samples: &memory.History{}, Asker: w,
		Wait: time.Minute, Now: func() time.Time { return w.now }, NewID: func(at time.Time) string { return alert.ID(at, "new") },
		Log: slog.New(slog.NewJSONHandler(&w.log, nil)),
	}
	return w
}

// sends has the car publish a report under that id.
func (w *world) sends(t *testing.T, reportID string, at time.Time) {
	t.Helper()
	text := strings.ReplaceAll(strings.Replace(valid+stamps, "2026-11-23T08:00:00.000Z", at.Format("2006-01-02T15:04:05.000Z"), 1), id, reportID)
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
			assert.Equal(t, health.Pending, r.Progress)
			assert.Equal(t, []string{r.ID}, w.asked)
			again, err := w.desk.Report(t.Context(), car, r.ID)
			require.NoError(t, err)
			assert.Equal(t, health.Pending, again.Progress)

			w.sends(t, as, noon.Add(10*time.Second))
			w.now = noon.Add(time.Hour)
			got, err := w.desk.Report(t.Context(), car, r.ID)
			require.NoError(t, err)
			assert.Equal(t, health.Ready, got.Progress)
			assert.Equal(t, health.ByCar, got.Source)
			assert.Equal(t, r.ID, got.ID)
			assert.Equal(t, int64(12000), *got.OdometerM)
		})
	}
}

func TestASilentCarsReportIsComposedOnce(t *testing.T) {
	w := newWorld()
	w.refuse = errors.New("it is not connected")
	w.sends(t, id, noon.Add(-time.Hour)) // an old report is no answer
	r, err := w.desk.Request(t.Context(), car, "alice")
	require.NoError(t, err)
	w.now = noon.Add(59 * time.Second)
	got, err := w.desk.Report(t.Context(), car, r.ID)
	require.NoError(t, err)
	assert.Equal(t, health.Pending, got.Progress)
	w.now = noon.Add(time.Minute)
	got, err = w.desk.Report(t.Context(), car, r.ID)
	require.NoError(t, err)
	assert.Equal(t, health.Composed, got.Source)
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
	list, err := w.desk.Reports(t.Context(), car, health.Filter{}, page.Request{})
	require.NoError(t, err)
	assert.Len(t, list.Items, 1)
	assert.Contains(t, w.log.String(), "unreadable health report")
	assert.NotContains(t, w.log.String(), string(car))
}
