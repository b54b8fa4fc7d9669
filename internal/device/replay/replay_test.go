package replay_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/replay"
	"connectedcar/internal/domain/telemetry"
)

func read(t *testing.T, text string) *replay.Log {
	t.Helper()
	log, err := replay.Read(strings.NewReader(text), replay.Options{})
	require.NoError(t, err)
	return log
}

// num returns a signal of the n-th sample of the first car.
func num(t *testing.T, log *replay.Log, n int, path string) float64 {
	t.Helper()
	require.NotEmpty(t, log.Cars)
	require.Greater(t, len(log.Cars[0].Samples), n)
	f, ok := log.Cars[0].Samples[n].Signals[path].Number()
	if !ok {
		return math.NaN()
	}
	return f
}

func TestColumnsAreRecognisedByTheNamesOfLoggers(t *testing.T) {
	for name, tc := range map[string]struct {
		header, value, path string
		want                float64
	}{
		"Torque's speed with source and unit":              {"Speed (OBD)(km/h)", "45.3", telemetry.Speed, 45.3},
		"Torque's GPS speed in metres a second":            {"GPS Speed (Meters/second)", "10", telemetry.Speed, 36},
		"Torque's coolant":                                 {"Engine Coolant Temperature(°C)", "91", telemetry.EngineCoolant, 91},
		"Torque's voltage":                                 {"Voltage (Control Module)(V)", "14.1", telemetry.LowVoltageBattery, 14.1},
		"Car Scanner's brackets":                           {"[ECU] Vehicle speed", "", telemetry.Speed, math.NaN()},
		"OBD Fusion's miles":                               {"Vehicle speed (MPH)", "60", telemetry.Speed, 96.56064},
		"OBD Auto Doctor's square brackets":                {"Engine RPM [rpm]", "810", telemetry.EngineSpeed, 810},
		"upper case with underscores":                      {"ENGINE_COOLANT_TEMP", "88", telemetry.EngineCoolant, 88},
		"a unit as the last word":                          {"coolant_temp_f", "212", telemetry.EngineCoolant, 100},
		"Fahrenheit in the header":                         {"Coolant (°F)", "32", telemetry.EngineCoolant, 0},
		"a unit in the cell":                               {"Speed", "45.3 km/h", telemetry.Speed, 45.3},
		"a unit in the cell against the header":            {"Speed (km/h)", "10 mph", telemetry.Speed, 16.09344},
		"a percent sign in the cell":                       {"Throttle position", "36.8%", telemetry.EngineThrottle, 36.8},
		"pounds a square inch":                             {"Intake manifold pressure (psi)", "14.5", telemetry.EngineMAP, 99.9739807509},
		"kilograms an hour":                                {"MAF (kg/h)", "36", telemetry.EngineMAF, 10},
		"an odometer in kilometres by default":             {"Odometer", "12345.6", telemetry.TraveledDistance, 12345600},
		"an odometer in miles":                             {"Odometer (mi)", "10", telemetry.TraveledDistance, 16093.44},
		"a VSS path in its own unit":                       {"Vehicle.TraveledDistance", "42", telemetry.TraveledDistance, 42},
		"a tyre, British":                                  {"Tyre pressure front left (bar)", "2.4", telemetry.TirePressureFrontLeft, 240},
		"a number of trouble codes in words":               {"DTC_NUMBER", "MIL is OFF0 codes", telemetry.DTCCount, 0},
		"a unit that measures something else is not taken": {"Speed (V)", "12", telemetry.Speed, math.NaN()},
	} {
		t.Run(name, func(t *testing.T) {
			log := read(t, "Fuel level\t"+tc.header+"\n50\t"+tc.value+"\n")
			got := num(t, log, 0, tc.path)
			if math.IsNaN(tc.want) {
				assert.True(t, math.IsNaN(got), "%v", got)
				return
			}
			assert.InDelta(t, tc.want, got, 1e-9)
		})
	}
}

