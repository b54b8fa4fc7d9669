//go:build integration

package analytics_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/analytics"
)

// python is the interpreter with DuckDB and a parser of Athena's SQL; `make install` installs it.
var python = filepath.Join("..", ".venv", "bin", "python")

// asOf is the day from which the queries look back; the fixture's rows are of the day before.
var asOf = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

type row map[string]any

// fixture is a small lake, built row by row.
type fixture struct{ rows []row }

// add adds a reading of a car, at that second after noon of the day before asOf.
func (f *fixture) add(vin string, second int, signal string, value any) {
	at := asOf.AddDate(0, 0, -1).Add(12*time.Hour + time.Duration(second)*time.Second)
	r := row{
		"vin": vin, "message_id": fmt.Sprintf("%s-%d", vin, second), "ts": at.Format("2006-01-02 15:04:05"), "signal": signal, "quality": "good",
		"make": "Acme", "model": "Comet", "model_year": 2026, "powertrain": "COMBUSTION", "day": at.Format(time.DateOnly), "hour": at.Format("15"),
	}
	switch value.(type) {
	case float64:
		r["num"] = value
	case string:
		r["str"] = value
	}
	f.rows = append(f.rows, r)
}

// repeat adds the last row again, like a message that was delivered twice.
func (f *fixture) repeat() { f.rows = append(f.rows, f.rows[len(f.rows)-1]) }

// change sets a column of the last row.
func (f *fixture) change(column string, value any) {
	f.rows[len(f.rows)-1][column] = value
}

type answer struct {
	Columns []string
	Rows    [][]*string
}

// cell returns a value of the answer; numbers are rounded to a millionth.
func (a answer) cell(t *testing.T, line int, column string) string {
	t.Helper()
	for n, name := range a.Columns {
		if name != column {
			continue
		}
		require.Greater(t, len(a.Rows), line)
		v := a.Rows[line][n]
		if v == nil {
			return "NULL"
		}
		if f, err := strconv.ParseFloat(*v, 64); err == nil {
			return strconv.FormatFloat(float64(int64(f*1e6+0.5*sign(f)))/1e6, 'f', -1, 64)
		}
		return *v
	}
	t.Fatalf("no column %s in %v", column, a.Columns)
	return ""
}

func sign(f float64) float64 {
	if f < 0 {
		return -1
	}
	return 1
}

// ask runs the queries on the fixture, after checking their SQL against Athena's grammar.
func (f *fixture) ask(t *testing.T, queries map[string]string) map[string]answer {
	t.Helper()
	if _, err := os.Stat(python); os.IsNotExist(err) {
		t.Skip("the questions are not asked: there is no .venv; `make install` makes it")
	}
	var columns [][2]string
	for _, c := range append(analytics.Columns(), analytics.Partitions()...) {
		columns = append(columns, [2]string{c.Name, c.Type})
	}
	in, err := json.Marshal(map[string]any{"columns": columns, "rows": f.rows, "queries": queries})
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), python, "queries_check.py")
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	var got map[string]answer
	require.NoError(t, json.Unmarshal(out, &got))
	return got
}

func named() map[string]string {
	out := map[string]string{}
	for _, q := range analytics.Queries() {
		out[q.Name] = q.On(asOf)
	}
	return out
}

const battery, speed, odometer = "Vehicle.LowVoltageBattery.CurrentVoltage", "Vehicle.Speed", "Vehicle.TraveledDistance"

