package diagnostic_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

const car = vin.VIN("WVWZZZ1JZXW000001")

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// world is a Service on memory stores.
type world struct {
	store  *memory.Diagnostics
	alerts *memory.Alerts
	cars   *memory.Vehicles
	book   *diagnostic.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{store: &memory.Diagnostics{}, alerts: &memory.Alerts{}, cars: &memory.Vehicles{}}
	require.NoError(t, w.cars.PutVehicle(t.Context(), vehicle.Vehicle{VIN: car, Manufacturer: "acme", DealerID: "d1"}))
	w.book = diagnostic.NewService(w.store, w.cars, alert.NewService(w.alerts, w.cars), dtc.Builtin())
	return w
}

func (w *world) take(t *testing.T, messages ...diagnostic.Received) {
	t.Helper()
	for _, m := range messages {
		_, err := w.book.Handle(t.Context(), m)
		require.NoError(t, err)
	}
}

// open returns the ids of the open faults, sorted.
func (w *world) open() []string {
	var ids []string
	for key, r := range w.store.All() {
		if r.Status == diagnostic.Open {
			ids = append(ids, key[1])
		}
	}
	slices.Sort(ids)
	return ids
}

func (w *world) over() []diagnostic.Record {
	var list []diagnostic.Record
	for _, r := range w.store.All() {
		if r.Status == diagnostic.Closed {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b diagnostic.Record) int { return a.FirstSeen.Compare(b.FirstSeen) })
	return list
}

// messageOf returns a message of the car with those codes, that many minutes after noon.
func messageOf(kind diagnostic.Kind, minute int, codes ...dtc.Code) diagnostic.Received {
	at := noon.Add(time.Duration(minute) * time.Minute)
	m := diagnostic.Message{
		ID: alert.ID(at, fmt.Sprint(kind, minute, codes)), TS: at, Seq: uint64(1000 + minute), Kind: kind, MIL: true, // not negative: no overflow
	}
	for _, c := range codes {
		m.Codes = append(m.Codes, diagnostic.Reported{
			Fault: dtc.Fault{Code: c}, ECU: "ECM", Status: dtc.Confirmed | dtc.TestFailed,
			FreezeFrame: telemetry.Signals{telemetry.Speed: telemetry.Number(float64(minute))},
		})
	}
	return diagnostic.Received{Message: m, VIN: car, IngestedAt: at.Add(time.Second)}
}

const misfire, lean, lost = dtc.Code(0x0301), dtc.Code(0x0171), dtc.Code(0xC100) // P0301, P0171, U0100

func TestAFaultOpensAndCloses(t *testing.T) {
	w := newWorld(t)
	w.take(t, messageOf(diagnostic.Set, 1, misfire), messageOf(diagnostic.Set, 2, misfire, lean))
	assert.Equal(t, []string{"OPEN#P0171#ECM", "OPEN#P0301#ECM"}, w.open())
	r, err := w.store.Record(t.Context(), car, "OPEN#P0301#ECM")
	require.NoError(t, err)
	assert.Equal(t, 2, r.Count)
	assert.Equal(t, "d1", r.DealerID)
	assert.Equal(t, alert.High, r.Severity)
	assert.Equal(t, telemetry.Signals{telemetry.Speed: telemetry.Number(1)}, r.FreezeFrame, "the frame of the first report")

	w.take(t, messageOf(diagnostic.Clear, 3, misfire))
	assert.Equal(t, []string{"OPEN#P0171#ECM"}, w.open())
	over := w.over()
	require.Len(t, over, 1)
	assert.Equal(t, diagnostic.ByCar, over[0].ClosedBy)
	assert.Equal(t, noon.Add(3*time.Minute), over[0].ClosedAt)
	assert.Empty(t, over[0].DealerID, "what is over is in no dealer's list")

	w.take(t, messageOf(diagnostic.Clear, 4))
	assert.Empty(t, w.open(), "a clear without codes clears all")
}