func TestDelimiterAndDecimalMark(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want float64
	}{
		"comma and point":                           {"Speed,RPM\n12.5,800\n", 12.5},
		"semicolon and comma":                       {"Speed;RPM\n12,5;800\n", 12.5},
		"tab and comma":                             {"Speed\tRPM\n12,5\t800\n", 12.5},
		"bar and point":                             {"Speed|RPM\n12.5|800\n", 12.5},
		"comma in quotes":                           {"\"Speed\",\"RPM\"\n\"12,5\",\"800\"\n", 12.5},
		"thousands with a point before the comma":   {"RPM;Speed\n1.234,5;12,5\n", 12.5},
		"a named separator as for Excel":            {"sep=;\nSpeed;RPM\n12,5;800\n", 12.5},
		"one column only":                           {"Speed\n12.5\n", 12.5},
		"an apostrophe between thousands":           {"Speed;RPM\n12.5;1'234\n", 12.5},
		"a byte order mark":                         {"\ufeffSpeed;RPM\n12,5;800\n", 12.5},
		"carriage returns":                          {"Speed;RPM\r\n12,5;800\r\n", 12.5},
		"a delimiter at the end of every row":       {"Speed;RPM;\n12,5;800;\n", 12.5},
		"comments before the header":                {"# StartTime = 05/04/2026\n# made by a logger\nSpeed,RPM\n12.5,800\n", 12.5},
		"a column with its own mark beside another": {"Altitude;Speed\n42.0;12,5\n43.5;13,5\n44,5;14,5\n", 12.5},
	} {
		t.Run(name, func(t *testing.T) {
			assert.InDelta(t, tc.want, num(t, read(t, tc.text), 0, telemetry.Speed), 1e-9)
		})
	}
}

func TestThousandsAreToldFromDecimals(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want float64
	}{
		"a point groups where commas are decimal":     {"RPM;Speed\n1.234,0;1,5\n2.345,5;2,5\n", 1234},
		"a point groups without decimals of its own":  {"RPM;Speed\n1.234;1,5\n2.345;2,5\n", 1234},
		"a point is decimal where others are too":     {"RPM;Speed\n1.234;1.5\n2.34;2.5\n", 1.234},
		"a comma groups in a file of decimal points":  {"RPM\tSpeed\n1,234\t1.5\n2,345\t2.5\n", 1234},
		"a comma is decimal in a file of such commas": {"RPM;Speed\n1,234;1,5\n2,345;2,5\n", 1.234},
	} {
		t.Run(name, func(t *testing.T) {
			assert.InDelta(t, tc.want, num(t, read(t, tc.text), 0, telemetry.EngineSpeed), 1e-9)
		})
	}
}

func TestTimesInTheirUsualForms(t *testing.T) {
	want := time.Date(2026, 5, 4, 7, 30, 15, 250e6, time.UTC)
	second := time.Date(2026, 5, 4, 7, 30, 15, 0, time.UTC)
	for name, tc := range map[string]struct {
		text string
		want time.Time
	}{
		"RFC 3339":                     {"2026-05-04T07:30:15.250Z", want},
		"with an offset":               {"2026-05-04T09:30:15.250+02:00", want},
		"without a zone":               {"2026-05-04 07:30:15.250", want},
		"with a decimal comma":         {"2026-05-04 07:30:15,250", want},
		"Torque's device time":         {"04-May-2026 07:30:15.250", want},
		"Torque's GPS time":            {"Mon May 04 09:30:15 GMT+02:00 2026", second},
		"with points":                  {"04.05.2026 07:30:15.250", want},
		"seconds since 1970":           {"1777879815", second},
		"fractions of seconds":         {"1777879815.25", want},
		"milliseconds since 1970":      {"1777879815250", want},
		"microseconds since 1970":      {"1777879815250000", want},
		"scientific, but whole":        {"1.777879815250E12", want},
		"the day first, by its number": {"14/05/2026 07:30:15", time.Date(2026, 5, 14, 7, 30, 15, 0, time.UTC)},
		"the month first":              {"5/4/2026 7:30:15 AM", second},
		"words":                        {"May 4, 2026 7:30:15 AM", second},
	} {
		t.Run(name, func(t *testing.T) {
			log := read(t, "Time\tSpeed\n"+tc.text+"\t50\n"+tc.text+"\t51\n")
			require.True(t, log.Cars[0].Absolute, "%v", log.Report.Notes)
			assert.Equal(t, tc.want, time.Unix(0, int64(log.Cars[0].Samples[0].At)).UTC())
		})
	}
	t.Run("the day first, as where semicolons separate", func(t *testing.T) {
		log := read(t, "Time;Speed\n04/05/2026 07:30:15;50\n")
		assert.Equal(t, second, time.Unix(0, int64(log.Cars[0].Samples[0].At)).UTC())
	})
	t.Run("date and time in two columns", func(t *testing.T) {
		log := read(t, "Date,Time,Speed\n2026-05-04,07:30:15,50\n")
		assert.Equal(t, second, time.Unix(0, int64(log.Cars[0].Samples[0].At)).UTC())
	})
}

func offsets(c replay.Car) []time.Duration {
	var out []time.Duration
	for _, s := range c.Samples {
		out = append(out, s.At)
	}
	return out
}

