package shadow_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/shadow"
	"connectedcar/internal/errs"
)

func TestWhatMayBeDesired(t *testing.T) {
	for name, tc := range map[string]struct {
		shadow  shadow.Name
		desired string
		wrong   []string // names of the invalid fields; none: allowed
	}{
		"a climate":                         {shadow.Climate, `{"targetTemperatureC": 21.5, "airConditioning": true, "seatHeating": 2}`, nil},
		"the coldest and the warmest":       {shadow.Climate, `{"targetTemperatureC": 16, "seatHeating": 3}`, nil},
		"wishes taken back":                 {shadow.Climate, `{"targetTemperatureC": null, "airConditioning": null}`, nil},
		"too cold":                          {shadow.Climate, `{"targetTemperatureC": 15.5}`, []string{"desired.targetTemperatureC"}},
		"too warm":                          {shadow.Climate, `{"targetTemperatureC": 30.5}`, []string{"desired.targetTemperatureC"}},
		"between two steps":                 {shadow.Climate, `{"targetTemperatureC": 21.25}`, []string{"desired.targetTemperatureC"}},
		"a temperature in words":            {shadow.Climate, `{"targetTemperatureC": "21"}`, []string{"desired.targetTemperatureC"}},
		"half a level of seat heating":      {shadow.Climate, `{"seatHeating": 1.5}`, []string{"desired.seatHeating"}},
		"a number for a truth value":        {shadow.Climate, `{"airConditioning": 1}`, []string{"desired.airConditioning"}},
		"an object for a number":            {shadow.Climate, `{"seatHeating": {"left": 1}}`, []string{"desired.seatHeating"}},
		"all that is wrong at once":         {shadow.Climate, `{"seatHeating": 4, "airConditioning": "on", "targetTemperatureC": 20}`, []string{"desired.airConditioning", "desired.seatHeating"}},
		"what the climate does not have":    {shadow.Climate, `{"batchSize": 2}`, []string{"desired.batchSize"}},
		"a way of reporting":                {shadow.Config, `{"telemetryIntervalS": 3600, "batchSize": 60}`, nil},
		"reporting all the time":            {shadow.Config, `{"telemetryIntervalS": 0}`, []string{"desired.telemetryIntervalS"}},
		"reporting in batches beyond bound": {shadow.Config, `{"batchSize": 61}`, []string{"desired.batchSize"}},
		"nothing":                           {shadow.Config, `{}`, []string{"desired"}},
		"the car's own word":                {shadow.State, `{"locked": true}`, []string{"name"}},
		"a shadow that cars do not have":    {"extra", `{"a": 1}`, []string{"name"}},
	} {
		t.Run(name, func(t *testing.T) {
			var desired map[string]any
			require.NoError(t, json.Unmarshal([]byte(tc.desired), &desired))
			err := shadow.Check(tc.shadow, desired)
			if tc.wrong == nil {
				require.NoError(t, err)
				return
			}
			assert.Equal(t, errs.Invalid, errs.Of(err))
			var wrong shadow.WrongError
			require.ErrorAs(t, err, &wrong)
			var fields []string
			for _, w := range wrong {
				fields = append(fields, w.Field)
				assert.Contains(t, w.Why, "allowed")
			}
			assert.Equal(t, tc.wrong, fields)
		})
	}
}

func TestNoNumberIsNoTemperature(t *testing.T) {
	require.Error(t, shadow.Check(shadow.Climate, map[string]any{"targetTemperatureC": math.NaN()}))
	require.Error(t, shadow.Check(shadow.Climate, map[string]any{"targetTemperatureC": math.Inf(1)}))
}

func TestStrangersWordsComeBackShort(t *testing.T) {
	long := string(make([]rune, 5000))
	err := shadow.Check(shadow.Climate, map[string]any{long: 1.0, "seatHeating": long})
	require.Error(t, err)
	assert.Less(t, len(err.Error()), 400)
}

// answer is a response of the service, with a value that is named timestamp like the metadata's own members.
const answer = `{
  "state": {
    "desired": {"targetTemperatureC": 21.5, "timestamp": 5},
    "reported": {"targetTemperatureC": 20, "zones": [{"fan": 1}, {"fan": 2}]},
    "delta": {"targetTemperatureC": 21.5, "timestamp": 5}
  },
  "metadata": {
    "desired": {"targetTemperatureC": {"timestamp": 1795435200}, "timestamp": {"timestamp": 1795435100}},
    "reported": {"targetTemperatureC": {"timestamp": 1795435190}, "zones": [{"fan": {"timestamp": 1795435260}}, {"fan": {"timestamp": 1795435250}}]}
  },
  "version": 7, "timestamp": 1795439999}`

func TestTheServicesAnswerIsRead(t *testing.T) {
	d, err := shadow.Parse([]byte(answer))
	require.NoError(t, err)
	assert.Equal(t, int64(7), d.Version)
	assert.Equal(t, 21.5, d.Desired["targetTemperatureC"])
	assert.Equal(t, 20.0, d.Reported["targetTemperatureC"])
	assert.Equal(t, map[string]any{"targetTemperatureC": 21.5, "timestamp": 5.0}, d.Delta)
	assert.Equal(t, time.Unix(1795435260, 0).UTC(), d.At, "the newest change, deep in an array, and not the time of the answer")
	assert.Equal(t, time.Minute, d.Age(d.At.Add(time.Minute)))
	assert.Zero(t, d.Age(d.At.Add(-time.Minute)))
	assert.Zero(t, shadow.Document{}.Age(d.At))

	_, err = shadow.Parse([]byte(`<html>`))
	require.Error(t, err)
}

func TestARequestNamesItsVersionOrNone(t *testing.T) {
	version := int64(7)
	for want, v := range map[string]*int64{
		`{"state":{"desired":{"seatHeating":null}},"version":7}`: &version,
		`{"state":{"desired":{"seatHeating":null}}}`:             nil,
	} {
		got, err := shadow.Request(map[string]any{"seatHeating": nil}, v)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(got))
	}
}
