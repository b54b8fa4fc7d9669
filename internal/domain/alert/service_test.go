package alert_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

const car = "WVWZZZ1JZXW000001"

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func at(minutes float64) time.Time { return noon.Add(time.Duration(minutes * float64(time.Minute))) }

// cars returns a store with one car of acme.
func cars(t testing.TB) *memory.Vehicles {
	t.Helper()
	s := &memory.Vehicles{}
	require.NoError(t, s.PutVehicle(t.Context(), vehicle.Vehicle{VIN: car, Manufacturer: "acme", DealerID: "d1", Status: vehicle.Registered}))
	return s
}

func newBook(t testing.TB) (*alert.Service, *memory.Alerts) {
	store := &memory.Alerts{}
	return alert.NewService(store, cars(t)), store
}

// word is a call to a Service, by name.
type word struct {
	name string
	say  func(ctx context.Context, b *alert.Service) error
}

func raise(k alert.Kind, minute float64, change ...func(*alert.Notice)) word {
	n := alert.Notice{VIN: car, Kind: k, At: at(minute), Detail: fmt.Sprintf("minute %g", minute)}
	for _, c := range change {
		c(&n)
	}
	return word{fmt.Sprintf("raise@%g", minute), func(ctx context.Context, b *alert.Service) error {
		_, _, err := b.Raise(ctx, n)
		return err
	}}
}

func resolve(k alert.Kind, minute float64) word {
	return word{fmt.Sprintf("resolve@%g", minute), func(ctx context.Context, b *alert.Service) error {
		_, _, err := b.Resolve(ctx, car, string(k), at(minute))
		return err
	}}
}

func repeat(k alert.Kind, minute float64) word {
	return word{fmt.Sprintf("repeat@%g", minute), func(ctx context.Context, b *alert.Service) error {
		return b.Repeat(ctx, car, string(k), at(minute))
	}}
}

func say(t testing.TB, b *alert.Service, words ...word) {
	t.Helper()
	for _, w := range words {
		require.NoError(t, w.say(t.Context(), b), w.name)
	}
}

// listed returns the alerts of a store, the oldest first, in a few words each.
func listed(store *memory.Alerts) []string {
	all := make([]alert.Alert, 0)
	for _, a := range store.All() {
		all = append(all, a)
	}
	var out []string
	for range all {
		first := 0
		for n := range all {
			if all[n].ID < all[first].ID {
				first = n
			}
		}
		a := all[first]
		out = append(out, fmt.Sprintf("%s %g-%g x%d", a.Status, a.FirstAt.Sub(noon).Minutes(), a.LastAt.Sub(noon).Minutes(), a.Count))
		all = append(all[:first], all[first+1:]...)
	}
	return out
}

