package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// batch returns an event of AWS IoT Analytics with three messages, the second of which is invalid.
func batch(t *testing.T) json.RawMessage {
	t.Helper()
	b, err := os.ReadFile("testdata/iotanalytics.json")
	require.NoError(t, err)
	return b
}

// activity calls the function as the service does, with encoded events and responses.
func activity(t *testing.T, h *handler, event json.RawMessage) []map[string]any {
	t.Helper()
	b, err := h.Invoke(t.Context(), event)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(b, []byte("[")), "the service wants a list: %.80s", b)
	var rows []map[string]any
	require.NoError(t, json.Unmarshal(b, &rows))
	return rows
}

func TestAListOfMessagesBecomesAListOfRows(t *testing.T) {
	o, metrics := &outside{}, &bytes.Buffer{}
	rows := activity(t, newHandler(o, maxAnswer, metrics), batch(t))
	require.Len(t, rows, 3)
	assert.Equal(t, "Vehicle.Speed", rows[0]["signal"])
	assert.InDelta(t, 87.5, rows[0]["num"], 0)
	assert.Equal(t, "Acme", rows[0]["make"])
	assert.Equal(t, "missing", rows[1]["quality"])
	assert.Equal(t, "Vehicle.TraveledDistance", rows[2]["signal"])
	for _, row := range rows {
		assert.Equal(t, map[string]any{
			"day": "2026-11-23", "hour": "12", "ts_ms": 1795438799900.0, "ingested_ms": 1795438800000.0,
		}, row["sample"])
	}
	assert.Contains(t, metrics.String(), `"LakeRows":3`)
}

func TestAMessageOfAListThatCannotBeUsedIsSetAside(t *testing.T) {
	o := &outside{}
	activity(t, newHandler(o, maxAnswer, &bytes.Buffer{}), batch(t))
	require.Len(t, o.kept, 1)
	assert.Contains(t, string(o.kept[0].Payload), `"fast"`)
	assert.Equal(t, "WVWZZZ1JZXW000001", o.kept[0].PartitionKey)
	assert.NotEmpty(t, o.kept[0].Reason)
}

func TestAListOfNothingIsAnsweredWithAList(t *testing.T) {
	for name, event := range map[string]string{"no messages": `[]`, "nothing that can be used": `[1, "x", {"signals": {}}]`} {
		t.Run(name, func(t *testing.T) {
			o := &outside{}
			assert.Empty(t, activity(t, newHandler(o, maxAnswer, &bytes.Buffer{}), json.RawMessage(event)))
			for _, e := range o.kept {
				assert.Equal(t, "unknown", e.PartitionKey, "Kinesis takes no empty key")
			}
		})
	}
}

// TestAListWhoseRowsDoNotFitFails: the channel keeps the messages, so none is put on the stream, which the channel does not read.
func TestAListWhoseRowsDoNotFitFails(t *testing.T) {
	_, err := newHandler(&outside{}, 900, &bytes.Buffer{}).Invoke(t.Context(), batch(t))
	assert.ErrorIs(t, err, errTooLarge)
}

func TestTheLargestListsFitOrFail(t *testing.T) {
	var one []json.RawMessage
	require.NoError(t, json.Unmarshal(batch(t), &one))
	for _, n := range []int{5_000, 25_000} {
		many := "[" + strings.TrimSuffix(strings.Repeat(string(one[0])+",", n), ",") + "]"
		b, err := newHandler(&outside{}, maxAnswer, &bytes.Buffer{}).Invoke(t.Context(), []byte(many))
		if n == 25_000 {
			assert.ErrorIs(t, err, errTooLarge)
			continue
		}
		require.NoError(t, err)
		assert.LessOrEqual(t, len(b), maxAnswer)
		assert.Greater(t, len(b), maxAnswer/4)
	}
}

func TestFirehosesEventIsStillTaken(t *testing.T) {
	b, err := os.ReadFile("testdata/firehose.json")
	require.NoError(t, err)
	for name, event := range map[string][]byte{"as it comes": b, "after a space": append([]byte("\n "), b...)} {
		out, err := newHandler(&outside{}, maxAnswer, &bytes.Buffer{}).Invoke(t.Context(), event)
		require.NoError(t, err, name)
		var answer response
		require.NoError(t, json.Unmarshal(out, &answer))
		assert.Len(t, answer.Records, 2)
		assert.Equal(t, "Ok", answer.Records[0].Result)
	}
}

func TestWhatIsNoEventIsRefused(t *testing.T) {
	for name, event := range map[string]string{"nothing": ``, "a text": `"x"`, "a number": `1`, "a list that does not end": `[`} {
		t.Run(name, func(t *testing.T) {
			_, err := newHandler(&outside{}, maxAnswer, &bytes.Buffer{}).Invoke(t.Context(), []byte(event))
			assert.Error(t, err)
		})
	}
}
