package alert_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/domain/alert"
)

func TestCondition(t *testing.T) {
	type sample struct {
		second float64
		value  float64
		want   alert.Change
	}
	hot := alert.Condition{Raise: 115, Clear: 110, For: 10 * time.Second, Gap: 30 * time.Second}
	low := alert.Condition{Raise: 11.8, Clear: 12.2, Below: true}
	for name, tc := range map[string]struct {
		condition alert.Condition
		samples   []sample
	}{
		"it raises after it was wrong for long enough": {hot, []sample{
			{0, 116, alert.None}, {5, 117, alert.None}, {10, 116, alert.Raised}, {11, 120, alert.Continued},
		}},
		"a peak does not raise": {hot, []sample{
			{0, 116, alert.None}, {5, 114, alert.None}, {9, 116, alert.None}, {11, 116, alert.None}, {19, 116, alert.Raised},
		}},
		"at the limit is not beyond it": {hot, []sample{{0, 115, alert.None}, {60, 115, alert.None}}},
		"it clears once, and not before it is well within": {hot, []sample{
			{0, 116, alert.None}, {10, 116, alert.Raised}, {11, 112, alert.None}, {12, 116, alert.Continued}, {13, 110, alert.Cleared}, {14, 100, alert.None},
		}},
		"a silence begins the duration anew": {hot, []sample{
			{0, 116, alert.None}, {31, 116, alert.None}, {41, 116, alert.Raised},
		}},
		"a silence does not clear": {hot, []sample{
			{0, 116, alert.None}, {10, 116, alert.Raised}, {100, 116, alert.Continued},
		}},
		"what comes late or twice changes nothing": {hot, []sample{
			{0, 116, alert.None}, {10, 116, alert.Raised}, {10, 100, alert.None}, {5, 100, alert.None}, {11, 116, alert.Continued},
		}},
		"what is no number changes nothing": {hot, []sample{
			{0, 116, alert.None}, {5, math.NaN(), alert.None}, {10, 116, alert.Raised},
		}},
		"below works the other way round, at once without a duration": {low, []sample{
			{0, 11.8, alert.None}, {1, 11.7, alert.Raised}, {2, 12.1, alert.None}, {3, 12.2, alert.Cleared},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var p alert.Progress
			for n, s := range tc.samples {
				var got alert.Change
				p, got = tc.condition.Next(p, s.value, noon.Add(time.Duration(s.second*float64(time.Second))))
				assert.Equal(t, s.want, got, "sample %d", n)
			}
		})
	}
}

// Raising and clearing alternate, however the value fluctuates.
func TestConditionsAlternate(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := alert.Condition{Raise: 115, Clear: 110, For: 3 * time.Second}
	var p alert.Progress
	active, raised := false, 0
	for n := range 20_000 {
		var change alert.Change
		p, change = c.Next(p, 105+r.Float64()*15, noon.Add(time.Duration(n)*time.Second))
		switch change {
		case alert.Raised:
			assert.False(t, active)
			active = true
			raised++
		case alert.Continued:
			assert.True(t, active)
		case alert.Cleared:
			assert.True(t, active)
			active = false
		}
		assert.Equal(t, active, p.Active)
	}
	assert.Positive(t, raised)
}
