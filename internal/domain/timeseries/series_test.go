package timeseries_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/timeseries"
	"connectedcar/internal/errs"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

const car vin.VIN = "WVWZZZ1JZXW000001"

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// drive returns a reader of n samples, one per step from start on, with a position and a speed that counts the samples.
func drive(t testing.TB, start time.Time, n int, step time.Duration) timeseries.Reader {
	t.Helper()
	h := &memory.History{}
	var rows []telemetry.Row
	for i := range n {
		rows = append(rows, telemetry.Row{
			VIN: car, At: start.Add(time.Duration(i) * step), Seq: uint64(i), BootID: "b", TripID: "trip1",
			Signals: telemetry.Signals{telemetry.Speed: telemetry.Number(float64(i)), telemetry.Latitude: telemetry.Number(48)},
		})
	}
	_, err := h.PutRows(t.Context(), rows)
	require.NoError(t, err)
	return timeseries.Reader{History: h, Retention: 14 * 24 * time.Hour, Now: func() time.Time { return noon }}
}

// all reads every page of a query.
func all(t testing.TB, r timeseries.Reader, q timeseries.Query) (samples []timeseries.Sample, pages int) {
	t.Helper()
	q.VIN = car
	for pages < 10_000 {
		p, err := r.Read(t.Context(), q)
		require.NoError(t, err)
		samples, pages = append(samples, p.Items...), pages+1
		if q.After = p.Next; p.Next == "" {
			return samples, pages
		}
	}
	t.Fatal("there is no end of pages")
	return nil, 0
}

func speeds(samples []timeseries.Sample) (out []float64) {
	for _, s := range samples {
		f, _ := s.Signals[telemetry.Speed].Number()
		out = append(out, f)
	}
	return out
}

func TestPagesOfEverySizeHoldTheSameSeries(t *testing.T) {
	for name, step := range map[string]time.Duration{"a sample a second": time.Second, "all in one moment": 0, "over midnight": 30 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			start := noon.Add(-20 * time.Hour)
			r := drive(t, start, 30, step)
			for _, limit := range []int{1, 2, 7, 29, 30, 31, 1000} {
				got, pages := all(t, r, timeseries.Query{From: start, To: noon, Limit: limit})
				require.Len(t, got, 30, "limit %d", limit)
				for n, f := range speeds(got) {
					assert.InDelta(t, float64(n), f, 0)
				}
				assert.Equal(t, (30+limit-1)/limit, pages)
			}
		})
	}
}

func TestASeriesHasTheStartButNotTheEndOfItsTime(t *testing.T) {
	r := drive(t, noon.Add(-time.Minute), 60, time.Second)
	got, _ := all(t, r, timeseries.Query{From: noon.Add(-50 * time.Second), To: noon.Add(-47 * time.Second)})
	assert.Equal(t, []float64{10, 11, 12}, speeds(got))
}

func TestAveragesOverSpans(t *testing.T) {
	start := noon.Add(-time.Hour)
	r := drive(t, start, 600, time.Second)
	for _, limit := range []int{1, 7, 1000} {
		got, _ := all(t, r, timeseries.Query{From: start, To: noon, Interval: time.Minute, Limit: limit})
		require.Len(t, got, 10)
		for n, s := range got {
			assert.Equal(t, start.Add(time.Duration(n)*time.Minute), s.At)
			assert.Equal(t, "trip1", s.TripID)
		}
		assert.InDeltaSlice(t, []float64{29.5, 89.5, 149.5}, speeds(got)[:3], 1e-9)
	}
}

func TestALongSeriesOfAveragesComesInPagesThatReadSoMuch(t *testing.T) {
	start := noon.Add(-10 * time.Hour)
	r := drive(t, start, 11_000, 3*time.Second)
	counted := &counter{history: r.History}
	r.History = counted
	got, pages := all(t, r, timeseries.Query{From: start, To: noon, Interval: time.Hour})
	assert.Len(t, got, 10)
	assert.Equal(t, 2, pages)
	assert.LessOrEqual(t, counted.asked, pages*(timeseries.MaxRows+100), "each page reads so much and no more")
	for n := range 9 {
		assert.InDelta(t, float64(n)*1200+599.5, speeds(got)[n], 1e-9)
	}
	assert.InDelta(t, 10_899.5, speeds(got)[9], 1e-9)
}

func TestASpanThatIsTooMuchForAPageComesInParts(t *testing.T) {
	start := noon.Truncate(24 * time.Hour)
	r := drive(t, start, 11_000, time.Second)
	got, pages := all(t, r, timeseries.Query{From: start, To: noon, Interval: 24 * time.Hour})
	require.Len(t, got, 2)
	assert.Equal(t, 2, pages)
	assert.InDeltaSlice(t, []float64{4999.5, 10_499.5}, speeds(got), 1e-9)
}

// counter counts the requested samples.
type counter struct {
	history timeseries.History
	asked   int
}

func (c *counter) Stretch(ctx context.Context, v vin.VIN, from, to time.Time, limit int, paths ...string) (telemetry.Stretch, error) {
	c.asked += limit
	return c.history.Stretch(ctx, v, from, to, limit, paths...)
}