func TestASnapshotEndsWhatItLacks(t *testing.T) {
	w := newWorld(t)
	w.take(t, messageOf(diagnostic.Set, 1, misfire, lean), messageOf(diagnostic.Set, 9, lost), messageOf(diagnostic.Snapshot, 5, lean))
	assert.Equal(t, []string{"OPEN#P0171#ECM", "OPEN#U0100#ECM"}, w.open(), "what was set after the snapshot stays")
	require.Len(t, w.over(), 1)
	assert.Equal(t, diagnostic.BySnapshot, w.over()[0].ClosedBy)

	w.take(t, messageOf(diagnostic.Set, 3, misfire))
	assert.Equal(t, []string{"OPEN#P0171#ECM", "OPEN#U0100#ECM"}, w.open(), "a late report from before the snapshot opens nothing")
	assert.Equal(t, 2, w.over()[0].Count, "but counts")
}

func TestALateReportIsHistoryOnly(t *testing.T) {
	w := newWorld(t)
	w.take(t, messageOf(diagnostic.Clear, 5, misfire), messageOf(diagnostic.Set, 3, misfire))
	assert.Empty(t, w.open())
	require.Len(t, w.over(), 1)
	for _, a := range w.alerts.All() {
		assert.Equal(t, alert.Resolved, a.Status)
	}
}

func TestOneAlertForEachFault(t *testing.T) {
	w := newWorld(t)
	w.take(t, messageOf(diagnostic.Set, 1, misfire, lean), messageOf(diagnostic.Snapshot, 2, misfire, lean))
	all := slices.Collect(maps.Values(w.alerts.All()))
	require.Len(t, all, 2)
	for _, a := range all {
		assert.Equal(t, alert.Diagnostics, a.Kind)
		assert.Equal(t, alert.Open, a.Status)
		assert.NotContains(t, a.Detail, "ECM", "a control unit's name is a car's free text")
	}
	w.take(t, messageOf(diagnostic.Clear, 3))
	for _, a := range w.alerts.All() {
		assert.Equal(t, alert.Resolved, a.Status)
		assert.Equal(t, noon.Add(3*time.Minute), a.ResolvedAt)
	}
}

func TestAPendingFaultIsNoAlert(t *testing.T) {
	w := newWorld(t)
	m := messageOf(diagnostic.Set, 1, misfire)
	m.Codes[0].Status = dtc.Pending | dtc.TestFailed
	w.take(t, m)
	assert.Len(t, w.open(), 1)
	assert.Empty(t, w.alerts.All())
	w.take(t, messageOf(diagnostic.Set, 2, misfire))
	assert.Len(t, w.alerts.All(), 1, "once it is confirmed it is")
}

func TestAPersonAcknowledgesAndClears(t *testing.T) {
	w := newWorld(t)
	w.take(t, messageOf(diagnostic.Set, 1, misfire))
	at := noon.Add(30 * time.Second) // the car's clock is ahead of the platform's
	r, err := w.book.Acknowledge(t.Context(), car, "OPEN#P0301#ECM", "alice", at)
	require.NoError(t, err)
	assert.Equal(t, "alice", r.AcknowledgedBy)
	again, err := w.book.Acknowledge(t.Context(), car, "OPEN#P0301#ECM", "bob", at.Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, r, again, "the first one stays")

	cleared, err := w.book.Clear(t.Context(), car, "OPEN#P0301#ECM", "carol", at.Add(2*time.Hour))
	require.NoError(t, err)
	assert.Equal(t, diagnostic.Closed, cleared.Status)
	assert.Equal(t, diagnostic.ByPerson, cleared.ClosedBy)
	assert.Equal(t, "carol", cleared.ClearedBy)
	assert.Equal(t, "alice", cleared.AcknowledgedBy, "who saw it stays on record")
	assert.Empty(t, w.open())
	for _, a := range w.alerts.All() {
		assert.Equal(t, alert.Resolved, a.Status)
	}

	_, err = w.book.Clear(t.Context(), car, "OPEN#P0301#ECM", "carol", at.Add(3*time.Hour))
	require.ErrorIs(t, err, diagnostic.ErrClosed)
	assert.Equal(t, errs.Conflict, errs.Of(err))
	_, err = w.book.Acknowledge(t.Context(), car, cleared.ID, "carol", at.Add(3*time.Hour))
	require.ErrorIs(t, err, diagnostic.ErrClosed)

	w.take(t, messageOf(diagnostic.Set, 200, misfire))
	assert.Equal(t, []string{"OPEN#P0301#ECM"}, w.open(), "the car reports it again")
}