func seconds(s ...int) []time.Duration {
	var out []time.Duration
	for _, n := range s {
		out = append(out, time.Duration(n)*time.Second)
	}
	return out
}

func TestWithoutTimeOfTheCalendar(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want []time.Duration
	}{
		"seconds since the start":                               {"Time (sec),Speed\n10.0,1\n12.0,2\n15,3\n", seconds(0, 2, 5)},
		"a small number is no time of the calendar":             {"Time,Speed\n0,1\n2,2\n", seconds(0, 2)},
		"a clock without a date":                                {"Time,Speed\n07:30:00,1\n07:30:04,2\n", seconds(0, 4)},
		"run time where the time has lost its precision":        {"TIME;ENGINE_RUNTIME;SPEED\n1,51E+12;00:45:33;1\n1,51E+12;00:45:37;2\n", seconds(0, 4)},
		"a gap in run time is filled with the usual step":       {"ENGINE_RUNTIME;SPEED\n00:00:10;1\n;2\n00:00:18;3\n00:00:22;4\n", seconds(0, 4, 8, 12)},
		"run time that begins anew goes on":                     {"ENGINE_RUNTIME;SPEED\n00:10:00;1\n00:10:04;2\n00:00:02;3\n00:00:06;4\n", seconds(0, 4, 8, 12)},
		"the interval where there is no time at all":            {"SPEED;RPM\n1;1\n2;1\n3;1\n", seconds(0, 1, 2)},
		"the interval where the time has lost its precision":    {"TIME;SPEED\n1,51E+12;1\n1,51E+12;2\n", seconds(0, 1)},
		"rows before the first time are counted back from it":   {"ENGINE_RUNTIME;SPEED\n;1\n00:00:08;2\n00:00:12;3\n", seconds(-4, 0, 4)},
		"rows out of order are put in order by seconds of time": {"Time (sec),Speed\n10,1\n14,2\n12,3\n", seconds(0, 2, 4)},
	} {
		t.Run(name, func(t *testing.T) {
			log := read(t, tc.text)
			require.False(t, log.Cars[0].Absolute)
			assert.Equal(t, tc.want, offsets(log.Cars[0]))
		})
	}
}

func TestEveryRowLeftOutIsCountedWithItsReasonAndLine(t *testing.T) {
	log := read(t, "Vehicle;Speed;RPM\n"+ // line 1
		"a;50;800\n"+
		"a;50\n"+ // line 3: fewer fields
		"a;50;800;1\n"+ // line 4: more fields
		"a;;\n"+ // line 5: no value
		";50;800\n"+ // line 6: no vehicle
		"Vehicle;Speed;RPM\n"+ // line 7: repeated header
		"a;\"50;800\n"+ // line 8: open quote
		"a;999;800\n"+ // line 9: valid, but one value out of range
		"b;fast;800\n") // line 10: valid, but one value is no number
	r := log.Report
	assert.Equal(t, 9, r.Rows)
	assert.Equal(t, 3, r.Valid)
	assert.Equal(t, 6, r.SkippedRows())
	for reason, line := range map[string]int{
		"fewer fields than the header": 3, "more fields than the header": 4, "no value in a recognised column": 5,
		"no vehicle named": 6, "header repeated": 7, "quotation mark not closed": 8,
	} {
		assert.Equal(t, replay.Lines{Count: 1, First: []int{line}}, r.Skipped[reason], reason)
	}
	assert.Equal(t, []int{9}, r.Dropped["Speed: out of range"].First)
	assert.Equal(t, []int{10}, r.Dropped["Speed: not a number"].First)
	require.Len(t, log.Cars, 2)
	assert.Equal(t, "a", log.Cars[0].Label)
	assert.Len(t, log.Cars[0].Samples, 2)

	var text bytes.Buffer
	require.NoError(t, r.Print(&text))
	assert.Contains(t, text.String(), "rows read 9, valid 3, skipped 6")
	assert.Contains(t, text.String(), "1 rows left out: no vehicle named (line 6)")
}

func TestLogsOfWhichNothingCanBeRead(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"an empty file":        {"", "the file is empty"},
		"only a header":        {"Speed;RPM\n", "no rows"},
		"unknown columns only": {"ord;aqui\n1;2\n", `no known column among "ord, aqui"; recognised are, in any spelling and with units:`},
		"only a vehicle":       {"Vehicle;Time\na;1\n", "no known column"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := replay.Read(strings.NewReader(tc.text), replay.Options{})
			require.ErrorContains(t, err, tc.want)
			assert.NotContains(t, err.Error(), "\n", "one line")
		})
	}
}

