package lake_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/lake"
	"connectedcar/internal/vin"
)

// nested transforms with one row per message.
func nested(t *testing.T, p *parts, payload string) lake.Result {
	t.Helper()
	results, err := (&lake.Transformer{Models: p, Failures: p, Stream: p, MaxBytes: 6 << 20, Nested: true}).Transform(t.Context(),
		[]lake.Record{{ID: "0", Data: []byte(payload), PartitionKey: string(car)}})
	require.NoError(t, err)
	require.Len(t, results, 1)
	return results[0]
}

func TestNestedAMessageIsOneRowWithItsReadings(t *testing.T) {
	p := &parts{models: map[vin.VIN]lake.Model{car: {Manufacturer: "acme", Make: "Acme", Model: "One", Year: 2026, Powertrain: "HYBRID"}}}
	r := nested(t, p, messageOf("3F", `"Vehicle.Speed":1,"Vehicle.Powertrain.Type":"HYBRID"`,
		`"tripId":"01JD0W2V6X9Q1Z3A5B7C9D1E3G"`, `"batch":[{"dtMs":-500,"signals":{"Vehicle.Speed":null}}]`))
	assert.Equal(t, lake.Stored, r.Outcome)
	assert.Equal(t, 3, r.Count)
	assert.Empty(t, r.Day, "the row says its partition itself")
	assert.JSONEq(t, `{"vin":"WVWZZZ1JZXW000001","message_id":"01JD0W2V6X9Q1Z3A5B7C9D1E3F","boot_id":"b7","seq":42,"trip_id":"01JD0W2V6X9Q1Z3A5B7C9D1E3G",
		"ingested_at":1795438800000000,"day":"2026-11-23","hour":"12","manufacturer":"acme","make":"Acme","model":"One","powertrain":"HYBRID","model_year":2026,
		"readings":[
			{"ts":1795438799900000,"signal":"Vehicle.Powertrain.Type","str":"HYBRID","quality":"good"},
			{"ts":1795438799900000,"signal":"Vehicle.Speed","num":1,"unit":"km/h","quality":"good"},
			{"ts":1795438799400000,"signal":"Vehicle.Speed","unit":"km/h","quality":"missing"}]}`, string(r.Rows))
}

func TestNestedOrNotTheReadingsAreTheSame(t *testing.T) {
	text := messageOf("3F", `"Vehicle.Speed":87.5,"Vehicle.Acme.Mode":"a \"b\"é","Vehicle.Service.IsServiceDue":true`, `"batch":[{"dtMs":-500,"signals":{"Vehicle.Speed":5000}}]`)
	var message struct {
		Readings []map[string]any `json:"readings"`
	}
	require.NoError(t, json.Unmarshal(nested(t, &parts{}, text).Rows, &message))
	rows := lines(t, (&parts{}).transform(t, text)[0].Rows)
	require.Len(t, message.Readings, len(rows))
	for n, line := range rows {
		var row map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &row))
		for _, column := range []string{"signal", "num", "str", "bool", "unit", "quality"} {
			assert.Equal(t, row[column], message.Readings[n][column], column)
		}
	}
}
