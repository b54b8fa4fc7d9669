package candidate_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"connectedcar/cmd/carctl/internal/candidate"
)

// Every detector must rank a spike of 20 standard deviations above nearly all of the noise.
func TestEveryCandidateFindsASpike(t *testing.T) {
	for _, name := range candidate.Names() {
		if name == "baselines" {
			continue // these detectors do not alarm at a single value
		}
		t.Run(name, func(t *testing.T) {
			d, r := candidate.New(name)(), rand.New(rand.NewPCG(1, 2)) // a fixed seed, for reproducible results
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
				if n >= 1500 && n < 1530 { // detectors over windows alarm while the spike is in the window
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
