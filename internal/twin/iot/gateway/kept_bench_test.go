package gateway_test

import (
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/gateway"
)

// BenchmarkSleepingSession publishes to a session whose client is disconnected: in memory, in a file, and with a sync of the disk.
//
//	go test -run '^$' -bench SleepingSession ./internal/twin/iot/gateway
func BenchmarkSleepingSession(b *testing.B) {
	for name, change := range map[string]func(*gateway.Config){
		"memory": func(*gateway.Config) {},
		"file":   func(c *gateway.Config) { c.State = b.TempDir() },
		"fsync":  func(c *gateway.Config) { c.State, c.Sync = b.TempDir(), true },
	} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, change)
			w.registry.setPolicy(b, "car", anyPolicy)
			require.NoError(b, w.gateway.Refresh(b.Context()))
			w.away("SLEEPER", "a")
			source := w.joined(5, "SOURCE")
			b.ResetTimer()
			for i := range b.N {
				source.publish("a", 1, benchPayload)
				if i >= windowSize {
					source.expect(packets.Puback)
				}
			}
			for range min(b.N, windowSize) {
				source.expect(packets.Puback)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}