func TestBook(t *testing.T) {
	const k, other = alert.EngineOverheat, alert.OilOvertemp // cooldown 10 minutes
	for name, tc := range map[string]struct {
		words []word
		want  []string
	}{
		"a notice is an alert":                         {[]word{raise(k, 0)}, []string{"OPEN 0-0 x1"}},
		"a notice twice is one":                        {[]word{raise(k, 0), raise(k, 0)}, []string{"OPEN 0-0 x1"}},
		"more notices are the same alert":              {[]word{raise(k, 0), raise(k, 5), raise(k, 600)}, []string{"OPEN 0-600 x3"}},
		"repeats count once a minute":                  {[]word{raise(k, 0), repeat(k, 1.1), repeat(k, 1.9), repeat(k, 2)}, []string{"OPEN 0-2 x3"}},
		"repeats of the first minute do not count":     {[]word{raise(k, 0.2), repeat(k, 0.9)}, []string{"OPEN 0.2-0.2 x1"}},
		"what was never raised cannot repeat":          {[]word{repeat(k, 1)}, nil},
		"what was never raised cannot be resolved":     {[]word{resolve(k, 1)}, nil},
		"a resolution ends it":                         {[]word{raise(k, 0), resolve(k, 3)}, []string{"RESOLVED 0-0 x1"}},
		"a late notice does not open it":               {[]word{raise(k, 0), resolve(k, 3), raise(k, 2)}, []string{"RESOLVED 0-2 x2"}},
		"a late repeat does not open it":               {[]word{raise(k, 0), resolve(k, 3), repeat(k, 2)}, []string{"RESOLVED 0-2 x2"}},
		"a repeat after the end does not open it":      {[]word{raise(k, 0), resolve(k, 3), repeat(k, 4)}, []string{"RESOLVED 0-0 x1"}},
		"a resolution may come first":                  {[]word{resolve(k, 3), raise(k, 0)}, []string{"RESOLVED 0-0 x1"}},
		"an old resolution leaves a newer alert":       {[]word{raise(k, 5), resolve(k, 3)}, []string{"OPEN 5-5 x1"}},
		"within the cooldown it is the same alert":     {[]word{raise(k, 0), resolve(k, 3), raise(k, 13)}, []string{"OPEN 0-13 x2"}},
		"after the cooldown it is a new alert":         {[]word{raise(k, 0), resolve(k, 3), raise(k, 13.1)}, []string{"RESOLVED 0-0 x1", "OPEN 13.1-13.1 x1"}},
		"the later of two resolutions is none":         {[]word{raise(k, 0), resolve(k, 5), resolve(k, 3), raise(k, 14)}, []string{"RESOLVED 0-0 x1", "OPEN 14-14 x1"}},
		"an earlier notice makes it begin earlier":     {[]word{raise(k, 5), raise(k, 4)}, []string{"OPEN 4-5 x2"}},
		"a late resolution parts what seemed one":      {[]word{raise(k, 0), raise(k, 30), resolve(k, 2)}, []string{"RESOLVED 0-0 x1", "OPEN 30-30 x1"}},
		"another dedup key is another alert":           {[]word{raise(k, 0), raise(other, 0)}, []string{"OPEN 0-0 x1", "OPEN 0-0 x1"}},
		"two of three harsh moments are no alert":      {[]word{raise(alert.HarshDriving, 0), raise(alert.HarshDriving, 1), raise(alert.HarshDriving, 1)}, nil},
		"three harsh moments are one alert":            {[]word{raise(alert.HarshDriving, 0), raise(alert.HarshDriving, 1), raise(alert.HarshDriving, 2)}, []string{"OPEN 0-2 x3"}},
		"three harsh moments that ended are one alert": {[]word{raise(alert.HarshDriving, 0), raise(alert.HarshDriving, 1), resolve(alert.HarshDriving, 9), raise(alert.HarshDriving, 2)}, []string{"RESOLVED 0-2 x3"}},
	} {
		t.Run(name, func(t *testing.T) {
			b, store := newBook(t)
			say(t, b, tc.words...)
			assert.Equal(t, tc.want, listed(store))
		})
	}
}

// drive returns the calls of one car's afternoon: things go wrong and right again, near each other and far apart.
func drive(r *rand.Rand, words int) []word {
	kinds := []alert.Kind{alert.EngineOverheat, alert.HarshDriving, alert.Anomaly("Vehicle.Speed")}
	severities := []alert.Severity{alert.Critical, alert.High, alert.Low}
	all := make([]word, words)
	minute := 0.0
	for n := range all {
		minute += []float64{0, 0.01, 0.4, 3, 8, 70}[r.IntN(6)]
		k := kinds[r.IntN(len(kinds))]
		switch r.IntN(4) {
		case 0:
			all[n] = resolve(k, minute)
		case 1:
			all[n] = repeat(k, minute)
		default:
			severity, value := severities[r.IntN(3)], float64(r.IntN(3))
			all[n] = raise(k, minute, func(n *alert.Notice) { n.Severity, n.Value = severity, &value })
		}
	}
	return all
}

