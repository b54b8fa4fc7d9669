package event_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/event"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/testing/memory"
)

const car = "WVWZZZ1JZXW000001"

var received = time.Date(2026, 11, 23, 12, 0, 1, 0, time.UTC)

// messageOf returns a message as the rule forwards it, with changes; a change to nil leaves a field out.
func messageOf(changes map[string]any) []byte {
	m := map[string]any{
		"schema": "event/1", "id": "01M844E02R9EHRG1XJJQQ8D7KW", "ts": "2026-11-23T12:00:00.000Z", "kind": "crash",
		"vin": car, "clientId": car, "ingestedAt": received.UnixMilli(),
	}
	for name, value := range changes {
		if m[name] = value; value == nil {
			delete(m, name)
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return b
}

func TestDecodeTakesWhatTheSchemaAllows(t *testing.T) {
	full := messageOf(map[string]any{
		"bootId": "b1", "seq": 7, "tripId": "01M844E02R9EHRG1XJJQQ8D7KV", "kind": "harsh_braking", "severity": "HIGH", "value": -4.2,
		"unit": "m/s^2", "location": map[string]any{"latitude": 48.1, "longitude": 11.5}, "signals": map[string]any{"Vehicle.Speed": 61.5},
	})
	got, err := event.Decode(full)
	require.NoError(t, err)
	value := -4.2
	assert.Equal(t, event.Received{
		Message: event.Message{
			ID: "01M844E02R9EHRG1XJJQQ8D7KW", TS: received.Add(-time.Second), Kind: event.HarshBraking, Severity: alert.High,
			Value: &value, Unit: "m/s^2", TripID: "01M844E02R9EHRG1XJJQQ8D7KV",
		},
		VIN: car, IngestedAt: received,
	}, got)
	_, err = event.Decode(messageOf(nil))
	require.NoError(t, err, "the shortest message")
}

func TestDecodeRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		body   []byte
		reason message.Reason
		says   string
	}{
		"what is no JSON":                        {[]byte("{"), message.Undecodable, "not a JSON object"},
		"a list":                                 {[]byte("[]"), message.Undecodable, "not a JSON object"},
		"null":                                   {[]byte("null"), message.Undecodable, "not a JSON object"},
		"another schema":                         {messageOf(map[string]any{"schema": "event/2"}), message.SchemaInvalid, "schema is event/2; allowed is event/1"},
		"a kind that there is not":               {messageOf(map[string]any{"kind": "harsh_driving"}), message.SchemaInvalid, "kind is harsh_driving; allowed is [crash"},
		"no id":                                  {messageOf(map[string]any{"id": nil}), message.SchemaInvalid, "id is missing"},
		"a time without a zone":                  {messageOf(map[string]any{"ts": "2026-11-23T12:00:00"}), message.SchemaInvalid, "ts is"},
		"a field that the schema lacks":          {messageOf(map[string]any{"mood": "bad"}), message.SchemaInvalid, `unknown field "mood"`},
		"a field in other letters":               {messageOf(map[string]any{"Kind": "tow"}), message.SchemaInvalid, `unknown field "Kind"`},
		"null for a value":                       {messageOf(map[string]any{"value": json.RawMessage("null")}), message.SchemaInvalid, "value is null"},
		"an unknown severity":                    {messageOf(map[string]any{"severity": "DIRE"}), message.SchemaInvalid, "severity is DIRE"},
		"a long unit":                            {messageOf(map[string]any{"unit": strings.Repeat("m", 17)}), message.SchemaInvalid, "up to 16 characters"},
		"a trip id that is none":                 {messageOf(map[string]any{"tripId": "t"}), message.SchemaInvalid, "tripId is t"},
		"a position outside the world":           {messageOf(map[string]any{"location": map[string]any{"latitude": 91, "longitude": 0}}), message.SchemaInvalid, "location.latitude"},
		"half a position":                        {messageOf(map[string]any{"location": map[string]any{"latitude": 1}}), message.SchemaInvalid, "location.longitude"},
		"a signal that is no path":               {messageOf(map[string]any{"signals": map[string]any{"speed": 1}}), message.SchemaInvalid, "VSS path"},
		"a sequence number below zero":           {messageOf(map[string]any{"seq": -1}), message.SchemaInvalid, "seq is -1"},
		"another client":                         {messageOf(map[string]any{"clientId": "WVWZZZ1JZXW000002"}), message.IdentityMismatch, ""},
		"a VIN that is none":                     {messageOf(map[string]any{"vin": "x", "clientId": "x"}), message.IdentityMismatch, ""},
		"harsh driving by a clock far behind":    {messageOf(map[string]any{"kind": "harsh_braking", "ts": "2026-11-01T00:00:00Z"}), message.TooOld, "old; allowed is"},
		"harsh driving by a clock that is ahead": {messageOf(map[string]any{"kind": "harsh_braking", "ts": "2026-11-23T12:05:00Z"}), message.Future, "in the future"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := event.Decode(tc.body)
			require.ErrorContains(t, err, tc.says)
			assert.Equal(t, errs.Invalid, errs.Of(err))
			var refusal *message.Rejection
			require.True(t, errors.As(err, &refusal))
			assert.Equal(t, tc.reason, refusal.Reason)
		})
	}
}

