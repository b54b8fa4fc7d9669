package telemetry

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const plainMessage = `{"message":{"schema":"telemetry/1","id":"01KAR3V5ZC8Q4M0T6Y2N9XWJHB","ts":"2026-11-23T08:00:00.123Z","bootId":"b-1","seq":7,` +
	`"tripId":"01KAR3V5ZD0000000000000001","signals":{"Vehicle.Speed":48.6,"Vehicle.Diagnostics.DTCList":["P0301"],` +
	`"Vehicle.Private.X":-0.5,"Vehicle.LowVoltageSystemState":"ON","Vehicle.Service.IsServiceDue":false,"Vehicle.TraveledDistance":null},` +
	`"batch":[{"dtMs":-1000,"signals":{}},{"dtMs":5,"signals":{"Vehicle.Speed":0.1234567890123456789}}]},` +
	`"vin":"WVWZZZ1JZXW000001","clientId":"WVWZZZ1JZXW000001","ingestedAt":1795435200035}`

func TestPlainMessagesAreScanned(t *testing.T) {
	got, ok := scanReceived([]byte(plainMessage))
	require.True(t, ok, "what cars send takes the fast way")
	want, err := receivedByJSON([]byte(plainMessage))
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

// For every message that scan accepts, the decoder by encoding/json gives the same result.
func FuzzScanAgreesWithJSON(f *testing.F) {
	for _, seed := range []string{
		plainMessage, ` ` + plainMessage + "\n", plainMessage + "x", `{}`, `{"seq":01}`,
		`{"message":{"schema":"telemetry/1","id":"01KAR3V5ZC8Q4M0T6Y2N9XWJHB","ts":"2026-02-29T08:00:00Z","bootId":"b","seq":-0,"signals":{"Vehicle.Speed":-0}},"vin":"","clientId":"","ingestedAt":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := scanReceived(b)
		if !ok {
			return
		}
		want, err := receivedByJSON(b)
		require.NoError(t, err, "%s", b)
		require.Equal(t, want, got, "%s", b)
	})
}

// For every single-byte change of a message, both decoders agree.
func TestEveryByteMatters(t *testing.T) {
	accepted := 0
	for i := range plainMessage {
		for _, c := range []byte("\"{}[]:,.-+0159eEtfnZT\\ \x00\x80aV") {
			b := []byte(plainMessage)
			b[i] = c
			got, ok := scanReceived(b)
			if !ok {
				continue
			}
			accepted++
			want, err := receivedByJSON(b)
			require.NoError(t, err, "%s", b)
			require.Equal(t, want, got, "%s", b)
		}
	}
	assert.Greater(t, accepted, 1000, "hardly any change is accepted: the test proves little")
}

func BenchmarkDecodeReceivedPlain(b *testing.B) {
	require.True(b, json.Valid([]byte(plainMessage)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeReceived([]byte(plainMessage)); err != nil {
			b.Fatal(err)
		}
	}
}