// In whatever order notices come, and however often each comes, the alerts are those of the clean sequence.
func TestOrderAndRepetitionMakeNoDifference(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		words := drive(r, 1+r.IntN(60))
		clean, want := newBook(t)
		say(t, clean, words...)

		shuffled := append([]word{}, words...)
		for range words {
			shuffled = append(shuffled, words[r.IntN(len(words))])
		}
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		b, got := newBook(t)
		for n, w := range shuffled {
			say(t, b, w)
			if n%7 == 0 {
				atMostOneOpen(t, got)
			}
		}
		require.Equal(t, want.All(), got.All(), "seed %d", seed)
	}
}

func atMostOneOpen(t *testing.T, store *memory.Alerts) {
	t.Helper()
	open := map[string]int{}
	for _, a := range store.All() {
		if a.Status != alert.Resolved {
			open[a.DedupKey]++
			require.Equal(t, 1, open[a.DedupKey], "open alerts of %s", a.DedupKey)
		}
	}
}

// Thousands of messages, duplicated and reordered as queues do, leave the same table as the clean sequence, and a thread stays
// small however many notices it gets.
func TestLongThreadsAreSettled(t *testing.T) {
	const k, notices, reach = alert.EngineOverheat, 2_000, 40 // a message comes at most this many places too late
	r := rand.New(rand.NewPCG(7, 7))
	words := make([]word, notices)
	for n := range words {
		switch minute := float64(n)/4 + 20*float64(n/100); n % 100 {
		case 99:
			words[n] = resolve(k, minute)
		case 30, 31, 32:
			words[n] = repeat(k, minute)
		default:
			words[n] = raise(k, minute)
		}
	}
	clean, want := newBook(t)
	say(t, clean, words...)
	b, got := newBook(t)
	for from := 0; from < len(words); from += reach {
		part := append([]word{}, words[from:min(from+reach, len(words))]...)
		part = append(part, part...)
		r.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
		say(t, b, part...)
	}
	require.Equal(t, want.All(), got.All())
	thread, err := got.Thread(t.Context(), car, string(k))
	require.NoError(t, err)
	assert.LessOrEqual(t, len(thread.Marks), 128)
	assert.Greater(t, len(want.All()), 1)
}

// A notice from before the thread's Floor changes nothing.
func TestWhatIsOlderThanTheThreadRemembersChangesNothing(t *testing.T) {
	const k = alert.EngineOverheat
	b, store := newBook(t)
	for n := range 200 {
		say(t, b, raise(k, float64(n)))
	}
	before := store.All()
	say(t, b, raise(k, 1.5), resolve(k, 2.5), repeat(k, 3))
	assert.Equal(t, before, store.All())
	assert.Equal(t, []string{"OPEN 0-199 x200"}, listed(store))
}

func TestRaiseSaysWhetherTheNoticeMadeTheAlert(t *testing.T) {
	b, _ := newBook(t)
	n := alert.Notice{VIN: car, Kind: alert.EngineOverheat, At: at(1)}
	for _, step := range []struct {
		minute  float64
		created bool
		first   float64
	}{{1, true, 1}, {1, false, 1}, {2, false, 1}, {0, false, 0}} {
		n.At = at(step.minute)
		a, created, err := b.Raise(t.Context(), n)
		require.NoError(t, err)
		assert.Equal(t, step.created, created, "minute %g", step.minute)
		assert.Equal(t, alert.ID(at(step.first), "engine_overheat"), a.ID)
	}
	a, resolved, err := b.Resolve(t.Context(), car, "engine_overheat", at(3))
	require.NoError(t, err)
	assert.True(t, resolved)
	assert.Equal(t, at(3), a.ResolvedAt)
	_, resolved, err = b.Resolve(t.Context(), car, "engine_overheat", at(3))
	require.NoError(t, err)
	assert.False(t, resolved, "it was before")
}

