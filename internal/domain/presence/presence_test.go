package presence_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/presence"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

const car = vin.VIN("WVWZZZ1JZXW000001")

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const disconnect = `{"clientId":"WVWZZZ1JZXW000001","timestamp":1795420800000,"eventType":"disconnected","sessionIdentifier":"s","principalIdentifier":"p",` +
	`"clientInitiatedDisconnect":false,"disconnectReason":"CONNECTION_LOST","versionNumber":3,"vin":"WVWZZZ1JZXW000001","ingestedAt":1795420800100}`

func TestDecode(t *testing.T) {
	got, err := presence.Decode([]byte(disconnect))
	require.NoError(t, err)
	assert.Equal(t, presence.Event{
		VIN: car, Kind: presence.Disconnected, At: time.UnixMilli(1795420800000).UTC(), Version: 3, Session: "s", Reason: "CONNECTION_LOST",
	}, got)
	for name, tc := range map[string]struct {
		old, new string
		check    func(t *testing.T, e presence.Event, err error)
	}{
		"the client said goodbye": {`"clientInitiatedDisconnect":false`, `"clientInitiatedDisconnect":true`, byClient},
		"or so says the reason":   {"CONNECTION_LOST", "CLIENT_INITIATED_DISCONNECT", byClient},
		"another client":          {`"clientId":"W`, `"clientId":"console-W`, noCar},
		"another client's topic":  {`"vin":"WVWZZZ1JZXW000001"`, `"vin":"WVWZZZ1JZXW000002"`, noCar},
		"no version":              {`"versionNumber":3`, `"versionNumbers":3`, wrong},
		"a negative version":      {`"versionNumber":3`, `"versionNumber":-3`, wrong},
		"no time":                 {`"timestamp"`, `"time"`, wrong},
		"another event":           {`"disconnected"`, `"subscribed"`, unknownKind},
		"a refused connection":    {`"disconnected"`, `"connect_failed"`, unknownKind},
		"no client":               {`"clientId"`, `"client"`, wrong},
		"no JSON":                 {`{`, ``, wrong},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(disconnect, tc.old, tc.new, 1)
			require.NotEqual(t, disconnect, text)
			e, err := presence.Decode([]byte(text))
			tc.check(t, e, err)
		})
	}
}

func byClient(t *testing.T, e presence.Event, err error) {
	t.Helper()
	require.NoError(t, err)
	assert.True(t, e.ByClient)
}

func noCar(t *testing.T, _ presence.Event, err error) {
	t.Helper()
	assert.ErrorIs(t, err, presence.ErrNoCar)
}

func unknownKind(t *testing.T, _ presence.Event, err error) {
	t.Helper()
	assert.ErrorIs(t, err, presence.ErrUnknownKind)
}

// An event of a refused connection has no version, and any client can cause one.
func TestWhoseEventItIsComesFirst(t *testing.T) {
	_, err := presence.Decode([]byte(`{"message":{"clientId":"stranger","timestamp":1460065214626,"eventType":"connect_failed",` +
		`"connectFailureReason":"AUTHORIZATION_FAILED","principalIdentifier":"p","sessionIdentifier":"s","ipAddress":"192.0.2.0"},"vin":"stranger","ingestedAt":1460065214700}`))
	assert.ErrorIs(t, err, presence.ErrNoCar)
}

func wrong(t *testing.T, _ presence.Event, err error) {
	t.Helper()
	var refusal *message.Rejection
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, errs.Invalid, errs.Of(err))
}

func event(kind presence.Kind, version int64, at time.Time) presence.Event {
	return presence.Event{VIN: car, Kind: kind, Version: version, At: at, Session: "s"}
}

func TestTheNewestEventDecides(t *testing.T) {
	for name, tc := range map[string]struct {
		events    []presence.Event // in the order in which they happened
		connected bool
	}{
		"connected": {[]presence.Event{event(presence.Connected, 1, noon)}, true},
		"and gone":  {[]presence.Event{event(presence.Connected, 1, noon), event(presence.Disconnected, 1, noon.Add(time.Minute))}, false},
		"a disconnect whose clock is behind its connect's": {
			[]presence.Event{event(presence.Connected, 1, noon), event(presence.Disconnected, 1, noon.Add(-time.Second))}, false},
		"a second connection that pushes out the first": {
			[]presence.Event{event(presence.Connected, 1, noon), event(presence.Disconnected, 1, noon.Add(61*time.Second)), event(presence.Connected, 2, noon.Add(time.Minute))}, true},
		"versions that begin anew after an hour": {
			[]presence.Event{event(presence.Connected, 7, noon), event(presence.Disconnected, 7, noon.Add(time.Minute)), event(presence.Connected, 0, noon.Add(62*time.Minute))}, true},
		"and then go on": {
			[]presence.Event{event(presence.Disconnected, 7, noon), event(presence.Connected, 0, noon.Add(time.Hour)), event(presence.Disconnected, 0, noon.Add(61*time.Minute))}, false},
	} {
		t.Run(name, func(t *testing.T) {
			want := presence.State{VIN: car}
			for _, e := range tc.events {
				assert.True(t, want.Apply(e))
			}
			assert.Equal(t, tc.connected, want.Connected)
			rng := rand.New(rand.NewPCG(1, 1))
			for range 50 {
				mixed := slices.Concat(tc.events, tc.events)
				rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
				got := presence.State{VIN: car}
				for _, e := range mixed {
					got.Apply(e)
				}
				require.Equal(t, want, got)
			}
		})
	}
}