func TestQuestionsAreAthenasAndDuckDBsWithKnownAnswers(t *testing.T) {
	var f fixture
	for n, kmh := range []float64{0, 30, 60} {
		f.add("A", 10*n, speed, kmh)
		f.add("A", 10*n, odometer, 1000+100*float64(n))
	}
	f.repeat() // a message that was delivered twice counts once
	f.add("A", 30, battery, 12.4)
	f.add("A", 40, battery, 11.9)
	f.add("A", 50, "Vehicle.Diagnostics.DTCList", "P0301,U0100")
	f.add("B", 0, "Vehicle.Diagnostics.DTCList", "P0301")
	f.add("C", 0, speed, 5.0)
	f.add("C", 1, speed, 999.0)
	f.change("quality", "implausible")
	f.add("C", 2, speed, 999.0)
	f.change("day", "2026-11-24") // today, which is not over yet, is not included
	for n := range 5 {
		v := fmt.Sprint("H", n) // five cars brake at one place, and one at another place
		f.harsh(v, 48.137, 11.575, -5, 0)
	}
	f.harsh("H9", 50, 8, 0, 4.5)

	got := f.ask(t, named())
	require.Len(t, got, 6)

	day := got["daily_vehicle_summary"]
	for column, want := range map[string]string{
		"vin": "A", "make": "Acme", "messages": "6", "distance_m": "200", "max_speed_kmh": "60", "moving_speed_kmh": "45", "min_battery_v": "11.9",
		"max_coolant_c": "NULL", "first_seen": "2026-11-23 12:00:00", "last_seen": "2026-11-23 12:00:50",
	} {
		assert.Equal(t, want, day.cell(t, 0, column), column)
	}
	assert.Equal(t, "C", day.cell(t, 2, "vin"))
	assert.Equal(t, "5", day.cell(t, 2, "max_speed_kmh"), "neither implausible values nor another day's")

	codes := got["dtc_frequency_by_model"]
	require.Len(t, codes.Rows, 2)
	assert.Equal(t, "P0301", codes.cell(t, 0, "code"))
	assert.Equal(t, "2", codes.cell(t, 0, "vehicles"))
	assert.Equal(t, "9", codes.cell(t, 0, "vehicles_of_model"))
	assert.Equal(t, "0.222222", codes.cell(t, 0, "share"))
	assert.Equal(t, "U0100", codes.cell(t, 1, "code"))

	places := got["harsh_driving_map"]
	require.Len(t, places.Rows, 1, "fewer than five cars are left out")
	for column, want := range map[string]string{
		"latitude": "48.14", "longitude": "11.58", "vehicles": "5", "harsh_braking": "5", "harsh_acceleration": "0", "harsh_cornering": "0",
	} {
		assert.Equal(t, want, places.cell(t, 0, column), column)
	}
	assert.Equal(t, "A", got["battery_health_trend"].cell(t, 0, "vin"))
	assert.Equal(t, "11.9", got["battery_health_trend"].cell(t, 0, "min_voltage_v"))

	training := got["training_set"]
	assert.Equal(t, "1", training.cell(t, 0, "vehicle"))
	assert.Equal(t, "2026-11-23 12:00:00", training.cell(t, 0, "minute"))
	assert.Equal(t, "30", training.cell(t, 0, "speed_kmh"))
	assert.Equal(t, "12.15", training.cell(t, 0, "battery_v"))
}

// on moves the last row to that number of days before asOf.
func (f *fixture) on(daysBefore int) {
	day := asOf.AddDate(0, 0, -daysBefore)
	f.change("day", day.Format(time.DateOnly))
	f.change("ts", day.Add(12*time.Hour).Format("2006-01-02 15:04:05"))
}

// TestSlowDriftsSayWhenALimitIsMet queries 40 days of cars that age, of a healthy car, and of one with too few days.
func TestSlowDriftsSayWhenALimitIsMet(t *testing.T) {
	const health, tyre = "Vehicle.Powertrain.TractionBattery.StateOfHealth", "Vehicle.Chassis.Axle.Row2.Wheel.Left.Tire.Pressure"
	noise := rand.New(rand.NewPCG(1, 2)) // a fixed seed, for reproducible results
	var f fixture
	voltage := map[int]float64{}
	for n := 40; n >= 1; n-- {
		f.add("AGEING", 0, battery, 12.0+0.01*float64(n)) // 12.0 V on asOf, decreasing by 0.01 V a day
		if n == 20 || n == 21 {
			f.change("num", 9.0) // two outliers
		}
		f.on(n)
		f.add("AGEING", 0, battery, 14.2) // voltage while driving, which does not count
		f.on(n)
		f.add("HEALTHY", 0, battery, 12.5+0.1*noise.NormFloat64())
		f.on(n)
		voltage[-n] = 12.1 + 0.008*float64(n) + 0.02*noise.NormFloat64()
		f.add("NOISY", 0, battery, voltage[-n])
		f.on(n)
		f.add("ELECTRIC", 0, health, 72+0.02*float64(n))
		f.on(n)
		f.add("PUNCTURED", 0, tyre, 190+float64(n))
		f.on(n)
		f.add("BRAKED", 0, "Vehicle.Chassis.Brake.PedalPosition", 20.0)
		f.on(n)
		f.add("BRAKED", 0, "Vehicle.Acceleration.Longitudinal", -20*(0.08+0.001*float64(n)))
		f.on(n)
		if n < 14 {
			f.add("NEW", 0, battery, 12.0+0.01*float64(n))
			f.on(n)
		}
	}
	got := f.ask(t, map[string]string{"slow_drifts": named()["slow_drifts"]})["slow_drifts"]
	require.Len(t, got.Rows, 5, "neither the healthy car nor the new one")
	for line, want := range []map[string]string{
		{"vin": "BRAKED", "measure": "brake response", "level": "0.08", "bound": "0.084", "limit_on": "2026-11-24"},
		{"vin": "PUNCTURED", "measure": "rear left tyre pressure", "level": "190", "slope_a_week": "-7", "limit_on": "2026-11-30", "earliest_on": "2026-11-30", "latest_on": "2026-11-30"},
		{"vin": "AGEING", "level": "12", "slope_a_week": "-0.07", "limit_on": "2026-12-14"},
		{"vin": "NOISY"},
		{"vin": "ELECTRIC", "measure": "health of the traction battery", "level": "72", "slope_a_week": "-0.14", "bound": "70", "limit_on": "2027-03-04"},
	} {
		for column, value := range want {
			assert.Equal(t, value, got.cell(t, line, column), "%s of line %d", column, line)
		}
	}
	slope, low, high := theilSen(voltage)
	for column, want := range map[string]float64{"slope_a_week": 7 * slope, "steepest_a_week": 7 * low, "flattest_a_week": 7 * high} {
		v, err := strconv.ParseFloat(got.cell(t, 3, column), 64)
		require.NoError(t, err)
		assert.InDelta(t, want, v, 1e-5, column)
	}
	assert.Less(t, got.cell(t, 3, "earliest_on"), got.cell(t, 3, "limit_on"))
	assert.Less(t, got.cell(t, 3, "limit_on"), got.cell(t, 3, "latest_on"))
}

