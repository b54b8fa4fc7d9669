package command_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/command"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/errs"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

const car vin.VIN = "WVWZZZ1JZXW000001"

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

type world struct {
	*command.Service
	command.Answers
	store  *memory.Commands
	sent   []string
	broken error
	clock  time.Time
}

func (w *world) SendCommand(_ context.Context, _ vin.VIN, _ string, message []byte) error {
	w.sent = append(w.sent, string(message))
	return w.broken
}

func newWorld() *world {
	w := &world{store: &memory.Commands{}, clock: noon}
	w.Answers = command.Answers{Store: w.store}
	w.Service = &command.Service{Store: w.store, Publisher: w, Random: rand.Reader, Now: func() time.Time { return w.clock },
		NewID: func(at time.Time, r io.Reader) (string, error) {
			id, err := ulid.New(ulid.Timestamp(at), r)
			return id.String(), err
		}}
	return w
}

func (w *world) stored(t *testing.T, id string) command.Command {
	t.Helper()
	c, err := w.store.Command(t.Context(), car, id)
	require.NoError(t, err)
	return c.At(w.clock)
}

func answer(id string, status command.ResultStatus, at time.Time) command.Result {
	return command.Result{CommandID: id, VIN: car, Status: status, ReceivedAt: at, Result: map[string]any{"a": "b"}}
}

func TestACommandIsSentAndAnswered(t *testing.T) {
	for status, want := range map[command.ResultStatus]command.Status{
		command.ResultSucceeded: command.Succeeded, command.ResultFailed: command.Failed, command.ResultRejected: command.Rejected,
	} {
		w := newWorld()
		c, err := w.Send(t.Context(), car, command.Climate, map[string]any{"targetTemperatureC": 21.5}, "u1", "driver")
		require.NoError(t, err)
		assert.Equal(t, command.Sent, w.stored(t, c.ID).Status)
		schema, err := jsonschema.NewCompiler().Compile("schema/command-1.json")
		require.NoError(t, err)
		message, err := jsonschema.UnmarshalJSON(strings.NewReader(w.sent[0]))
		require.NoError(t, err)
		require.NoError(t, schema.Validate(message))
		for n := range 2 {
			outcome, err := w.Answer(t.Context(), answer(c.ID, status, noon.Add(time.Second)))
			require.NoError(t, err)
			assert.Equal(t, []command.Outcome{command.Taken, command.Again}[n], outcome)
		}
		got := w.stored(t, c.ID)
		assert.Equal(t, want, got.Status)
		assert.Equal(t, "u1", got.IssuedBy)
		assert.Equal(t, "driver", got.IssuedAs)
		assert.Equal(t, map[string]any{"a": "b"}, got.Result)
		w.clock = noon.Add(time.Hour)
		assert.Equal(t, want, w.stored(t, c.ID).Status, "it does not time out any more")
	}
}

func TestACommandThatNobodyAnswersTimesOut(t *testing.T) {
	w := newWorld()
	c, err := w.Send(t.Context(), car, command.Lock, nil, "u1", "driver")
	require.NoError(t, err)
	w.clock = c.ExpiresAt
	assert.Equal(t, command.TimedOut, w.stored(t, c.ID).Status)
	outcome, err := w.Answer(t.Context(), answer(c.ID, command.ResultSucceeded, c.ExpiresAt.Add(time.Second)))
	require.NoError(t, err)
	assert.Equal(t, command.Late, outcome)
	got := w.stored(t, c.ID)
	assert.Equal(t, command.TimedOut, got.Status)
	assert.Contains(t, got.Reason, "too late: succeeded")
}

func TestACommandThatCannotBeSentIsKeptAsFailed(t *testing.T) {
	w := newWorld()
	w.broken = errs.As(errs.Unavailable, errors.New("boom"))
	c, err := w.Send(t.Context(), car, command.Lock, nil, "u1", "driver")
	require.ErrorIs(t, err, w.broken)
	assert.Equal(t, command.Failed, w.stored(t, c.ID).Status)
}

func TestAnAnswerToNothingIsRefused(t *testing.T) {
	_, err := newWorld().Answer(t.Context(), answer("01JD0W2V6X9Q1Z3A5B7C9D1E3F", command.ResultSucceeded, noon))
	assert.ErrorIs(t, err, command.ErrNotFound)
}

