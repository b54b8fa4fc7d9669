package novelty_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/domain/anomaly/novelty"
)

// daily returns the n-th value of a noisy series with a period of 288 values, a day.
func daily(n int, r *rand.Rand) float64 {
	return 50 + 20*math.Sin(2*math.Pi*float64(n)/288) + r.NormFloat64()
}

// alarms returns the indexes at which a stream scores more than 0.5.
func alarms(n int, value func(int) float64) []int {
	d := novelty.New()
	var all []int
	for k := range n {
		if d.Next(value(k)).Value > 0.5 && k > 1000 {
			all = append(all, k)
		}
	}
	return all
}

func TestWhatIsNewIsToldOnce(t *testing.T) {
	tests := map[string]struct {
		value func(n int, usual float64) float64
		in    [2]int // first and last index at which the first alarm may be
	}{
		"a spike":                    {func(n int, v float64) float64 { return v + 60*at(n == 2500) }, [2]int{2500, 2500}},
		"a level that shifts":        {func(n int, v float64) float64 { return v + 40*at(n >= 2500) }, [2]int{2500, 2600}},
		"a day that stands still":    {func(n int, v float64) float64 { return v*at(n < 2500) + 30*at(n >= 2500) }, [2]int{2500, 2788}},
		"noise that grows":           {func(n int, v float64) float64 { return v + 25*math.Pow(-1, float64(n))*at(n >= 2500) }, [2]int{2500, 2600}},
		"a dip where it never falls": {func(n int, v float64) float64 { return v - 50*at(n == 2500) }, [2]int{2500, 2500}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2)) // a fixed seed, so that the test is reproducible
			found := alarms(3000, func(n int) float64 { return test.value(n, daily(n, r)) })
			within := 0
			for _, n := range found {
				if n >= test.in[0] && n <= test.in[1] {
					within++
				}
			}
			assert.Positive(t, within, "alarms at %v", found)
		})
	}
}

func at(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func TestWhatRepeatsIsNoNews(t *testing.T) {
	spike := func(n int) float64 { return 60 * at(n%500 == 499) }
	for _, n := range alarms(10_000, spike) {
		t.Errorf("alarm at %d of spikes that repeat", n)
	}
}

func TestScoresDependOnTheValuesAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4)) // a fixed seed, so that the test is reproducible
	a, b, scaled := novelty.New(), novelty.New(), novelty.New()
	for n := range 3000 {
		v := daily(n, r)
		score := a.Next(v)
		assert.Equal(t, score, b.Next(v))
		assert.InDelta(t, score.Value, scaled.Next(1024*v).Value, 1e-6, "the unit makes no difference")
		assert.GreaterOrEqual(t, score.Value, 0.0)
		assert.Less(t, score.Value, 1.0)
	}
}

func TestValuesThatAreNoNumbersLeaveNoTrace(t *testing.T) {
	a, b := novelty.New(), novelty.New()
	for n := range 500 {
		assert.Zero(t, a.Next(math.NaN()).Value)
		assert.Zero(t, a.Next(math.Inf(1)).Value)
		assert.Equal(t, b.Next(float64(n%7)), a.Next(float64(n%7)))
	}
}

func TestAScoreNamesItsReason(t *testing.T) {
	d := novelty.New()
	for n := range 1000 {
		d.Next(float64(n % 10))
	}
	part := d.Next(100).Part
	assert.Equal(t, "The value is 100; the nearest seen before is 9.", part.String())
	assert.Positive(t, part.Share)
}

func BenchmarkNext(b *testing.B) {
	d, r := novelty.New(), rand.New(rand.NewPCG(1, 2)) // a fixed seed, so that the benchmark is reproducible
	values := make([]float64, 1<<14)
	for n := range values {
		values[n] = daily(n, r)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		d.Next(values[n%len(values)])
	}
}