func TestWhatIsNoNumberIsTheLastOfItsSpan(t *testing.T) {
	h := &memory.History{}
	signals := []telemetry.Signals{
		{telemetry.Heading: telemetry.Number(350), telemetry.IsCharging: telemetry.Bool(true), telemetry.Speed: telemetry.Number(10), telemetry.FuelLevel: telemetry.Null},
		{telemetry.Heading: telemetry.Number(10), telemetry.IsCharging: telemetry.Bool(false), telemetry.Speed: telemetry.Number(20), telemetry.FuelLevel: telemetry.Null},
		{telemetry.Speed: telemetry.Null},
	}
	for n, s := range signals {
		_, err := h.PutRows(t.Context(), []telemetry.Row{{VIN: car, At: noon.Add(time.Duration(n) * time.Second), TripID: fmt.Sprint(n), Signals: s}})
		require.NoError(t, err)
	}
	r := timeseries.Reader{History: h, Retention: time.Hour, Now: func() time.Time { return noon.Add(time.Minute) }}
	got, _ := all(t, r, timeseries.Query{From: noon, To: noon.Add(time.Minute), Interval: time.Minute})
	require.Len(t, got, 1)
	assert.Equal(t, timeseries.Sample{At: noon, Signals: telemetry.Signals{
		telemetry.Heading: telemetry.Number(10), telemetry.IsCharging: telemetry.Bool(false),
		telemetry.Speed: telemetry.Number(15), telemetry.FuelLevel: telemetry.Null,
	}}, got[0], "the mean of 350 and 10 degrees is not south; the trips differ")
}

func TestHiddenSignalsStayHidden(t *testing.T) {
	start := noon.Add(-time.Minute)
	r := drive(t, start, 10, time.Second)
	for name, q := range map[string]timeseries.Query{
		"of all":                    {},
		"where they were asked for": {Paths: []string{telemetry.Speed, telemetry.Latitude}},
		"where nothing else was":    {Paths: []string{telemetry.Latitude}},
		"in averages":               {Interval: time.Second},
		"alone, in averages":        {Paths: []string{telemetry.Latitude}, Interval: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			q.From, q.To, q.Hide = start, noon, func(path string, _ time.Time) bool { return telemetry.IsPosition(path) }
			got, _ := all(t, r, q)
			for _, s := range got {
				assert.Equal(t, []string{telemetry.Speed}, paths(s))
			}
			if len(q.Paths) == 1 {
				assert.Empty(t, got)
			} else {
				assert.Len(t, got, 10)
			}
		})
	}
}

func paths(s timeseries.Sample) (out []string) {
	for path := range s.Signals {
		out = append(out, path)
	}
	return out
}

func TestNoQueryLooksBeyondWhatIsKept(t *testing.T) {
	r := drive(t, noon.Add(-time.Minute), 60, time.Second)
	days := &asked{}
	r.History = days
	_, err := r.Read(t.Context(), timeseries.Query{VIN: car, From: time.Unix(0, 0), To: noon.AddDate(1000, 0, 0)})
	require.NoError(t, err)
	assert.Equal(t, noon.AddDate(0, 0, -14), days.from)
	assert.Less(t, days.to.Sub(noon), time.Hour)
	_, err = r.Read(t.Context(), timeseries.Query{VIN: car, From: time.Unix(0, 0), To: noon.AddDate(0, -1, 0)})
	require.NoError(t, err)
	assert.Equal(t, 1, days.calls, "of a time from which nothing is kept nothing is read")
}

type asked struct {
	from, to time.Time
	calls    int
}

func (a *asked) Stretch(_ context.Context, _ vin.VIN, from, to time.Time, _ int, _ ...string) (telemetry.Stretch, error) {
	a.from, a.to, a.calls = from, to, a.calls+1
	return telemetry.Stretch{}, nil
}

func TestQueriesThatMakeNoSense(t *testing.T) {
	r := drive(t, noon.Add(-time.Minute), 10, time.Second)
	from := noon.Add(-time.Minute)
	for name, q := range map[string]timeseries.Query{
		"the end before the start":    {From: noon, To: from},
		"no time at all":              {From: noon, To: noon},
		"half a second":               {From: from, To: noon, Interval: 500 * time.Millisecond},
		"another list's page":         {From: from, To: noon, After: "eyJ2aW4iOiJ4In0"},
		"a page before the start":     {From: from, To: noon, After: fmt.Sprintf("%d-0", from.UnixMilli()-1)},
		"a page after the end":        {From: from, To: noon, After: fmt.Sprintf("%d-0", noon.UnixMilli())},
		"a page with a huge offset":   {From: from, To: noon, After: fmt.Sprintf("%d-999999999", from.UnixMilli())},
		"a page spelled in other way": {From: from, To: noon, After: fmt.Sprintf("%d-00", from.UnixMilli())},
	} {
		t.Run(name, func(t *testing.T) {
			q.VIN = car
			_, err := r.Read(t.Context(), q)
			require.Error(t, err)
			assert.Equal(t, errs.Invalid, errs.Of(err))
		})
	}
}

type broken struct{}

func (broken) Stretch(context.Context, vin.VIN, time.Time, time.Time, int, ...string) (telemetry.Stretch, error) {
	return telemetry.Stretch{}, errs.As(errs.Unavailable, errors.New("the table is away"))
}

func TestAHistoryThatIsAwayIsSo(t *testing.T) {
	r := timeseries.Reader{History: broken{}, Retention: time.Hour, Now: func() time.Time { return noon }}
	for _, interval := range []time.Duration{0, time.Second} {
		_, err := r.Read(t.Context(), timeseries.Query{VIN: car, From: noon.Add(-time.Minute), To: noon, Interval: interval})
		assert.Equal(t, errs.Unavailable, errs.Of(err))
		assert.NotContains(t, err.Error(), string(car))
	}
}