func TestTheGravestNoticeSpeaks(t *testing.T) {
	b, store := newBook(t)
	severity := func(s alert.Severity) func(*alert.Notice) { return func(n *alert.Notice) { n.Severity = s } }
	say(t, b, raise(alert.Diagnostics, 0, severity(alert.Low)), raise(alert.Diagnostics, 1, severity(alert.High)), raise(alert.Diagnostics, 2, severity(alert.Info)))
	for _, a := range store.All() {
		assert.Equal(t, alert.High, a.Severity)
		assert.Equal(t, "minute 1", a.Detail)
	}
}

func TestAudience(t *testing.T) {
	b, store := newBook(t)
	for name, tc := range map[string]struct {
		vin  string
		kind alert.Kind
		want string
	}{
		"its manufacturer is told of a car":               {car, alert.Crash, "manufacturer#acme"},
		"nobody is told how somebody drives":              {car, alert.Overspeed, ""},
		"the operator is told of the platform":            {car, alert.IdentityMismatch, "operator"},
		"the operator is told of a car that nobody knows": {"WVWZZZ1JZXW000009", alert.Crash, "operator"},
		"the operator is told of what is no car's at all": {"unknown", alert.Crash, "operator"},
		"the operator is told of a model of no maker":     {"fleet", alert.FaultSpread, "operator"},
	} {
		t.Run(name, func(t *testing.T) {
			a, created, err := b.Raise(t.Context(), alert.Notice{VIN: tc.vin, Kind: tc.kind, At: noon})
			require.NoError(t, err)
			require.True(t, created)
			assert.Equal(t, tc.want, a.Audience)
			assert.Equal(t, tc.want == "manufacturer#acme", a.DealerID == "d1", "its dealer is told of what its manufacturer is")
			stored, err := store.Alert(t.Context(), tc.vin, a.ID)
			require.NoError(t, err)
			assert.Equal(t, a, stored)
		})
	}
}

func TestTheManufacturerIsToldOfItsModels(t *testing.T) {
	b, _ := newBook(t)
	a, created, err := b.Raise(t.Context(), alert.Notice{VIN: "fleet", Kind: alert.FaultSpread, Manufacturer: "acme", At: noon})
	require.NoError(t, err)
	assert.True(t, created)
	assert.Equal(t, "manufacturer#acme", a.Audience)
	assert.Empty(t, a.DealerID)
}

func TestNoticesAreChecked(t *testing.T) {
	good := alert.Notice{VIN: car, Kind: alert.Crash, At: noon}
	for name, tc := range map[string]struct {
		change func(*alert.Notice)
		says   string
	}{
		"an unknown kind":        {func(n *alert.Notice) { n.Kind = "flat_earth" }, `kind is "flat_earth"`},
		"an anomaly of nothing":  {func(n *alert.Notice) { n.Kind = alert.Anomaly("") }, `kind is "anomaly."`},
		"an unknown severity":    {func(n *alert.Notice) { n.Severity = "DIRE" }, "allowed are [CRITICAL HIGH MEDIUM LOW INFO]"},
		"no car":                 {func(n *alert.Notice) { n.VIN = "" }, "VIN is missing"},
		"no time":                {func(n *alert.Notice) { n.At = time.Time{} }, "allowed is any after 1970"},
		"a key with odd letters": {func(n *alert.Notice) { n.DedupKey = "a b" }, `dedup key is "a b"`},
	} {
		t.Run(name, func(t *testing.T) {
			b, store := newBook(t)
			n := good
			tc.change(&n)
			_, _, err := b.Raise(t.Context(), n)
			require.ErrorContains(t, err, tc.says)
			assert.Equal(t, errs.Invalid, errs.Of(err))
			assert.Empty(t, store.All())
		})
	}
}