// life returns the events of a car that connects and disconnects, sometimes for hours, with times that are up to two minutes wrong.
func life(rng *rand.Rand) []presence.Event {
	var all []presence.Event
	at, version := noon, int64(0)
	wrong := func() time.Time {
		return at.Add(time.Duration(rng.IntN(240_000)-120_000) * time.Millisecond).Truncate(time.Millisecond)
	}
	for range 1 + rng.IntN(12) {
		all = append(all, event(presence.Connected, version, wrong()))
		at = at.Add(time.Duration(rng.IntN(7200)) * time.Second)
		all = append(all, event(presence.Disconnected, version, wrong()))
		if rng.IntN(3) == 0 {
			at, version = at.Add(65*time.Minute+time.Duration(rng.IntN(7200))*time.Second), 0
			continue
		}
		at, version = at.Add(time.Duration(rng.IntN(600))*time.Second), version+1+rng.Int64N(2)
	}
	return all[:len(all)-rng.IntN(2)]
}

func TestEventsOutOfOrderDoNotLie(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 2))
		events := life(rng)
		last := events[len(events)-1]
		mixed := slices.Concat(events, events)
		rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		var got presence.State
		for _, e := range mixed {
			got.Apply(e)
		}
		require.Equal(t, last.Kind == presence.Connected, got.Connected, "seed %d", seed)
		require.Equal(t, last.At, got.Since, "seed %d", seed)
	}
}

// later stores the messages that are to be sent.
type later struct {
	checks []presence.Check
	delays []time.Duration
	ended  []trip.Ended
	err    error
}

func (l *later) CheckIn(_ context.Context, c presence.Check, d time.Duration) error {
	l.checks, l.delays = append(l.checks, c), append(l.delays, d)
	return l.err
}

func (l *later) TripEndedIn(_ context.Context, e trip.Ended, d time.Duration) error {
	l.ended, l.delays = append(l.ended, e), append(l.delays, d)
	return l.err
}

type world struct {
	presences *memory.Presences
	alerts    *memory.Alerts
	states    *memory.States
	later     *later
	now       time.Time
	tracker   *presence.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{presences: &memory.Presences{}, alerts: &memory.Alerts{}, states: &memory.States{}, later: &later{}, now: noon}
	cars := &memory.Vehicles{}
	require.NoError(t, cars.PutVehicle(t.Context(), vehicle.Vehicle{VIN: car, Manufacturer: "acme"}))
	w.tracker = &presence.Service{
		Store: w.presences, Cars: cars, Signals: w.states, Alerts: alert.NewService(w.alerts, cars), Later: w.later,
		Grace: 20 * time.Minute, Now: func() time.Time { return w.now },
	}
	return w
}

// drives stores a last message of the car, a second before noon, that belongs to a trip.
func (w *world) drives(t *testing.T, state string) {
	t.Helper()
	s := vehicle.NewState(car)
	s.Newest = vehicle.Source{At: noon.Add(-time.Second).UnixMilli(), TripID: "trip"}
	if state != "" {
		s.Signals[telemetry.LowVoltageSystemState] = vehicle.Reading{Value: telemetry.Text(state), At: s.Newest.At}
	}
	require.NoError(t, w.states.PutState(t.Context(), s))
}