func TestACrashCountsWhateverTheClockSays(t *testing.T) {
	for name, ts := range map[string]string{"far behind": "1999-01-01T00:00:00Z", "ahead": "2030-01-01T00:00:00Z"} {
		t.Run(name, func(t *testing.T) {
			r, err := event.Decode(messageOf(map[string]any{"ts": ts}))
			require.NoError(t, err)
			assert.Equal(t, received, r.At())
		})
	}
	r, err := event.Decode(messageOf(map[string]any{"ts": "2026-11-22T12:00:00Z"}))
	require.NoError(t, err)
	assert.Equal(t, received.Add(-24*time.Hour-time.Second), r.At(), "a message that waited a day is of its day")
}

func TestNotice(t *testing.T) {
	value := 62.5
	base := event.Received{VIN: car, IngestedAt: received, Message: event.Message{TS: received, Kind: event.Crash, TripID: "01M844E02R9EHRG1XJJQQ8D7KV"}}
	for name, tc := range map[string]struct {
		change   func(*event.Received)
		kind     alert.Kind
		severity alert.Severity
		key      string
		detail   string
	}{
		"a crash is critical":                   {func(*event.Received) {}, alert.Crash, alert.Critical, "", "The car reports a crash."},
		"a car may not play a crash down":       {func(r *event.Received) { r.Severity = alert.Low }, alert.Crash, alert.Critical, "", "The car reports a crash."},
		"a tow is high":                         {func(r *event.Received) { r.Kind = event.Tow }, alert.Tow, alert.High, "", "The car is moving and nobody drives it."},
		"a car makes no tow worse":              {func(r *event.Received) { r.Kind, r.Severity = event.Tow, alert.Critical }, alert.Tow, alert.High, "", "The car is moving and nobody drives it."},
		"harsh driving is one thread a trip":    {func(r *event.Received) { r.Kind, r.Value, r.Unit = event.HarshBraking, &value, "m/s^2" }, alert.HarshDriving, alert.Low, "harsh_driving/01M844E02R9EHRG1XJJQQ8D7KV", "Harsh braking: 62.5 m/s^2."},
		"without a trip it is one thread a day": {func(r *event.Received) { r.Kind, r.TripID = event.HarshCornering, "" }, alert.HarshDriving, alert.Low, "harsh_driving/2026-11-23", "A curve taken harshly."},
		"a car's words reach nobody":            {func(r *event.Received) { r.Value, r.Unit = &value, "call 0900 123456" }, alert.Crash, alert.Critical, "", "The car reports a crash: 62.5."},
		"harsh driving is never grave":          {func(r *event.Received) { r.Kind, r.Severity = event.HarshAcceleration, alert.Critical }, alert.HarshDriving, alert.Low, "harsh_driving/01M844E02R9EHRG1XJJQQ8D7KV", "Harsh acceleration."},
	} {
		t.Run(name, func(t *testing.T) {
			r := base
			tc.change(&r)
			n := event.Notice(r)
			assert.Equal(t, []any{tc.kind, tc.severity, tc.key, tc.detail}, []any{n.Kind, n.Severity, n.DedupKey, n.Detail})
		})
	}
}

// Ten thousand messages, duplicated and shuffled, leave the same alerts as the clean sequence.
func TestTenThousandMessagesInAnyOrder(t *testing.T) {
	const cars, each = 200, 50
	var clean []event.Received
	for n := range cars * each {
		trip := alert.ID(received.Add(time.Duration(n%cars/4)*time.Second), "trip")
		at := received.Add(time.Duration(n/cars) * time.Minute)
		kind := event.Kinds()[n%7%5]
		clean = append(clean, event.Received{
			VIN: vins[n%cars], IngestedAt: at, Message: event.Message{TS: at.Add(-time.Duration(n%20) * time.Second), Kind: kind, TripID: trip},
		})
	}
	shuffled := append(append([]event.Received{}, clean...), clean...)
	r := rand.New(rand.NewPCG(3, 4))
	r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	want, got := alarm(t, clean), alarm(t, shuffled)
	require.Equal(t, want, got)
	assert.Greater(t, len(want), cars)
}

func alarm(t *testing.T, messages []event.Received) map[[2]string]alert.Alert {
	t.Helper()
	store, cars := &memory.Alerts{}, &memory.Vehicles{}
	for _, v := range vins {
		require.NoError(t, cars.PutVehicle(t.Context(), vehicle.Vehicle{VIN: v, Manufacturer: "acme"}))
	}
	book := alert.NewService(store, cars)
	for _, m := range messages {
		_, err := event.Alarm(t.Context(), book, m)
		require.NoError(t, err)
	}
	return store.All()
}

func TestHarshDrivingOfAWhileAgoAlarmsNobody(t *testing.T) {
	store := &memory.Alerts{}
	book := alert.NewService(store, &memory.Vehicles{})
	for n := range 5 {
		m := event.Message{TS: received.Add(-16*time.Minute + time.Duration(n)*time.Second), Kind: event.HarshBraking}
		outcome, err := event.Alarm(t.Context(), book, event.Received{VIN: car, IngestedAt: received, Message: m})
		require.NoError(t, err)
		assert.Equal(t, event.TooLate, outcome)
	}
	assert.Empty(t, store.All())
}
