package trip

import (
	"fmt"
	"math"
)

// Scoring configures the score of a trip. A score begins at 100 and loses points for each bad habit, by its frequency: half of the
// habit's weight at its Half, and nearly all of it far beyond. So the score never rises when a bad habit is more frequent, and
// no single habit hides the others.
type Scoring struct {
	MinDistanceM int64 // shorter trips have no score

	Braking      Penalty // harsh braking, events per 100 km
	Acceleration Penalty // harsh acceleration, events per 100 km
	Cornering    Penalty // harsh cornering, events per 100 km
	Speeding     Penalty // speeding, percent of the trip's time
	Idling       Penalty // standing with the engine or drive on, percent of the trip's time
}

// Penalty configures the points that one habit costs.
type Penalty struct {
	Weight float64 // most points that the habit can cost
	Half   float64 // frequency of the habit that costs half of Weight
}

// DefaultScoring returns the platform's own scoring.
func DefaultScoring() Scoring {
	return Scoring{
		MinDistanceM: 1000,
		Braking:      Penalty{Weight: 25, Half: 20},
		Acceleration: Penalty{Weight: 20, Half: 20},
		Cornering:    Penalty{Weight: 20, Half: 20},
		Speeding:     Penalty{Weight: 30, Half: 10},
		Idling:       Penalty{Weight: 5, Half: 40},
	}
}

// Check returns an error if a scoring is invalid.
func (s Scoring) Check() error {
	if s.MinDistanceM < 1 {
		return fmt.Errorf("minDistanceM is %d; allowed is 1 or more", s.MinDistanceM)
	}
	sum := 0.0
	for name, p := range map[string]Penalty{
		"braking": s.Braking, "acceleration": s.Acceleration, "cornering": s.Cornering, "speeding": s.Speeding, "idling": s.Idling,
	} {
		if !(p.Weight >= 0 && p.Weight <= 100 && p.Half > 0 && !math.IsInf(p.Half, 0)) {
			return fmt.Errorf("%s is %+v; allowed are a weight from 0 to 100 and a half above 0", name, p)
		}
		sum += p.Weight
	}
	if sum > 100 {
		return fmt.Errorf("the weights are %g together; allowed are up to 100", sum)
	}
	return nil
}

// Score returns the score of a trip with those totals, 0 to 100; nil if the trip is shorter than MinDistanceM.
func (s Scoring) Score(t Totals) *int {
	if t.DistanceM < s.MinDistanceM {
		return nil
	}
	per100km := func(times int) float64 { return float64(times) * 100_000 / float64(t.DistanceM) }
	share := func(seconds int64) float64 { return 100 * float64(seconds) / float64(max(1, t.DurationS)) }
	lost := s.Braking.of(per100km(t.HarshBraking)) + s.Acceleration.of(per100km(t.HarshAcceleration)) +
		s.Cornering.of(per100km(t.HarshCornering)) + s.Speeding.of(share(t.SpeedingS)) + s.Idling.of(share(t.IdleS))
	score := int(math.Round(max(0, min(100, 100-lost))))
	return &score
}

// of returns the points that so much of the habit costs.
func (p Penalty) of(much float64) float64 {
	much = max(0, much)
	return p.Weight * much / (much + p.Half)
}
