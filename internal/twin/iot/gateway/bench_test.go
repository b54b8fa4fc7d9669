package gateway_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/gateway"
	"connectedcar/internal/twin/iot/gateway/actions"
	"connectedcar/internal/twin/iot/sql"
)

// counting is a destination that counts messages and accepts all of them.
type counting struct{ n atomic.Int64 }

func (c *counting) Build(*sql.Statement, types.Action) (actions.Action, error) { return c, nil }

func (c *counting) Describe() (action, resource string) { return "CountAction", "memory" }

func (c *counting) Start(context.Context, actions.Invocation) actions.Wait {
	c.n.Add(1)
	return nil
}

// benchPayload is a car's telemetry message.
const benchPayload = `{"schema":"telemetry/1","id":"01JDCMR4V7Q7X1D3W6S9T2Y5Z8","ts":"2026-11-23T08:00:00.000Z","bootId":"b1","seq":42,"signals":{"Speed":88.5,"Powertrain.CombustionEngine.Speed":2310,"Powertrain.CombustionEngine.EngineCoolant.Temperature":90.5,"CurrentLocation.Latitude":50.11,"CurrentLocation.Longitude":8.68}}`

// windowSize is the number of QoS 1 messages that a client has in flight.
const windowSize = 20

// BenchmarkPublish sends telemetry over mutual TLS through a rule with a WHERE clause and three functions.
//
//	go test -run '^$' -bench Publish ./internal/twin/iot/gateway
func BenchmarkPublish(b *testing.B) {
	for _, clients := range []int{1, 200} {
		for qos := range byte(2) {
			b.Run(fmt.Sprintf("QoS=%d/connections=%d", qos, clients), func(b *testing.B) {
				sink := &counting{}
				w := newWorld(b, func(c *gateway.Config) {
					c.Log = slog.New(slog.DiscardHandler)
					c.Actions = func(actions.Republisher) gateway.ActionBuilder { return sink }
				})
				w.addRule(toSink("telemetry", telemetry, "x"))
				devices := make([]*device, clients)
				for i := range devices {
					devices[i] = w.joined(5, fmt.Sprintf("CAR%d", i))
				}
				var latencies sync.Map
				b.ResetTimer()
				var group sync.WaitGroup
				for i, d := range devices {
					n := b.N / clients
					if i < b.N%clients {
						n++
					}
					group.Go(func() {
						latencies.Store(i, d.load(qos, n, fmt.Sprintf("$aws/rules/telemetry/dt/cars/CAR%d/telemetry", i), benchPayload))
					})
				}
				group.Wait()
				for sink.n.Load() < int64(b.N) {
					runtime.Gosched()
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
				if qos == 1 {
					b.ReportMetric(float64(p99(&latencies))/1e6, "p99-ms")
				}
			})
		}
	}
}

func p99(m *sync.Map) time.Duration {
	var all []time.Duration
	m.Range(func(_, v any) bool {
		all = append(all, v.([]time.Duration)...)
		return true
	})
	slices.Sort(all)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)*99/100]
}

// load publishes n messages and returns the time from each to its acknowledgement.
func (d *device) load(qos byte, n int, topic, payload string) []time.Duration {
	if qos == 0 {
		for range n {
			d.publish(topic, 0, payload)
		}
		return nil
	}
	sent := map[uint16]time.Time{}
	out := make([]time.Duration, 0, n)
	for i := 0; i < n || len(sent) > 0; {
		for i < n && len(sent) < windowSize {
			d.id = d.id%65000 + 1
			d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, PacketID: d.id, TopicName: topic, Payload: []byte(payload)})
			sent[d.id] = time.Now()
			i++
		}
		id := d.expect(packets.Puback).PacketID
		out = append(out, time.Since(sent[id]))
		delete(sent, id)
	}
	return out
}

// BenchmarkIdleConnection reports the memory per idle connection. Gateway and clients share this process, so the gateway's share is less.
func BenchmarkIdleConnection(b *testing.B) {
	w := newWorld(b, func(c *gateway.Config) { c.Log, c.Poll = slog.New(slog.DiscardHandler), time.Second })
	car := w.car("CAR")
	w.registry.provision(car, w.ca, "CAR", "car")
	w.registry.setPolicy(b, "car", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}`)
	require.NoError(b, w.gateway.Refresh(b.Context()))
	used := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	before := used()
	for i := range b.N {
		_, ack, err := w.attempt(car, 5, fmt.Sprintf("C%d", i))
		require.NoError(b, err)
		require.Zero(b, ack.ReasonCode)
	}
	b.ReportMetric(float64(used()-before)/float64(b.N), "B/connection")
}