func TestTroubleCodes(t *testing.T) {
	for name, tc := range map[string]struct {
		cell string
		want []string
	}{
		"written out":                         {"P0301, U0100", []string{"P0301", "U0100"}},
		"the answer of service 03 with none":  {"4300", []string{}},
		"the answer of service 03 with codes": {"43 02 03 01 C1 00", []string{"P0301", "U0100"}},
		"none":                                {"0", []string{}},
		"a count that does not fit":           {"4301", nil},
		"something else":                      {"hello", nil},
	} {
		t.Run(name, func(t *testing.T) {
			log := read(t, "Speed;TROUBLE_CODES\n1;"+tc.cell+"\n")
			got, ok := log.Cars[0].Samples[0].Signals[telemetry.DTCList].Texts()
			assert.Equal(t, tc.want != nil, ok)
			if tc.want != nil {
				assert.Equal(t, tc.want, got)
			}
		})
	}
}

// broken writes a coordinate like a spreadsheet that takes the decimal point for a thousands separator.
func broken(f float64) string {
	digits := strings.TrimRight(strings.Replace(fmt.Sprintf("%.8f", math.Abs(f)), ".", "", 1), "0")
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	text := strings.Join(append([]string{digits}, groups...), ".")
	if f < 0 {
		return "-" + text
	}
	return text
}

// drive returns a log of a car that drives in a circle. write formats the coordinates.
func drive(lat, lon float64, kmh float64, write func(float64) string) string {
	var b strings.Builder
	b.WriteString("ENGINE_RUNTIME;LATITUDE;LONGITUDE;SPEED\n")
	heading := 0.3
	for i := range 60 {
		fmt.Fprintf(&b, "00:%02d:%02d;%s;%s;%.0f\n", i*4/60, i*4%60, write(lat), write(lon), kmh)
		metres := kmh / 3.6 * 4
		lat += metres * math.Cos(heading) / 111_195
		lon += metres * math.Sin(heading) / 111_195 / math.Cos(lat*math.Pi/180)
		heading += 0.11
	}
	return b.String()
}

func TestPositionsWithoutDecimalPointAreRepairedByTheCarsSpeed(t *testing.T) {
	for name, at := range map[string][2]float64{
		"one digit and two":   {-5.83206639, -35.20573159},
		"two digits and two":  {48.76300012, 11.42000034},
		"two and three":       {35.68100017, 139.76700023},
		"one digit and one":   {5.60300011, 0.18700019 + 1},
		"the southern summer": {-33.45600013, -70.64800021},
	} {
		t.Run(name, func(t *testing.T) {
			log := read(t, drive(at[0], at[1], 50, broken))
			assert.Equal(t, 60, log.Report.Repaired, "%v %v", log.Report.Notes, log.Report.Dropped)
			assert.InDelta(t, at[0], num(t, log, 0, telemetry.Latitude), 1e-7)
			assert.InDelta(t, at[1], num(t, log, 0, telemetry.Longitude), 1e-7)
		})
	}
}

func TestPositionsThatCannotBeRepairedAreLeftOutAndCounted(t *testing.T) {
	t.Run("the car stands", func(t *testing.T) {
		log := read(t, drive(48.76300012, 11.42000034, 0, broken))
		assert.Equal(t, 60, log.Report.Valid)
		assert.Zero(t, log.Report.Repaired)
		assert.Equal(t, 60, log.Report.Dropped["LATITUDE: decimal point lost, and where it was is not clear"].Count)
		assert.NotContains(t, log.Cars[0].Samples[0].Signals, telemetry.Latitude)
	})
	t.Run("the speed is that of another drive", func(t *testing.T) {
		text := strings.ReplaceAll(drive(48.76300012, 11.42000034, 50, broken), ";50\n", ";21\n")
		assert.Zero(t, read(t, text).Report.Repaired)
	})
}

func TestOrdinaryPositionsStayAsTheyAre(t *testing.T) {
	log := read(t, drive(48.763, 11.42, 50, func(f float64) string { return fmt.Sprintf("%.6f", f) }))
	assert.Zero(t, log.Report.Repaired)
	assert.InDelta(t, 48.763, num(t, log, 0, telemetry.Latitude), 1e-9)
	log = read(t, "Latitude,Longitude,Speed\n0,0,10\n91,11,10\n48.1,,10\n")
	assert.Equal(t, 1, log.Report.Dropped["Latitude: 0, 0 is no position"].Count)
	assert.Equal(t, 1, log.Report.Dropped["Latitude: out of range"].Count)
	for _, s := range log.Cars[0].Samples {
		assert.NotContains(t, s.Signals, telemetry.Latitude)
		assert.NotContains(t, s.Signals, telemetry.Longitude)
	}
}

