package telemetry_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/telemetry/schema"
)

// The other messages of a car: for each a valid one, and edits that make it invalid.
func TestOtherSchemas(t *testing.T) {
	head := `"id":"` + someULID + `","ts":"2026-11-23T08:00:00.000Z"`
	tests := map[string]struct {
		valid  string
		broken [][2]string // pairs of a text and its replacement
	}{
		"diagnostics-1.json": {
			valid: `{"schema":"diagnostics/1",` + head + `,"seq":1,"kind":"set","mil":true,"odometerM":12000,` +
				`"codes":[{"code":"P0301","ecu":"ECM","status":9,"freezeFrame":{"Vehicle.Speed":50}}]}`,
			broken: [][2]string{{"P0301", "X0301"}, {"P0301", "P4301"}, {`"set"`, `"unset"`}, {`"status":9`, `"status":256`}, {`"mil":true,`, ""}},
		},
		"healthreport-1.json": {
			valid: `{"schema":"healthreport/1",` + head + `,"odometerM":12000,"systems":{"engine":"OK","brakes":"OK","tyres":"ATTENTION",` +
				`"battery":"OK","emissions":"UNKNOWN","service":"SERVICE"},"dtcs":["P0301"],"serviceDistanceM":-1000}`,
			broken: [][2]string{{"healthreport/1", "healthreport/2"}, {`"brakes":"OK",`, ""}, {"ATTENTION", "FLAT"}, {"12000", `"12000"`}},
		},
		"trip-1.json": {
			valid: `{"schema":"trip/1",` + head + `,"seq":1,"tripId":"` + someULID + `","startedAt":"2026-11-23T07:00:00.000Z",` +
				`"endedAt":"2026-11-23T08:00:00.000Z","endPlace":{"latitude":48.1,"longitude":11.5},"distanceM":12000,"durationS":3600,` +
				`"idleS":60,"averageSpeedKph":12,"maxSpeedKph":50.5,"harshBraking":1,"harshAcceleration":0,"harshCornering":0,"speedingS":0,"fuelL":1.2}`,
			broken: [][2]string{{"trip/1", "trip/2"}, {`"distanceM":12000`, `"distanceM":-1`}, {"48.1", "148.1"}, {`"speedingS":0,`, ""}, {`"idleS":60`, `"score":100,"idleS":60`}},
		},
		"event-1.json": {
			valid: `{"schema":"event/1",` + head + `,"kind":"harsh_braking","severity":"MEDIUM","value":-4.2,"unit":"m/s^2",` +
				`"location":{"latitude":48.1,"longitude":11.5},"signals":{"Vehicle.Speed":50}}`,
			broken: [][2]string{{"harsh_braking", "boom"}, {"48.1", "148.1"}, {"Vehicle.Speed", "speed"}, {`"ts":`, `"at":`}},
		},
	}
	for file, tc := range tests {
		t.Run(file, func(t *testing.T) {
			s := compiled(t, file)
			require.NoError(t, accepts(s, []byte(tc.valid)))
			for _, edit := range tc.broken {
				broken := strings.Replace(tc.valid, edit[0], edit[1], 1)
				require.NotEqual(t, tc.valid, broken)
				assert.Error(t, accepts(s, []byte(broken)), broken)
			}
		})
	}
	files, err := schema.FS.ReadDir(".")
	require.NoError(t, err)
	assert.Len(t, files, len(tests)+1, "every schema but telemetry's is tried here")
}
