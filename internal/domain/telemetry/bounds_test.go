package telemetry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/domain/telemetry"
)

func TestAMessageAtItsLimitsIsTakenAndOneBeyondIsNot(t *testing.T) {
	signals := func(n int) string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf(`"Vehicle.S%d":1`, i)
		}
		return "{" + strings.Join(all, ",") + "}"
	}
	samples := func(n int) string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf(`{"dtMs":%d,"signals":{}}`, i)
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	message := func(signals, batch string) []byte {
		return []byte(`{"schema":"telemetry/1","id":"01KAFK9F00ABCDEFGHJKMNPQRS","ts":"2026-11-23T08:00:00.000Z","bootId":"b","seq":1,"signals":` + signals + `,"batch":` + batch + `}`)
	}
	for name, tc := range map[string]struct {
		message []byte
		taken   bool
	}{
		"as many signals as may be": {message(signals(telemetry.MaxSignals), "[]"), true},
		"one more":                  {message(signals(telemetry.MaxSignals+1), "[]"), false},
		"as many samples as may be": {message("{}", samples(telemetry.MaxBatch)), true},
		"one sample more":           {message("{}", samples(telemetry.MaxBatch+1)), false},
		"as many bytes as may be":   {append(message("{}", "[]"), strings.Repeat(" ", telemetry.MaxBytes-len(message("{}", "[]")))...), true},
		"one byte more":             {append(message("{}", "[]"), strings.Repeat(" ", telemetry.MaxBytes+1-len(message("{}", "[]")))...), false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := telemetry.Decode(tc.message)
			assert.Equal(t, tc.taken, err == nil, "%v", err)
		})
	}
}
