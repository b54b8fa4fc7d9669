package trip_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/trip"
)

func TestScore(t *testing.T) {
	for name, tc := range map[string]struct {
		totals trip.Totals
		want   int // -1: no score
	}{
		"a trip without any fault has all points":            {trip.Totals{DistanceM: 10_000, DurationS: 1000}, 100},
		"a trip below a kilometre has no score":              {trip.Totals{DistanceM: 999, DurationS: 100}, -1},
		"a trip of a kilometre has one":                      {trip.Totals{DistanceM: 1000, DurationS: 100}, 100},
		"braking as often as its half costs half its weight": {trip.Totals{DistanceM: 100_000, DurationS: 5000, HarshBraking: 20}, 88},
		"half of the time too fast costs most of its weight": {trip.Totals{DistanceM: 100_000, DurationS: 5000, SpeedingS: 2500}, 75},
		"the worst driving costs nearly everything":          {trip.Totals{DistanceM: 1000, DurationS: 100, HarshBraking: 1e5, HarshAcceleration: 1e5, HarshCornering: 1e5, SpeedingS: 100, IdleS: 100}, 4},
		"a trip without duration has a score":                {trip.Totals{DistanceM: 2000}, 100},
	} {
		t.Run(name, func(t *testing.T) {
			got := trip.DefaultScoring().Score(tc.totals)
			if tc.want < 0 {
				assert.Nil(t, got)
				return
			}
			require.NotNil(t, got)
			assert.Equal(t, tc.want, *got)
		})
	}
}

// worse are the ways in which one total of a trip can become worse.
var worse = map[string]func(*trip.Totals, int){
	"harsh braking":      func(t *trip.Totals, n int) { t.HarshBraking += n },
	"harsh acceleration": func(t *trip.Totals, n int) { t.HarshAcceleration += n },
	"harsh cornering":    func(t *trip.Totals, n int) { t.HarshCornering += n },
	"speeding":           func(t *trip.Totals, n int) { t.SpeedingS += int64(n) },
	"idling":             func(t *trip.Totals, n int) { t.IdleS += int64(n) },
}

func TestTheScoreNeverRisesWhenSomethingBadRises(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		totals := trip.Totals{
			DistanceM: 1000 + rng.Int64N(1_000_000), DurationS: rng.Int64N(30_000), IdleS: rng.Int64N(30_000), SpeedingS: rng.Int64N(30_000),
			HarshBraking: rng.IntN(200), HarshAcceleration: rng.IntN(200), HarshCornering: rng.IntN(200),
		}
		s := scoring(rng)
		require.NoError(t, s.Check())
		before := *s.Score(totals)
		require.True(t, before >= 0 && before <= 100, "%d", before)
		for name, more := range worse {
			after := totals
			more(&after, 1+rng.IntN(1000))
			require.LessOrEqual(t, *s.Score(after), before, "%s: %+v, then %+v by %+v", name, totals, after, s)
		}
	}
}

// scoring returns the default, or a random scoring that passes Check.
func scoring(rng *rand.Rand) trip.Scoring {
	if rng.IntN(2) == 0 {
		return trip.DefaultScoring()
	}
	p := func() trip.Penalty { return trip.Penalty{Weight: 20 * rng.Float64(), Half: 0.01 + 100*rng.Float64()} }
	return trip.Scoring{MinDistanceM: 1000, Braking: p(), Acceleration: p(), Cornering: p(), Speeding: p(), Idling: p()}
}

func TestAScoringThatIsNoneIsRefused(t *testing.T) {
	for name, change := range map[string]func(*trip.Scoring){
		"no distance":          func(s *trip.Scoring) { s.MinDistanceM = 0 },
		"a negative weight":    func(s *trip.Scoring) { s.Braking.Weight = -1 },
		"a half of zero":       func(s *trip.Scoring) { s.Idling.Half = 0 },
		"a half that is NaN":   func(s *trip.Scoring) { s.Idling.Half = math.NaN() },
		"weights above 100":    func(s *trip.Scoring) { s.Speeding.Weight = 40 },
		"a half without limit": func(s *trip.Scoring) { s.Speeding.Half = math.Inf(1) },
	} {
		t.Run(name, func(t *testing.T) {
			s := trip.DefaultScoring()
			require.NoError(t, s.Check())
			change(&s)
			assert.ErrorContains(t, s.Check(), "allowed")
		})
	}
}