func TestPeople(t *testing.T) {
	const k = alert.EngineOverheat // cooldown 10 minutes
	type state struct {
		status alert.Status
		acked  string
		ended  string
	}
	for name, tc := range map[string]struct {
		do    func(t *testing.T, b *alert.Service, id string) alert.Alert
		want  state
		after []word
		list  []string
	}{
		"an alert is acknowledged": {
			do:   func(t *testing.T, b *alert.Service, id string) alert.Alert { return acknowledge(t, b, id, "u1", 1) },
			want: state{alert.Acknowledged, "u1", ""}, list: []string{"ACKNOWLEDGED 0-0 x1"},
		},
		"the first who acknowledges counts": {
			do: func(t *testing.T, b *alert.Service, id string) alert.Alert {
				acknowledge(t, b, id, "u1", 2)
				return acknowledge(t, b, id, "u2", 1)
			},
			want: state{alert.Acknowledged, "u1", ""}, list: []string{"ACKNOWLEDGED 0-0 x1"},
		},
		"an acknowledged alert is still the same when it repeats": {
			do:   func(t *testing.T, b *alert.Service, id string) alert.Alert { return acknowledge(t, b, id, "u1", 1) },
			want: state{alert.Acknowledged, "u1", ""}, after: []word{raise(k, 2), repeat(k, 3)}, list: []string{"ACKNOWLEDGED 0-3 x3"},
		},
		"an acknowledged alert that comes back within the cooldown stays acknowledged": {
			do:   func(t *testing.T, b *alert.Service, id string) alert.Alert { return acknowledge(t, b, id, "u1", 1) },
			want: state{alert.Acknowledged, "u1", ""}, after: []word{resolve(k, 2), raise(k, 3)}, list: []string{"ACKNOWLEDGED 0-3 x2"},
		},
		"an alert that a late notice moves stays acknowledged": {
			do:   func(t *testing.T, b *alert.Service, id string) alert.Alert { return acknowledge(t, b, id, "u1", 1) },
			want: state{alert.Acknowledged, "u1", ""}, after: []word{raise(k, -1)}, list: []string{"ACKNOWLEDGED -1-0 x2"},
		},
		"a person ends an alert": {
			do:   func(t *testing.T, b *alert.Service, id string) alert.Alert { return end(t, b, id, "u1", 1) },
			want: state{alert.Resolved, "", "u1"}, list: []string{"RESOLVED 0-0 x1"},
		},
		"a person ends an alert of a car whose clock is ahead": {
			do:   func(t *testing.T, b *alert.Service, id string) alert.Alert { return end(t, b, id, "u1", -1) },
			want: state{alert.Resolved, "", "u1"}, list: []string{"RESOLVED 0-0 x1"},
		},
		"what a person ended and repeats stays ended": {
			do:   func(t *testing.T, b *alert.Service, id string) alert.Alert { return end(t, b, id, "u1", 1) },
			want: state{alert.Resolved, "", "u1"}, after: []word{repeat(k, 2)}, list: []string{"RESOLVED 0-0 x1"},
		},
		"what a person ended and is raised again is new": {
			do:   func(t *testing.T, b *alert.Service, id string) alert.Alert { return end(t, b, id, "u1", 1) },
			want: state{alert.Resolved, "", "u1"}, after: []word{raise(k, 2)}, list: []string{"RESOLVED 0-0 x1", "OPEN 2-2 x1"},
		},
		"an ended alert cannot be acknowledged any more": {
			do: func(t *testing.T, b *alert.Service, id string) alert.Alert {
				end(t, b, id, "u1", 1)
				return acknowledge(t, b, id, "u2", 2)
			},
			want: state{alert.Resolved, "", "u1"}, list: []string{"RESOLVED 0-0 x1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, store := newBook(t)
			a, _, err := b.Raise(t.Context(), alert.Notice{VIN: car, Kind: k, At: noon})
			require.NoError(t, err)
			got := tc.do(t, b, a.ID)
			assert.Equal(t, tc.want, state{got.Status, got.AcknowledgedBy, got.ResolvedBy})
			say(t, b, tc.after...)
			assert.Equal(t, tc.list, listed(store))
		})
	}
	t.Run("an alert that is not there cannot be acknowledged", func(t *testing.T) {
		b, _ := newBook(t)
		_, err := b.Acknowledge(t.Context(), car, "x", "u1", noon)
		require.ErrorIs(t, err, alert.ErrNotFound)
		assert.Equal(t, errs.NotFound, errs.Of(err))
	})
	t.Run("an alert that was written without a thread can be acknowledged and ended", func(t *testing.T) {
		b, store := newBook(t)
		a := alert.Alert{
			ID: alert.ID(noon, "registration_denied/c"), VIN: car, Kind: alert.RegistrationDenied, Severity: alert.High, Status: alert.Open,
			Audience: alert.Operator, FirstAt: noon, LastAt: noon, Count: 1, DedupKey: "registration_denied/c", Detail: "d",
		}
		require.NoError(t, store.Raise(t.Context(), a))
		got := acknowledge(t, b, a.ID, "u1", 1)
		a.Status, a.AcknowledgedBy, a.AcknowledgedAt = alert.Acknowledged, "u1", at(1)
		assert.Equal(t, a, got)
		assert.Equal(t, alert.Resolved, end(t, b, a.ID, "u2", 2).Status)
	})
}

