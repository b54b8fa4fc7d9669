package replay_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/replay"
	"connectedcar/internal/domain/telemetry"
)

// TestLogsAsPeopleHaveThem has one log for each kind of defect, with the expected values and the expected text of the report.
func TestLogsAsPeopleHaveThem(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		path string
		want []float64 // expected values of the first car
		said string
	}{
		"the sign of Fahrenheit":                   {"Time (s),Coolant (℉)\n0,212\n1,203\n", telemetry.EngineCoolant, []float64{100, 95}, ""},
		"miles an hour in Cyrillic":                {"Time (s),Speed (миль/ч)\n0,10\n1,20\n", telemetry.Speed, []float64{16.09344, 32.18688}, ""},
		"a unit that nobody knows":                 {"Time (s),Speed (leagues),RPM (rpm)\n0,10,800\n", telemetry.Speed, nil, `"Speed (leagues)" left out: its unit "leagues" is not known`},
		"no unit at all":                           {"Time (s),Speed\n0,10\n", telemetry.Speed, []float64{10}, `no unit named: "Speed" taken as km/h`},
		"units in a row":                           {"Time,Speed,RPM\ns,mph,rpm\n0,10,800\n1,20,800\n", telemetry.Speed, []float64{16.09344, 32.18688}, ""},
		"a header again, with another unit":        {"Time (s),Speed (km/h)\n0,10\nTime (s),Speed (mph)\n1,10\n", telemetry.Speed, []float64{10, 16.09344}, "a header comes again"},
		"a header again, in another order":         {"Time (s),Speed (km/h),RPM\n0,10,800\nTime (s),RPM,Speed (km/h)\n1,810,20\n", telemetry.Speed, []float64{10, 20}, ""},
		"a unit that changes in a long log":        {"SECONDS;PID;VALUE;UNITS\n1;Speed;10;km/h\n2;Speed;10;mph\n", telemetry.Speed, []float64{10, 16.09344}, ""},
		"a preamble with sections":                 {"A logger\n[Info]\nBegin: 1\n[Data]\nOffset,Vehicle Speed (SAE)\ns,mph\n\n0,10\n", telemetry.Speed, []float64{16.09344}, ""},
		"a fraction of a tank":                     {"Time (s),Fuel Level\n0,0.5\n1,0.25\n", telemetry.FuelLevel, []float64{50, 25}, "taken as a fraction"},
		"a percentage below one that says so":      {"Time (s),Fuel Level (%)\n0,0.5\n1,0.25\n", telemetry.FuelLevel, []float64{0.5, 0.25}, ""},
		"ten-thousandths of a percent":             {"Time (s),SOC\n0,655000\n1,654000\n", telemetry.StateOfCharge, []float64{65.5, 65.4}, "ten-thousandths"},
		"codes of a selector":                      {"Time (s),Speed (km/h),Gear\n0,30,4\n1,30,4\n", telemetry.CurrentGear, nil, `"Gear" left out`},
		"hemispheres in a column":                  {"Time (s),Lat,Lat dir,Lon,Lon dir\n0,33.5,S,70.5,W\n", telemetry.Latitude, []float64{-33.5}, ""},
		"degrees and minutes of NMEA":              {"Time (s),Lat,N/S,Lon,E/W\n0,3330.0,S,07030.0,W\n", telemetry.Longitude, []float64{-70.5}, ""},
		"both coordinates in a cell":               {"Time (s),Position,Speed (km/h)\n0,\"-33.5, -70.5\",1\n", telemetry.Longitude, []float64{-70.5}, ""},
		"a last line without its end":              {"Time (s),RPM (rpm)\n0,800\n1,8", telemetry.EngineSpeed, []float64{800}, "the last line has no end and may be cut"},
		"line ends of old computers":               {"Time (s),Speed (km/h)\r0,10\r1,20\r", telemetry.Speed, []float64{10, 20}, ""},
		"a prefix, a star and empty brackets":      {"Time (s),017_Vehicle Speed (km/h) *OBD,ENGINE_RPM ()\n0,10,800\n", telemetry.Speed, []float64{10}, ""},
		"a unit in capitals after the name":        {"Time (s),SpeedMPH\n0,10\n", telemetry.Speed, []float64{16.09344}, ""},
		"a misspelt name, which is said":           {"Time (s),Vehicel Speed (km/h)\n0,10\n", telemetry.Speed, []float64{10}, `is taken for "vehicle speed"`},
		"names in German":                          {"Zeit (s);Fahrzeuggeschwindigkeit (km/h)\n0,0;10,5\n", telemetry.Speed, []float64{10.5}, ""},
		"pint's units in the cells":                {"Time (s),Speed\n0,10.0 kilometer_per_hour\n", telemetry.Speed, []float64{10}, ""},
		"several units in the cells and one bare":  {"Time (s),Speed\n0,10 mph\n1,10 km/h\n2,10\n", telemetry.Speed, []float64{16.09344, 10}, "no unit, and the column has several"},
		"Fahrenheit by its heat":                   {"Time (s),Coolant\n0,194\n1,194\n", telemetry.EngineCoolant, []float64{90, 90}, "taken as °F"},
		"a column of cars under an unusual header": {"Truck No.,Time (s),Speed (km/h)\nA,0,10\nB,0,90\nA,1,20\n", telemetry.Speed, []float64{10, 20}, "is taken for the car"},
		"one VIN in two spellings":                 {"VIN,Time (s),Speed (km/h)\n1acev 26sx ta000001,0,10\n1ACEV26SXTA000001,1,20\n", telemetry.Speed, []float64{10, 20}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			log, err := replay.Read(strings.NewReader(tc.text), replay.Options{})
			require.NoError(t, err)
			var got []float64
			for _, s := range log.Cars[0].Samples {
				if f, ok := s.Signals[tc.path].Number(); ok {
					got = append(got, f)
				}
			}
			assert.InDeltaSlice(t, tc.want, got, 1e-6)
			var said bytes.Buffer
			require.NoError(t, log.Report.Print(&said))
			assert.Contains(t, said.String(), tc.said)
		})
	}
}

func TestRowsOfSeveralCarsThatNothingTellsApartAreRefused(t *testing.T) {
	_, err := replay.Read(strings.NewReader("Objekt,Time (s),Lat,Lon\nx,0,48.1,11.5\ny,0,52.5,13.4\nx,1,48.1,11.5\ny,1,52.5,13.4\n"), replay.Options{})
	require.ErrorContains(t, err, "no column names the car")
}

func TestPositionsProveTheUnitOfSpeed(t *testing.T) {
	for unit, kph := range map[string]float64{"km/h": 72, "mph": 72 / 1.609344, "m/s": 20, "kn": 72 / 1.852} {
		text := strings.ReplaceAll(drive(48.1, 11.5, 72, func(f float64) string { return strings.Replace(formatted(f), ".", ",", 1) }), ";72\n", ";"+strings.Replace(formatted(kph), ".", ",", 1)+"\n")
		log := read(t, text)
		assert.InDelta(t, 72, num(t, log, 10, telemetry.Speed), 0.01, unit)
		assert.Contains(t, strings.Join(log.Report.Notes, "\n"), "the positions prove "+unit)
	}
}

func formatted(f float64) string { return strconv.FormatFloat(f, 'f', 6, 64) }
