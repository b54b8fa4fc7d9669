package drive_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/drive"
	"connectedcar/internal/device/mqtt"
	"connectedcar/internal/device/replay"
	"connectedcar/internal/device/sim"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

const car = vin.VIN("1ACEV26S0TA000001")

// script is a Source of numbered messages, one per second.
type script struct {
	start time.Time
	n, of int
}

func (s *script) Next() (sim.Message, bool) {
	if s.n == s.of {
		return sim.Message{}, false
	}
	m := sim.Message{Kind: names.Telemetry, At: s.start.Add(time.Duration(s.n) * time.Second), Body: s.n}
	s.n++
	return m, true
}

// fakeClient acknowledges every message at once.
type fakeClient struct {
	mu       sync.Mutex
	topics   []string
	payloads []string
	at       []time.Time
	drainErr error
	closed   bool
}

func (*fakeClient) PublishQoS0(context.Context, string, []byte) error { return nil }

func (f *fakeClient) Publish(ctx context.Context, topic string, payload []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.topics, f.payloads, f.at = append(f.topics, topic), append(f.payloads, string(payload)), append(f.at, time.Now())
	return ctx.Err()
}
func (f *fakeClient) Drain(context.Context) error { return f.drainErr }
func (f *fakeClient) Close(context.Context) error { f.closed = true; return nil }
func (f *fakeClient) Stats() mqtt.Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return mqtt.Stats{Queued: len(f.payloads), Sent: len(f.payloads), Acked: len(f.payloads), Connected: !f.closed}
}

func fleetOf(c *fakeClient, t drive.Timeline, messages int) *drive.Fleet {
	return &drive.Fleet{Application: names.DefaultApplication, Timeline: t, Cars: []drive.Car{{
		VIN: car, Source: &script{start: t.Start, of: messages}, Open: func(drive.Listener) (drive.Client, error) { return c, nil },
	}}}
}

func TestMessagesAreSentWhenTheyAreDueAndNeverStampedLater(t *testing.T) {
	for name, speedup := range map[string]float64{"real time": 1, "ten times faster": 10, "as fast as possible": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const messages = 61
				began := time.Now()
				line := drive.NewTimeline(began, time.Minute, speedup)
				c := &fakeClient{}
				require.NoError(t, fleetOf(c, line, messages).Run(t.Context()))
				require.Len(t, c.payloads, messages)
				for i, at := range c.at {
					stamped := line.Start.Add(time.Duration(i) * time.Second)
					require.False(t, stamped.After(at), "message %d is stamped %s and sent %s", i, stamped, at)
				}
				switch speedup {
				case 0:
					assert.Equal(t, began, time.Now())
				default:
					assert.Equal(t, time.Duration(float64(time.Minute)/speedup), time.Since(began))
				}
			})
		})
	}
}

func TestBasicIngestIsTheDefault(t *testing.T) {
	line := drive.NewTimeline(time.Now(), time.Second, 0)
	c := &fakeClient{}
	require.NoError(t, fleetOf(c, line, 1).Run(t.Context()))
	assert.Equal(t, []string{"$aws/rules/cars_telemetry/dt/cars/" + string(car) + "/telemetry"}, c.topics)
	c = &fakeClient{}
	f := fleetOf(c, line, 1)
	f.Direct = true
	require.NoError(t, f.Run(t.Context()))
	assert.Equal(t, []string{"dt/cars/" + string(car) + "/telemetry"}, c.topics)
}

func TestStoppingSendsNoMoreAndStillDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second+time.Millisecond)
		defer cancel()
		c := &fakeClient{}
		f := fleetOf(c, drive.NewTimeline(time.Now(), time.Minute, 1), 61)
		require.NoError(t, f.Run(ctx))
		assert.Len(t, c.payloads, 11)
		assert.True(t, c.closed)
	})
}

func TestWhatIsNotAcknowledgedIsAnErrorThatNamesFewCars(t *testing.T) {
	line := drive.NewTimeline(time.Now(), time.Second, 0)
	f := &drive.Fleet{Application: names.DefaultApplication, Timeline: line, PerSecond: 1e6}
	for i := range 10 {
		c := &fakeClient{drainErr: fmt.Errorf("car %d: 1 of 1 messages not acknowledged", i)}
		f.Cars = append(f.Cars, drive.Car{VIN: car, Source: &script{start: line.Start, of: 1}, Open: func(drive.Listener) (drive.Client, error) { return c, nil }})
	}
	err := f.Run(t.Context())
	require.ErrorContains(t, err, "not acknowledged")
	assert.ErrorContains(t, err, "and 7 more cars")
	assert.Zero(t, f.Status().Finished)
}

func TestACarThatCannotConnectIsNamed(t *testing.T) {
	f := fleetOf(nil, drive.NewTimeline(time.Now(), time.Second, 0), 1)
	f.Cars[0].Open = func(drive.Listener) (drive.Client, error) { return nil, errors.New("no certificate") }
	assert.ErrorContains(t, f.Run(t.Context()), "car "+string(car)+": no certificate")
}