func TestOneValueARowIsPutTogether(t *testing.T) {
	log := read(t, "SECONDS;PID;VALUE;UNITS\n"+
		"10.0;Vehicle speed;50;km/h\n10.1;Engine RPM;1800;rpm\n10.2;Engine coolant temperature;88;°C\n"+
		"11.0;Vehicle speed;52;km/h\n11.1;Engine RPM;1850;rpm\n")
	assert.Equal(t, 2, log.Report.Valid)
	assert.InDelta(t, 1800, num(t, log, 0, telemetry.EngineSpeed), 0)
	assert.InDelta(t, 52, num(t, log, 1, telemetry.Speed), 0)
	assert.Equal(t, seconds(0, 1), offsets(log.Cars[0]))
}

func TestOfTwoColumnsForOneSignalTheBetterWithAValueIsTaken(t *testing.T) {
	log := read(t, "GPS Speed (km/h),Speed (OBD)(km/h)\n48,50\n49,-\n")
	assert.InDelta(t, 50, num(t, log, 0, telemetry.Speed), 0)
	assert.InDelta(t, 49, num(t, log, 1, telemetry.Speed), 0)
}

func TestOtherEncodings(t *testing.T) {
	text := "Coolant (°F);Speed\n212;50\n"
	utf := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(text)) {
		utf = binary.LittleEndian.AppendUint16(utf, u)
	}
	latin := []byte(strings.Replace(text, "°", "\xb0", 1))
	for name, raw := range map[string][]byte{"UTF-16": utf, "Latin-1": latin} {
		t.Run(name, func(t *testing.T) {
			log, err := replay.Read(bytes.NewReader(raw), replay.Options{})
			require.NoError(t, err)
			assert.InDelta(t, 100, num(t, log, 0, telemetry.EngineCoolant), 1e-9)
		})
	}
}

func TestTheExampleOfTheRepository(t *testing.T) {
	f, err := os.Open("../../../examples/obd-log.csv")
	require.NoError(t, err)
	defer f.Close() // closing cannot fail the test
	log, err := replay.Read(f, replay.Options{})
	require.NoError(t, err)
	assert.Equal(t, 240, log.Report.Rows)
	assert.Equal(t, 237, log.Report.Valid)
	require.Len(t, log.Cars, 2)
	for _, c := range log.Cars {
		for _, s := range c.Samples {
			for path, v := range s.Signals {
				known, ok := telemetry.Lookup(path)
				require.True(t, ok, path)
				require.True(t, known.Plausible(v), "line %d: %s", s.Line, path)
			}
		}
	}
}

// FuzzRead checks that, for every file, each row is either valid or counted as skipped, and each value is valid for the platform.
func FuzzRead(f *testing.F) {
	example, err := os.ReadFile("../../../examples/obd-log.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example[:2000])
	f.Add([]byte("SECONDS;PID;VALUE;UNITS\n10.0;Vehicle speed;50;km/h\n10.1;Engine RPM;1800;rpm\n"))
	f.Add([]byte(drive(48.76300012, 11.42000034, 50, broken)))
	f.Add([]byte("TIME;ENGINE_RUNTIME;SPEED\n1,51E+12;00:45:33;1\n\"a;b\n"))
	f.Add([]byte("\xff\xfeS\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		log, err := replay.Read(bytes.NewReader(raw), replay.Options{})
		if err != nil {
			return
		}
		samples := 0
		for _, c := range log.Cars {
			samples += len(c.Samples)
			for i, s := range c.Samples {
				if i > 0 && s.At < c.Samples[i-1].At {
					t.Fatalf("line %d is before line %d", s.Line, c.Samples[i-1].Line)
				}
				for path, v := range s.Signals {
					known, ok := telemetry.Lookup(path)
					if f, isNumber := v.Number(); !ok || !known.Plausible(v) || isNumber && (math.IsNaN(f) || math.IsInf(f, 0)) {
						t.Fatalf("line %d: %s = %v", s.Line, path, v)
					}
				}
			}
		}
		if r := log.Report; samples != r.Valid || r.Valid+r.SkippedRows() != r.Rows {
			t.Fatalf("%d rows, %d valid, %d skipped, %d samples", r.Rows, r.Valid, r.SkippedRows(), samples)
		}
	})
}
