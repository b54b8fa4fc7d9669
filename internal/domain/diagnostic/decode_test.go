package diagnostic_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/telemetry/schema"
	"connectedcar/internal/errs"
)

const stamps = `,"vin":"WVWZZZ1JZXW000001","clientId":"WVWZZZ1JZXW000001","ingestedAt":1795420801000}`

// valid is a message as a car sends it, without the closing brace: the stamps are appended.
const valid = `{"schema":"diagnostics/1","id":"01KAFK9F00ABCDEFGHJKMNPQRS","ts":"2026-11-23T08:00:00.123Z","seq":7,` +
	`"tripId":"01KAFK9F00ABCDEFGHJKMNPQRT","kind":"set","mil":true,"odometerM":12000000,` +
	`"codes":[{"code":"P0301","ecu":"ECM","status":137,"freezeFrame":{"Vehicle.Speed":50}},{"code":"U0100","failureType":"1C","ecu":"gw-1","status":0}]`

func TestDecodeReadsAMessage(t *testing.T) {
	got, err := diagnostic.Decode([]byte(strings.Replace(valid, `"seq":7`, `"seq":7.0`, 1) + stamps))
	require.NoError(t, err)
	odometer := int64(12_000_000)
	assert.Equal(t, diagnostic.Received{
		VIN: "WVWZZZ1JZXW000001", IngestedAt: time.UnixMilli(1795420801000).UTC(),
		Message: diagnostic.Message{
			ID: "01KAFK9F00ABCDEFGHJKMNPQRS", TS: time.Date(2026, 11, 23, 8, 0, 0, 123e6, time.UTC), Seq: 7,
			TripID: "01KAFK9F00ABCDEFGHJKMNPQRT", Kind: diagnostic.Set, MIL: true, OdometerM: &odometer,
			Codes: []diagnostic.Reported{
				{Fault: dtc.Fault{Code: 0x0301}, ECU: "ECM", Status: 0x89, FreezeFrame: telemetry.Signals{telemetry.Speed: telemetry.Number(50)}},
				{Fault: dtc.Fault{Code: 0xC100, Type: 0x1C, HasType: true}, ECU: "gw-1"},
			},
		},
	}, got)
}

func TestACodeNamedTwiceCountsOnce(t *testing.T) {
	twice := strings.Replace(valid, `"codes":[`, `"codes":[{"code":"P0301","ecu":"ECM","status":1},`, 1)
	got, err := diagnostic.Decode([]byte(twice + stamps))
	require.NoError(t, err)
	require.Len(t, got.Codes, 2)
	assert.Equal(t, dtc.Status(1), got.Codes[0].Status)
}

// broken are edits that make the valid message invalid, under the schema too.
var broken = map[string][2]string{
	"another schema":               {"diagnostics/1", "diagnostics/2"},
	"an id that is no ULID":        {"01KAFK9F00ABCDEFGHJKMNPQRS", "8"},
	"no id":                        {`"id"`, `"iD"`},
	"a time that is none":          {"08:00:00", "8:00:00"},
	"a negative count":             {`"seq":7`, `"seq":-7`},
	"half a count":                 {`"seq":7`, `"seq":7.5`},
	"no count":                     {`"seq":7,`, ``},
	"a trip that is no ULID":       {"01KAFK9F00ABCDEFGHJKMNPQRT", "trip"},
	"another kind":                 {`"set"`, `"reset"`},
	"no lamp":                      {`"mil":true,`, ``},
	"a lamp that is a text":        {`"mil":true`, `"mil":"on"`},
	"an odometer below zero":       {`12000000`, `-1`},
	"no codes":                     {`"codes"`, `"cods"`},
	"a code that is none":          {`P0301`, `P4301`},
	"a failure type that is none":  {`"1C"`, `"1c"`},
	"a control unit without name":  {`"ECM"`, `""`},
	"a control unit with a hash":   {`"ECM"`, `"E#M"`},
	"a status of nine bits":        {`137`, `256`},
	"no status":                    {`,"status":0`, ``},
	"a frame that is no object":    {`{"Vehicle.Speed":50}`, `[50]`},
	"a frame with a list":          {`{"Vehicle.Speed":50}`, `{"Vehicle.X":["a"]}`},
	"a frame with a path of ours":  {`Vehicle.Speed`, `speed`},
	"a field that nobody knows":    {`"seq"`, `"more":1,"seq"`},
	"a field of a code is unknown": {`"ecu":"ECM"`, `"ecu":"ECM","x":1`},
}

func TestDecodeRefusesWhatTheSchemaRefuses(t *testing.T) {
	s := compiled(t)
	require.NoError(t, accepts(t, s, valid+"}"))
	for name, edit := range broken {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(valid, edit[0], edit[1], 1)
			require.NotEqual(t, valid, text)
			require.Error(t, accepts(t, s, text+"}"))
			_, err := diagnostic.Decode([]byte(text + stamps))
			var refusal *message.Rejection
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, message.SchemaInvalid, refusal.Reason)
			assert.Equal(t, "WVWZZZ1JZXW000001", refusal.VIN)
			assert.Equal(t, errs.Invalid, errs.Of(err))
		})
	}
}

func TestDecodeRefusesWhatTheStampsDoNotBear(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want message.Reason
	}{
		"no JSON":                           {"{", message.Undecodable},
		"no object":                         {"[1]", message.Undecodable},
		"null":                              {"null", message.Undecodable},
		"two objects":                       {valid + stamps + "{}", message.Undecodable},
		"another client's message":          {valid + strings.Replace(stamps, `"clientId":"W`, `"clientId":"X`, 1), message.IdentityMismatch},
		"a stamp that is no VIN":            {valid + `,"vin":"x","clientId":"x","ingestedAt":1795420801000}`, message.IdentityMismatch},
		"a message of eight days ago":       {strings.Replace(valid, "11-23T08", "11-15T07", 1) + stamps, message.TooOld},
		"a message of the day after":        {strings.Replace(valid, "11-23T08", "11-24T08", 1) + stamps, message.Future},
		"a message of two minutes from now": {strings.Replace(valid, "08:00:00", "08:02:02", 1) + stamps, message.Future},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := diagnostic.Decode([]byte(tc.body))
			var refusal *message.Rejection
			require.True(t, errors.As(err, &refusal), "%v", err)
			assert.Equal(t, tc.want, refusal.Reason, err)
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(valid + stamps))
	f.Add([]byte(`{"vin":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := diagnostic.Decode(b)
		var refusal *message.Rejection
		if err != nil {
			require.ErrorAs(t, err, &refusal)
			return
		}
		assert.LessOrEqual(t, len(r.Codes), diagnostic.MaxCodes)
	})
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	b, err := schema.FS.ReadFile("diagnostics-1.json")
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("diagnostics-1.json", doc))
	s, err := c.Compile("diagnostics-1.json")
	require.NoError(t, err)
	return s
}

func accepts(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal([]byte(text), &v), text)
	return s.Validate(v)
}
