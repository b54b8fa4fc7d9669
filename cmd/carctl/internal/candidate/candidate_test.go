package candidate_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"connectedcar/cmd/carctl/internal/candidate"
)

// A spike of 20 deviations in noise is the least that a detector must rank above nearly all that is usual.
func TestEveryCandidateFindsASpike(t *testing.T) {
	for _, name := range candidate.Names() {
		if name == "baselines" {
			continue // one value alone is no alarm for them
		}
		t.Run(name, func(t *testing.T) {
			d, r := candidate.New(name)(), rand.New(rand.NewPCG(1, 2)) // it must repeat
			start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			var spike float64
			higher := 0
			for n := range 1600 {
				v := 100 + r.NormFloat64()
				if n == 1500 {
					v += 20
				}
				score := d.Next(start.Add(time.Duration(n)*15*time.Minute), v)
				assert.True(t, score >= 0 && score <= 1, "%v", score)
				if n >= 1500 && n < 1530 { // detectors over windows answer while it is in them
					spike = max(spike, score)
				}
			}
			d, r = candidate.New(name)(), rand.New(rand.NewPCG(1, 2))
			for n := range 1499 {
				if score := d.Next(start.Add(time.Duration(n)*15*time.Minute), 100+r.NormFloat64()); n > 500 && score >= spike {
					higher++
				}
			}
			assert.LessOrEqual(t, higher, 20, "usual values that score as high as the spike's %.3f", spike)
			assert.False(t, math.IsNaN(spike))
		})
	}
}
