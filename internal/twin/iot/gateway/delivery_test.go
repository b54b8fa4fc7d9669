package gateway_test

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/gateway/registry"
)

func receiveMaximum(n uint16) connectOption {
	return func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = n }
}

// persistent requests a session that outlives the connection.
func persistent(version byte) connectOption {
	return func(pk *packets.Packet) {
		pk.Connect.Clean = false
		pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 600, version == 5
	}
}

func (d *device) puback(id uint16) {
	d.t.Helper()
	d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: id})
}

// Tests the statements [MQTT-3.3.4-9] and [MQTT-4.6.0-6] of the specification.
func TestReceiveMaximumBoundsWhatIsUnacknowledged(t *testing.T) {
	const messages = 500
	for _, most := range []uint16{1, 5, 20, 100} {
		t.Run(fmt.Sprintf("Receive Maximum %d", most), func(t *testing.T) {
			w := newWorld(t)
			d := w.joined(5, "CAR1", receiveMaximum(most))
			require.Equal(t, byte(1), d.subscribe("cmd/cars/CAR1/#", 1))
			for i := range messages {
				w.publish("cmd/cars/CAR1/a/req", fmt.Sprint(i))
			}
			for i := 0; i < messages; {
				var unacknowledged []uint16
				for len(unacknowledged) < int(most) && i < messages {
					pk := d.expect(packets.Publish)
					require.Equal(t, fmt.Sprint(i), string(pk.Payload), "in order")
					require.False(t, pk.FixedHeader.Dup)
					unacknowledged = append(unacknowledged, pk.PacketID)
					i++
				}
				d.quiet()
				for _, id := range unacknowledged {
					d.puback(id)
				}
			}
		})
	}
}

// Tests the statements [MQTT-4.6.0-6], [MQTT-3.3.1-1] and [MQTT311-3.3.1-1] of the specifications.
func TestSleepingSessionGetsItsMessagesInOrder(t *testing.T) {
	const messages, unacknowledged = 1000, 30
	for name, version := range map[string]byte{"MQTT 3.1.1": 4, "MQTT 5": 5} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			d := w.joined(version, "CAR1", persistent(version))
			require.Equal(t, byte(1), d.subscribe("cmd/cars/CAR1/#", 1))
			_ = d.conn.Close()
			w.eventually(func() bool { return strings.Contains(w.log.text(), "client disconnected") }, "the gateway sees the end")
			for i := range messages {
				w.publish("cmd/cars/CAR1/a/req", fmt.Sprint(i))
			}
			d = w.joined(version, "CAR1", persistent(version))
			for i := range unacknowledged {
				pk := d.expect(packets.Publish)
				require.Equal(t, fmt.Sprint(i), string(pk.Payload))
				require.False(t, pk.FixedHeader.Dup, "it was never sent before")
			}
			_ = d.conn.Close()
			d = w.joined(version, "CAR1", persistent(version))
			for i := range messages {
				pk := d.expect(packets.Publish)
				require.Equal(t, fmt.Sprint(i), string(pk.Payload))
				if i < unacknowledged {
					require.True(t, pk.FixedHeader.Dup, "it was sent before")
				}
				if i >= 100 {
					require.False(t, pk.FixedHeader.Dup, "more than were under way")
				}
				d.puback(pk.PacketID)
			}
			d.quiet()
		})
	}
}

// stuck makes a subscriber that stops reading after its subscription.
func (w *world) stuck(name, filter string) *device {
	w.t.Helper()
	d := w.joined(5, name)
	require.Equal(w.t, byte(1), d.subscribe(filter, 1))
	return d
}

const anyPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}`

func TestStuckSubscribersHoldLittleMemory(t *testing.T) {
	const subscribers, messages, size, most = 10, 3000, 100 << 10, 200 << 20
	w := newWorld(t)
	w.registry.setPolicy(t, "car", anyPolicy)
	require.NoError(t, w.gateway.Refresh(t.Context()))
	for i := range subscribers {
		w.stuck(fmt.Sprintf("STUCK%d", i), "big/#")
	}
	source := w.joined(5, "SOURCE")
	payload := strings.Repeat("x", size)
	var peak uint64
	for i := range messages {
		source.acknowledged(source.publish("big/one", 1, payload))
		if i%100 == 0 {
			peak = max(peak, heapInUse())
		}
	}
	t.Logf("most heap in use %d MB", peak>>20)
	assert.Less(t, peak, uint64(most))
	w.eventually(func() bool { return strings.Count(w.log.text(), "client disconnected") == subscribers }, "all stuck clients are disconnected")
	debug.FreeOSMemory()
	assert.Less(t, heapInUse(), uint64(40<<20), "the memory is given back")
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// writeTime is the time after which a stuck client is disconnected. Tests wait longer than that, because the machine may be busy.
const writeTime = 5 * time.Second

func TestStuckSubscriberHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	w.registry.setPolicy(t, "car", anyPolicy)
	require.NoError(t, w.gateway.Refresh(t.Context()))
	source := w.joined(5, "SOURCE")
	stuck := w.stuck("STUCK", "#")
	w.stuck("EVENTS", "$aws/events/#")
	victim := w.joined(5, "VICTIM")
	payload := strings.Repeat("x", 100<<10)
	var slowest time.Duration
	for range 300 { // far more than the sockets' buffers hold
		start := time.Now()
		source.acknowledged(source.publish("big/one", 1, payload))
		slowest = max(slowest, time.Since(start))
	}
	assert.Less(t, slowest, writeTime, "an acknowledgement")
	start := time.Now()
	w.revoke("STUCK")
	w.revoke("VICTIM")
	assert.Equal(t, byte(0x98), victim.ended())
	w.joined(5, "OTHER").quiet()
	assert.Less(t, time.Since(start), writeTime, "revocation and a new connection")
	t.Logf("slowest acknowledgement %s, revocation and a new connection %s", slowest, time.Since(start))
	w.eventually(func() bool { return strings.Contains(w.log.text(), "client disconnected\" client_id=STUCK") }, "the stuck client ends too")
	_ = stuck.conn.Close()
	w.publish("elsewhere/one", "x")
}

// revoke revokes the certificate of the thing.
func (w *world) revoke(thing string) {
	w.t.Helper()
	var id string
	w.registry.do(func() {
		arn := w.registry.things[thing].Principals[0]
		id = arn[strings.LastIndexByte(arn, '/')+1:]
	})
	w.registry.setStatus(id, registry.Revoked)
}