func TestAPersonMayDoMuchAtOnce(t *testing.T) {
	w := newWorld(t)
	w.take(t, messageOf(diagnostic.Set, 1, misfire, lean))
	at := noon.Add(time.Hour)
	for _, id := range []string{"OPEN#P0301#ECM", "OPEN#P0171#ECM"} {
		_, err := w.book.Acknowledge(t.Context(), car, id, "alice", at)
		require.NoError(t, err)
		r, err := w.book.Clear(t.Context(), car, id, "alice", at)
		require.NoError(t, err)
		assert.Equal(t, diagnostic.Closed, r.Status)
		assert.Equal(t, "alice", r.AcknowledgedBy)
	}
	assert.Empty(t, w.open())
}

func TestOpenFaultsMoveToAnotherDealer(t *testing.T) {
	w := newWorld(t)
	w.take(t, messageOf(diagnostic.Set, 1, misfire), messageOf(diagnostic.Set, 1, lean), messageOf(diagnostic.Clear, 2, lean))
	require.NoError(t, w.book.Assign(t.Context(), car, "d2"))
	for _, r := range w.store.All() {
		assert.Equal(t, map[diagnostic.Status]string{diagnostic.Open: "d2"}[r.Status], r.DealerID)
	}
}

// script returns a random sequence of messages, in the order in which the car made them.
// With ties, two sometimes have the same time.
func script(rng *rand.Rand, n int, ties bool, codes ...dtc.Code) []diagnostic.Received {
	var all []diagnostic.Received
	for minute := range n {
		kind := []diagnostic.Kind{diagnostic.Set, diagnostic.Set, diagnostic.Clear, diagnostic.Snapshot}[rng.IntN(4)]
		var some []dtc.Code
		for _, c := range codes {
			if rng.IntN(3) == 0 {
				some = append(some, c)
			}
		}
		m := messageOf(kind, minute, some...)
		for i := range m.Codes {
			if rng.IntN(4) == 0 {
				m.Codes[i].FreezeFrame = nil
			}
			if rng.IntN(4) == 0 {
				m.Codes[i].Status = dtc.Pending
			}
		}
		if ties && rng.IntN(4) == 0 && minute > 0 {
			m.TS, m.Seq = all[minute-1].TS, all[minute-1].Seq
		}
		all = append(all, m)
	}
	return all
}

func TestAnyOrderAndRepetitionLeavesTheSameFaultsAndAlerts(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		ties := seed%2 == 0
		messages := script(rng, 1+rng.IntN(40), ties, misfire, lean, lost, 0x0420, 0x1234)
		clean := newWorld(t)
		clean.take(t, messages...)

		dirty := newWorld(t)
		mixed := slices.Concat(messages, messages, messages[:len(messages)/2])
		rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		dirty.take(t, mixed...)
		require.Equal(t, clean.store.All(), dirty.store.All(), "seed %d", seed)
		if !ties { // at the same time, alerts sort the clearing mark last
			require.Equal(t, clean.alerts.All(), dirty.alerts.All(), "seed %d", seed)
		}
	}
}

// deaf accepts alerts and discards them.
type deaf struct{}

func (deaf) Raise(context.Context, alert.Notice) (alert.Alert, bool, error) {
	return alert.Alert{}, false, nil
}
func (deaf) Resolve(context.Context, string, string, time.Time) (alert.Alert, bool, error) {
	return alert.Alert{}, false, nil
}

func TestALongHistoryIsSettledAndStaysTheSame(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	var codes []dtc.Code
	for n := range 200 {
		codes = append(codes, dtc.Code(n)) // small: no overflow
	}
	messages := script(rng, 170, true, codes...)
	clean, dirty := newWorld(t), newWorld(t)
	for _, w := range []*world{clean, dirty} {
		w.book = diagnostic.NewService(w.store, w.cars, deaf{}, dtc.Builtin())
	}
	clean.take(t, messages...)
	j, err := clean.store.Journal(t.Context(), car)
	require.NoError(t, err)
	assert.Less(t, len(j.Marks), 150)

	const window = 25 // messages are shuffled within groups of this size
	for from := 0; from < len(messages); from += window {
		part := slices.Clone(messages[from:min(from+window, len(messages))])
		part = append(part, part[:10]...)
		rng.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
		dirty.take(t, part...)
	}
	assert.Equal(t, clean.store.All(), dirty.store.All())

	late, err := dirty.book.Handle(t.Context(), messages[3])
	require.NoError(t, err)
	assert.Equal(t, diagnostic.TooLate, late)
	assert.Equal(t, clean.store.All(), dirty.store.All())
}