func acknowledge(t *testing.T, b *alert.Service, id, by string, minute float64) alert.Alert {
	t.Helper()
	a, err := b.Acknowledge(t.Context(), car, id, by, at(minute))
	require.NoError(t, err)
	return a
}

func end(t *testing.T, b *alert.Service, id, by string, minute float64) alert.Alert {
	t.Helper()
	a, err := b.ResolveByPerson(t.Context(), car, id, by, at(minute))
	require.NoError(t, err)
	return a
}

// broken fails to look up cars.
type broken struct{}

var errBroken = errs.As(errs.Unavailable, errors.New("the table is away"))

func (broken) Vehicle(context.Context, vin.VIN) (vehicle.Vehicle, error) {
	return vehicle.Vehicle{}, errBroken
}

func TestNothingIsWrittenIfTheCarCannotBeLookedUp(t *testing.T) {
	store := &memory.Alerts{}
	_, _, err := alert.NewService(store, broken{}).Raise(t.Context(), alert.Notice{VIN: car, Kind: alert.Crash, At: noon})
	require.ErrorIs(t, err, errBroken)
	assert.Empty(t, store.All())
}

func TestAssign(t *testing.T) {
	store, vehicles := &memory.Alerts{}, cars(t)
	b := alert.NewService(store, vehicles)
	say(t, b, raise(alert.Crash, 0), raise(alert.EngineOverheat, 1), raise(alert.OilOvertemp, 2), resolve(alert.OilOvertemp, 3), raise(alert.Overspeed, 4))
	for _, a := range store.All() {
		if a.Kind == alert.EngineOverheat {
			acknowledge(t, b, a.ID, "u1", 5)
		}
	}
	require.NoError(t, b.Assign(t.Context(), car, "d2"))
	dealers := func() map[alert.Kind]string {
		all := map[alert.Kind]string{}
		for _, a := range store.All() {
			all[a.Kind] = a.DealerID
		}
		return all
	}
	want := map[alert.Kind]string{alert.Crash: "d2", alert.EngineOverheat: "d2", alert.OilOvertemp: "d1", alert.Overspeed: ""}
	assert.Equal(t, want, dealers(), "what is over stays with the dealer of then, and how somebody drives is for none")

	require.NoError(t, vehicles.PutVehicle(t.Context(), vehicle.Vehicle{VIN: car, Manufacturer: "acme", DealerID: "d3"}))
	say(t, b, raise(alert.Crash, 6), repeat(alert.EngineOverheat, 7))
	want[alert.Crash] = "d3"
	assert.Equal(t, want, dealers(), "one more notice asks whose car it is now")
	require.NoError(t, b.Assign(t.Context(), car, ""))
	want[alert.Crash], want[alert.EngineOverheat] = "", ""
	assert.Equal(t, want, dealers())
}