func TestCheckNamesWhatIsAllowed(t *testing.T) {
	for name, tc := range map[string]struct {
		kind  command.Kind
		given map[string]any
		want  string
	}{
		"an unknown kind":           {"fly", nil, "allowed are [lock unlock climate"},
		"a parameter that is none":  {command.Lock, map[string]any{"door": 1.}, "lock takes none"},
		"another kind's parameter":  {command.Climate, map[string]any{"reportId": "x"}, "climate takes [targetTemperatureC]"},
		"a missing one":             {command.Climate, nil, "targetTemperatureC is missing"},
		"too hot":                   {command.Climate, map[string]any{"targetTemperatureC": 30.5}, "16 to 30 in steps of 0.5"},
		"between two steps":         {command.Climate, map[string]any{"targetTemperatureC": 20.25}, "in steps of 0.5"},
		"a text for a temperature":  {command.Climate, map[string]any{"targetTemperatureC": "20"}, "a number"},
		"a report without its ULID": {command.HealthReport, map[string]any{"reportId": "x"}, "a ULID"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := command.Check(tc.kind, tc.given)
			require.ErrorContains(t, err, tc.want)
			assert.Equal(t, errs.Invalid, errs.Of(err))
		})
	}
	for _, kind := range []command.Kind{command.Lock, command.Unlock, command.Honk, command.Diagnose} {
		_, err := command.Check(kind, nil)
		assert.NoError(t, err)
	}
}

func good() map[string]any {
	return map[string]any{
		"schema": "commandresult/1", "id": "01JD0W2V6X9Q1Z3A5B7C9D1E3F", "commandId": "01JD0W2V6X9Q1Z3A5B7C9D1E3G", "ts": "2026-11-23T12:00:00.000Z",
		"status": "succeeded", "result": map[string]any{"locked": true}, "vin": string(car), "clientId": string(car), "ingestedAt": 1795435200000,
	}
}

func TestDecodeResult(t *testing.T) {
	b, err := json.Marshal(good())
	require.NoError(t, err)
	r, err := command.DecodeResult(b)
	require.NoError(t, err)
	assert.Equal(t, command.Result{
		ID: "01JD0W2V6X9Q1Z3A5B7C9D1E3F", CommandID: "01JD0W2V6X9Q1Z3A5B7C9D1E3G", VIN: car, TS: noon, Status: command.ResultSucceeded,
		Result: map[string]any{"locked": true}, ReceivedAt: noon,
	}, r)
	for name, tc := range map[string]struct {
		field  string
		value  any
		reason message.Reason
	}{
		"another schema":       {"schema", "commandresult/2", "schema_invalid"},
		"another car's":        {"clientId", "WVWZZZ1JZXW000002", "identity_mismatch"},
		"no car's":             {"vin", "x", "identity_mismatch"},
		"a made-up status":     {"status", "maybe", "schema_invalid"},
		"a result of no kind":  {"result", "x", "schema_invalid"},
		"a command's bad id":   {"commandId", "alert", "schema_invalid"},
		"a very long reason":   {"reason", strings.Repeat("x", 501), "schema_invalid"},
		"a time that is none":  {"ts", "noon", "schema_invalid"},
		"no time of reception": {"ingestedAt", 0, "schema_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			m := maps.Clone(good())
			m[tc.field] = tc.value
			b, err := json.Marshal(m)
			require.NoError(t, err)
			_, err = command.DecodeResult(b)
			var refusal *message.Rejection
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, tc.reason, refusal.Reason)
		})
	}
}

func FuzzDecodeResult(f *testing.F) {
	b, err := json.Marshal(good())
	require.NoError(f, err)
	f.Add(b)
	f.Add([]byte(`{"schema":"commandresult/1","result":null}`))
	raw, err := os.ReadFile("schema/commandresult-1.json")
	require.NoError(f, err)
	require.True(f, bytes.Contains(raw, []byte("rejected")))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := command.DecodeResult(b)
		var refusal *message.Rejection
		if err != nil && !errors.As(err, &refusal) {
			t.Fatalf("%v is no refusal", err)
		}
		if err == nil && (r.VIN == "" || r.CommandID == "") {
			t.Fatalf("%s is taken", b)
		}
	})
}