func TestManyAtOnceLeaveTheSameFaults(t *testing.T) {
	messages := script(rand.New(rand.NewPCG(3, 3)), 24, true, misfire, lean)
	clean, busy := newWorld(t), newWorld(t)
	clean.take(t, messages...)
	var wait sync.WaitGroup
	next := make(chan diagnostic.Received)
	for range 4 {
		wait.Go(func() {
			for m := range next {
				for { // retry, as the queue does
					_, err := busy.book.Handle(context.WithoutCancel(t.Context()), m)
					if err == nil {
						break
					}
					assert.Equal(t, errs.Conflict, errs.Of(err))
				}
			}
		})
	}
	for _, m := range slices.Concat(messages, messages) {
		next <- m
	}
	close(next)
	wait.Wait()
	assert.Equal(t, clean.store.All(), busy.store.All())
}

// picky is an alert service that always rejects the alerts of one fault.
type picky struct {
	*alert.Service
	refuse string
}

func (p picky) Raise(ctx context.Context, n alert.Notice) (alert.Alert, bool, error) {
	if n.DedupKey == p.refuse {
		n.Kind = "unheard_of"
	}
	return p.Service.Raise(ctx, n)
}

func TestAnInvalidAlertHoldsUpNeitherTheFaultsNorTheOtherAlerts(t *testing.T) {
	w := newWorld(t)
	book := diagnostic.NewService(w.store, w.cars, picky{alert.NewService(w.alerts, w.cars), "diagnostics/P0171"}, dtc.Builtin())
	_, err := book.Handle(t.Context(), messageOf(diagnostic.Set, 1, lean, misfire))
	assert.Equal(t, errs.Invalid, errs.Of(err))
	assert.Equal(t, []string{"OPEN#P0171#ECM", "OPEN#P0301#ECM"}, w.open())
	require.Len(t, w.alerts.All(), 1)
}

// failing is a store whose n-th commit fails once.
type failing struct {
	*memory.Diagnostics
	in int
}

var errBoom = errors.New("boom")

func (f *failing) Commit(ctx context.Context, j diagnostic.Journal, put []diagnostic.Record, remove []string) error {
	if f.in--; f.in == 0 {
		return errBoom
	}
	return f.Diagnostics.Commit(ctx, j, put, remove)
}

func TestAChangeTooLargeForOneWriteSurvivesAFailureAnywhere(t *testing.T) {
	var many []dtc.Code
	for n := range diagnostic.MaxCodes {
		many = append(many, dtc.Code(n)) // small: no overflow
	}
	messages := []diagnostic.Received{messageOf(diagnostic.Set, 1, many...), messageOf(diagnostic.Snapshot, 2, many[:3]...)}
	clean := newWorld(t)
	clean.take(t, messages...)
	require.Len(t, clean.open(), 3)
	require.Len(t, clean.over(), diagnostic.MaxCodes-3)
	for in := 1; in <= 11; in++ {
		w := newWorld(t)
		store := &failing{Diagnostics: w.store, in: in}
		book := diagnostic.NewService(store, w.cars, alert.NewService(w.alerts, w.cars), dtc.Builtin())
		for _, m := range messages {
			if _, err := book.Handle(t.Context(), m); err != nil {
				require.ErrorIs(t, err, errBoom)
				// Another message is processed before the failed one is retried.
				_, err := book.Handle(t.Context(), messageOf(diagnostic.Clear, 0, many[0]))
				require.NoError(t, err)
				_, err = book.Handle(t.Context(), m)
				require.NoError(t, err)
			}
		}
		require.Equal(t, clean.store.All(), w.store.All(), "failure %d", in)
	}
}