// theilSen returns the median slope and its 95 % confidence interval (Sen, "Estimates of the Regression Coefficient Based on Kendall's
// Tau", 1968).
func theilSen(y map[int]float64) (slope, low, high float64) {
	var all []float64
	for a := range y {
		for b := range y {
			if a < b {
				all = append(all, (y[b]-y[a])/float64(b-a))
			}
		}
	}
	slices.Sort(all)
	days, n := float64(len(y)), float64(len(all))
	c := 1.96 * math.Sqrt(days*(days-1)*(2*days+5)/18)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2, all[int((n-c)/2)-1], all[int(math.Ceil((n+c)/2))]
}

// TestSamplesAreOfSomeCarsOfEachModel queries two of three cars of one model, and the only car of another.
func TestSamplesAreOfSomeCarsOfEachModel(t *testing.T) {
	var f fixture
	for _, v := range []string{"A3", "B2", "C1"} {
		f.add(v, 20, battery, 12.4)
		f.add(v, 10, "Vehicle.LowVoltageSystemState", "ON")
		f.add(v, 10, speed, 30.0)
	}
	f.add("D9", 0, battery, 12.6)
	f.change("powertrain", "ELECTRIC")
	f.add("C1", 0, battery, 13.0)
	f.change("day", "2026-11-24") // outside the queried days
	sql := analytics.Samples([]string{battery, "Vehicle.LowVoltageSystemState"}, asOf.AddDate(0, 0, -7), asOf, 2)
	got := f.ask(t, map[string]string{"samples": sql})["samples"]
	require.Len(t, got.Rows, 5)
	for n, want := range []string{"B2", "B2", "C1", "C1", "D9"} {
		assert.Equal(t, want, got.cell(t, n, "vin"))
	}
	assert.Equal(t, "2026-11-23 12:00:10", got.cell(t, 0, "ts"))
	assert.Equal(t, "ON", got.cell(t, 0, "str"))
	assert.Equal(t, "12.4", got.cell(t, 1, "num"))
}

// harsh adds one sample with a position and accelerations.
func (f *fixture) harsh(vin string, latitude, longitude, ahead, sideways float64) {
	for signal, v := range map[string]float64{
		"Vehicle.CurrentLocation.Latitude": latitude, "Vehicle.CurrentLocation.Longitude": longitude,
		"Vehicle.Acceleration.Longitudinal": ahead, "Vehicle.Acceleration.Lateral": sideways,
	} {
		f.add(vin, 0, signal, v)
	}
}

// TestTheBatteryTrendIsOfDays queries three days of one car whose battery ages.
func TestTheBatteryTrendIsOfDays(t *testing.T) {
	var f fixture
	for n, volt := range []float64{12.6, 12.3, 12.0} {
		day := asOf.AddDate(0, 0, n-3).Format(time.DateOnly)
		f.add("A", 0, battery, volt)
		f.change("day", day)
		f.add("A", 0, "Vehicle.Powertrain.TractionBattery.StateOfHealth", 98-float64(n))
		f.change("day", day)
	}
	got := f.ask(t, map[string]string{"battery_health_trend": named()["battery_health_trend"]})["battery_health_trend"]
	require.Len(t, got.Rows, 3)
	assert.Equal(t, "12.3", got.cell(t, 2, "week_voltage_v"))
	assert.Equal(t, "-2", got.cell(t, 2, "health_change_percent"))
}

// TestTheCheckFindsWhatIsWrong runs the check on invalid queries.
func TestTheCheckFindsWhatIsWrong(t *testing.T) {
	if _, err := os.Stat(python); os.IsNotExist(err) {
		t.Skip("the check is not tried: there is no .venv; `make install` makes it")
	}
	for name, tc := range map[string]struct{ sql, want string }{
		"what is no SQL":                {"SELECT FROM WHERE", "not Athena's SQL"},
		"a column that there is not":    {"SELECT colour FROM telemetry", "not Athena's SQL"},
		"what Athena alone understands": {"SELECT approx_percentile(num, 0.5) AS p FROM telemetry", "DuckDB refuses it"},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := json.Marshal(map[string]any{"columns": [][2]string{{"num", "double"}}, "rows": []row{{"num": 1}}, "queries": map[string]string{"q": tc.sql}})
			require.NoError(t, err)
			cmd := exec.CommandContext(t.Context(), python, "queries_check.py")
			cmd.Stdin = bytes.NewReader(in)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			require.Error(t, cmd.Run())
			assert.Contains(t, stderr.String(), tc.want)
		})
	}
}