func TestRadioFaults(t *testing.T) {
	const messages = 2000
	send := func(r drive.Radio, seed uint64) (*fakeClient, drive.Status) {
		c := &fakeClient{}
		f := fleetOf(c, drive.NewTimeline(time.Now(), time.Hour, 0), messages)
		f.Radio, f.Seed = r, seed
		require.NoError(t, f.Run(t.Context()))
		return c, f.Status()
	}
	unique := func(c *fakeClient) int {
		set := map[string]bool{}
		for _, p := range c.payloads {
			set[p] = true
		}
		return len(set)
	}
	t.Run("dropped messages are never sent", func(t *testing.T) {
		c, s := send(drive.Radio{Drop: 0.1}, 1)
		assert.InDelta(t, messages/10, s.Dropped, 60)
		assert.Len(t, c.payloads, messages-s.Dropped)
	})
	t.Run("duplicates are the same message", func(t *testing.T) {
		c, s := send(drive.Radio{Duplicate: 0.1}, 1)
		assert.InDelta(t, messages/10, s.Duplicated, 60)
		assert.Len(t, c.payloads, messages+s.Duplicated)
		assert.Equal(t, messages, unique(c))
	})
	t.Run("reordered messages all arrive, a little later", func(t *testing.T) {
		c, s := send(drive.Radio{Reorder: 0.1}, 1)
		assert.InDelta(t, messages/10, s.Reordered, 60)
		require.Len(t, c.payloads, messages)
		assert.Equal(t, messages, unique(c))
		late := 0
		for i, p := range c.payloads {
			var n int
			require.NoError(t, json.Unmarshal([]byte(p), &n))
			require.InDelta(t, n, i, 12)
			if n < i {
				late++
			}
		}
		assert.Positive(t, late)
	})
	t.Run("the same seed does the same", func(t *testing.T) {
		all := drive.Radio{Drop: 0.1, Duplicate: 0.1, Reorder: 0.1}
		a, _ := send(all, 5)
		b, _ := send(all, 5)
		other, _ := send(all, 6)
		assert.Equal(t, a.payloads, b.payloads)
		assert.NotEqual(t, a.payloads, other.payloads)
	})
	t.Run("a probability above 1 is refused", func(t *testing.T) {
		assert.ErrorContains(t, drive.Radio{Drop: 1.5}.Check(), "allowed are probabilities from 0 to 1")
		assert.NoError(t, drive.Radio{Drop: 1}.Check())
	})
}

func sample(at time.Duration, codes ...string) replay.Sample {
	s := replay.Sample{At: at, Signals: telemetry.Signals{telemetry.Speed: telemetry.Number(50)}}
	if codes != nil {
		s.Signals[telemetry.DTCList] = telemetry.Texts(codes...)
	}
	return s
}

func play(r drive.Recording, c replay.Car, line drive.Timeline) []sim.Message {
	var out []sim.Message
	p := r.Player(c, line)
	for {
		m, ok := p.Next()
		if !ok {
			return out
		}
		out = append(out, m)
	}
}

func TestARecordingEndsNow(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	day := time.Duration(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano())
	long := replay.Car{Label: "long", Absolute: true, Samples: []replay.Sample{sample(day), sample(day + time.Minute)}}
	later := replay.Car{Label: "later", Absolute: true, Samples: []replay.Sample{sample(day + 30*time.Second)}}
	relative := replay.Car{Label: "relative", Samples: []replay.Sample{sample(0), sample(10 * time.Second)}}
	r := drive.Recording{Log: &replay.Log{Cars: []replay.Car{long, later, relative}}, NewID: func(time.Time) string { return "id" }}
	require.Equal(t, time.Minute, r.Span())
	line := drive.NewTimeline(now, r.Span(), 0)

	ts := func(c replay.Car) (out []time.Time) {
		for _, m := range play(r, c, line) {
			out = append(out, m.Body.(telemetry.Message).TS)
		}
		return out
	}
	end := line.Start.Add(time.Minute)
	assert.WithinDuration(t, now, end, 5*time.Second)
	assert.False(t, end.After(now))
	assert.Equal(t, []time.Time{end.Add(-time.Minute), end}, ts(long))
	assert.Equal(t, []time.Time{end.Add(-30 * time.Second)}, ts(later), "cars keep their distance in time")
	assert.Equal(t, []time.Time{end.Add(-10 * time.Second), end}, ts(relative), "a car without calendar ends with the rest")

	r.KeepTime = true
	assert.Equal(t, time.Unix(0, int64(day)).UTC(), ts(long)[0])
}

func TestARecordingsTripsAndTroubleCodes(t *testing.T) {
	n := 0
	c := replay.Car{Samples: []replay.Sample{sample(0, []string{}...), sample(time.Second, "P0301"), sample(2*time.Second, "P0301"), sample(time.Hour)}}
	r := drive.Recording{Log: &replay.Log{Cars: []replay.Car{c}}, BootID: "boot", NewID: func(time.Time) string { n++; return fmt.Sprint(n) }}
	messages := play(r, c, drive.NewTimeline(time.Now(), time.Hour, 0))
	var trips []string
	var diagnostics []sim.Diagnostics
	for _, m := range messages {
		switch b := m.Body.(type) {
		case telemetry.Message:
			trips = append(trips, b.TripID)
		case sim.Diagnostics:
			diagnostics = append(diagnostics, b)
		}
	}
	require.Len(t, trips, 4)
	assert.Equal(t, trips[0], trips[2])
	assert.NotEqual(t, trips[2], trips[3], "after a long pause a new trip begins")
	require.Len(t, diagnostics, 1)
	assert.Equal(t, "snapshot", diagnostics[0].Kind)
	assert.Equal(t, "P0301", diagnostics[0].Codes[0].Code)
}

func TestMadeUpVINsAreValidAndAllDifferent(t *testing.T) {
	seen := map[vin.VIN]bool{}
	for i := range 20_000 {
		v := drive.MadeUpVIN(fmt.Sprint("car ", i))
		parsed, err := vin.Parse(string(v))
		require.NoError(t, err)
		require.True(t, parsed.CheckDigitValid())
		require.False(t, seen[v])
		seen[v] = true
	}
}