func (w *world) take(t *testing.T, e presence.Event, want presence.Outcome) {
	t.Helper()
	got, err := w.tracker.Handle(t.Context(), e)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func (w *world) check(t *testing.T, at time.Time, want presence.Outcome) {
	t.Helper()
	w.now = at
	got, err := w.tracker.Check(t.Context(), w.later.checks[len(w.later.checks)-1])
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestACarThatGoesSilentOnATripIsLostUntilItIsBack(t *testing.T) {
	w := newWorld(t)
	w.drives(t, "ON")
	w.take(t, event(presence.Connected, 1, noon.Add(-time.Hour)), presence.Applied)
	w.take(t, event(presence.Disconnected, 1, noon), presence.Applied)
	require.Len(t, w.later.checks, 1)
	assert.LessOrEqual(t, slices.Max(w.later.delays), presence.MaxDelay)

	w.check(t, noon.Add(15*time.Minute), presence.Waiting)
	require.Len(t, w.later.checks, 2, "the queue cannot delay it for the whole grace")
	w.check(t, noon.Add(20*time.Minute), presence.Raised)
	w.check(t, noon.Add(21*time.Minute), presence.Raised) // the queue may deliver a message twice
	require.Len(t, w.alerts.All(), 1)
	for _, a := range w.alerts.All() {
		assert.Equal(t, alert.ConnectivityLost, a.Kind)
		assert.Equal(t, alert.Open, a.Status)
		assert.Equal(t, noon, a.FirstAt)
		assert.Equal(t, "trip", a.TripID)
	}

	w.take(t, event(presence.Connected, 2, noon.Add(30*time.Minute)), presence.Applied)
	for _, a := range w.alerts.All() {
		assert.Equal(t, alert.Resolved, a.Status)
		assert.Equal(t, noon.Add(30*time.Minute), a.ResolvedAt)
	}
	assert.Zero(t, w.presences.All()[car].LostAt)
	w.check(t, noon.Add(31*time.Minute), presence.Returned)
	require.Len(t, w.alerts.All(), 1)
}

func TestACarIsNotLost(t *testing.T) {
	goodbye := event(presence.Disconnected, 1, noon)
	goodbye.ByClient = true
	t.Run("if it said goodbye", func(t *testing.T) {
		w := newWorld(t)
		w.drives(t, "ON")
		w.take(t, goodbye, presence.Applied)
		assert.Empty(t, w.later.checks)
		assert.Len(t, w.later.ended, 1, "but its trip has ended")
	})
	for name, state := range map[string]string{"if it was switched off": "OFF", "if it was locked": "LOCK"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.drives(t, state)
			w.take(t, event(presence.Disconnected, 1, noon), presence.Applied)
			w.check(t, noon.Add(time.Hour), presence.Returned)
			assert.Empty(t, w.alerts.All())
		})
	}
	t.Run("if it had been silent long before", func(t *testing.T) {
		w := newWorld(t)
		w.drives(t, "ON")
		w.take(t, event(presence.Disconnected, 1, noon.Add(time.Hour)), presence.Applied)
		w.check(t, noon.Add(2*time.Hour), presence.Returned)
	})
	t.Run("if it never reported", func(t *testing.T) {
		w := newWorld(t)
		w.take(t, event(presence.Disconnected, 1, noon), presence.Applied)
		w.check(t, noon.Add(time.Hour), presence.Returned)
	})
	t.Run("if it came back and went again: then the newer disconnect counts", func(t *testing.T) {
		w := newWorld(t)
		w.drives(t, "ON")
		w.take(t, event(presence.Disconnected, 1, noon), presence.Applied)
		first := w.later.checks[0]
		w.take(t, event(presence.Disconnected, 2, noon.Add(10*time.Minute)), presence.Applied)
		w.now = noon.Add(20 * time.Minute)
		got, err := w.tracker.Check(t.Context(), first)
		require.NoError(t, err)
		assert.Equal(t, presence.Returned, got)
		w.check(t, noon.Add(30*time.Minute), presence.Raised)
	})
}

func TestACarWithoutAnIgnitionSignalIsOnATripByItsTripID(t *testing.T) {
	w := newWorld(t)
	w.drives(t, "")
	w.take(t, event(presence.Disconnected, 1, noon), presence.Applied)
	w.check(t, noon.Add(20*time.Minute), presence.Raised)
}

func TestAStrangeClientLeavesNothing(t *testing.T) {
	w := newWorld(t)
	e := event(presence.Connected, 1, noon)
	e.VIN = "WVWZZZ1JZXW000002"
	w.take(t, e, presence.Foreign)
	assert.Empty(t, w.presences.All())
}

func TestAnEventThatFailedHalfwayIsDoneWhenItComesAgain(t *testing.T) {
	w := newWorld(t)
	w.later.err = errors.New("the queue is away")
	_, err := w.tracker.Handle(t.Context(), event(presence.Disconnected, 1, noon))
	require.ErrorIs(t, err, w.later.err)
	w.later.err = nil
	w.take(t, event(presence.Disconnected, 1, noon), presence.NoNews)
	assert.Len(t, w.later.checks, 1)
}
