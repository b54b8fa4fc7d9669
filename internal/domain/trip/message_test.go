package trip_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/telemetry/schema"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

const car = vin.VIN("WVWZZZ1JZXW000001")

const stamps = `,"vin":"WVWZZZ1JZXW000001","clientId":"WVWZZZ1JZXW000001","ingestedAt":1795420801000}`

// valid is a message as a car sends it, without the closing brace: the stamps are appended.
const valid = `{"schema":"trip/1","id":"01KAFK9F00ABCDEFGHJKMNPQRS","ts":"2026-11-23T08:00:00.000Z","seq":7,` +
	`"tripId":"01KAFK9F00ABCDEFGHJKMNPQRT","startedAt":"2026-11-23T07:30:00.000Z","endedAt":"2026-11-23T08:00:00.000Z",` +
	`"startPlace":{"latitude":48.1,"longitude":11.5},"endPlace":{"latitude":48.2,"longitude":11.6},"distanceM":20000,"durationS":1800,` +
	`"idleS":60,"averageSpeedKph":40,"maxSpeedKph":80.5,"harshBraking":1,"harshAcceleration":2,"harshCornering":3,"speedingS":4,"fuelL":1.5`

func TestDecodeReadsAMessage(t *testing.T) {
	got, err := trip.Decode([]byte(valid + stamps))
	require.NoError(t, err)
	fuel := 1.5
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	assert.Equal(t, trip.Trip{
		VIN: car, ID: "01KAFK9F00ABCDEFGHJKMNPQRT", Source: trip.ByCar, StartedAt: at.Add(-30 * time.Minute), EndedAt: at,
		Start: &trip.Place{Latitude: 48.1, Longitude: 11.5}, End: &trip.Place{Latitude: 48.2, Longitude: 11.6},
		Totals: trip.Totals{
			DistanceM: 20_000, DurationS: 1800, IdleS: 60, AverageSpeedKPH: 40, MaxSpeedKPH: 80.5, HarshBraking: 1, HarshAcceleration: 2,
			HarshCornering: 3, SpeedingS: 4, FuelL: &fuel,
		},
		MessageTS: at, MessageSeq: 7, MessageID: "01KAFK9F00ABCDEFGHJKMNPQRS",
	}, got)
}

func TestDecodeRefusesWhatTheSchemaRefuses(t *testing.T) {
	b, err := schema.FS.ReadFile("trip-1.json")
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("trip-1.json", doc))
	s, err := c.Compile("trip-1.json")
	require.NoError(t, err)
	accepts := func(text string) error {
		var v any
		require.NoError(t, json.Unmarshal([]byte(text), &v))
		return s.Validate(v)
	}
	require.NoError(t, accepts(valid+"}"))
	for name, edit := range map[string][2]string{
		"another schema":             {"trip/1", "trip/2"},
		"no id":                      {`"id"`, `"Id"`},
		"a trip that is no ULID":     {"01KAFK9F00ABCDEFGHJKMNPQRT", "t"},
		"an end that is no time":     {`"endedAt":"2026-11-23T08`, `"endedAt":"2026-11-23 08`},
		"a distance below zero":      {"20000", "-1"},
		"a distance round the Earth": {"20000", "50000000"},
		"half a second":              {`"idleS":60`, `"idleS":60.5`},
		"a speed that is a text":     {"80.5", `"80"`},
		"a speed beyond any car":     {"80.5", "800"},
		"no speeding":                {`"speedingS":4,`, ``},
		"a score of the car's own":   {`"seq":7`, `"seq":7,"score":100`},
		"a place outside the Earth":  {"48.1", "98.1"},
		"half a place":               {`"latitude":48.1,`, ``},
		"a place that is null":       {`{"latitude":48.1,"longitude":11.5}`, `null`},
		"fuel below zero":            {`"fuelL":1.5`, `"fuelL":-1.5`},
		"fuel that is null":          {`"fuelL":1.5`, `"fuelL":null`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(valid+"}", edit[0], edit[1], 1)
			require.NotEqual(t, valid+"}", text)
			require.Error(t, accepts(text))
			_, err := trip.Decode([]byte(strings.TrimSuffix(text, "}") + stamps))
			var refusal *message.Rejection
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, message.SchemaInvalid, refusal.Reason)
			assert.Equal(t, string(car), refusal.VIN)
			assert.Equal(t, errs.Invalid, errs.Of(err))
		})
	}
}

func TestDecodeRefusesWhatIsAgainstTheClockOrTheStamps(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want message.Reason
	}{
		"no JSON":                     {"{", message.Undecodable},
		"an end before the start":     {strings.Replace(valid, `"endedAt":"2026-11-23T08`, `"endedAt":"2026-11-23T07`, 1) + stamps, message.SchemaInvalid},
		"another client's message":    {valid + strings.Replace(stamps, `"clientId":"W`, `"clientId":"X`, 1), message.IdentityMismatch},
		"a message of eight days ago": {strings.Replace(valid, `"ts":"2026-11-23`, `"ts":"2026-11-15`, 1) + stamps, message.TooOld},
		"a message of tomorrow":       {strings.Replace(valid, `"ts":"2026-11-23`, `"ts":"2026-11-24`, 1) + stamps, message.Future},
		"a start after the end":       {strings.Replace(valid, `T07:30`, `T08:30`, 1) + stamps, message.SchemaInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := trip.Decode([]byte(tc.body))
			var refusal *message.Rejection
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, tc.want, refusal.Reason)
		})
	}
}

func TestDecodeEnded(t *testing.T) {
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	b, err := json.Marshal(trip.Ended{Schema: trip.EndedSchema, VIN: car, At: at})
	require.NoError(t, err)
	e, ok, err := trip.DecodeEnded(b)
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, trip.Ended{Schema: trip.EndedSchema, VIN: car, At: at}, e)
	_, ok, err = trip.DecodeEnded([]byte(valid + stamps))
	require.NoError(t, err)
	assert.False(t, ok, "a car's message is none")
	for _, body := range []string{`{"schema":"trip-ended/1","vin":"x","at":"2026-11-23T08:00:00Z"}`, `{"schema":"trip-ended/1","vin":"WVWZZZ1JZXW000001"}`} {
		_, ok, err = trip.DecodeEnded([]byte(body))
		assert.True(t, ok)
		assert.Equal(t, errs.Invalid, errs.Of(err))
	}
}
