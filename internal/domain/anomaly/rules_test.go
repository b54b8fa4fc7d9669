package anomaly

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
)

func TestIDsOfStoredMemoriesAreUnique(t *testing.T) {
	assert.Len(t, signalIndex, signalCount)
	assert.Len(t, ruleIndex, ruleCount)
	assert.Len(t, baseIndex, baseCount)
	assert.NotContains(t, signalIndex, uint16(0), "a signal without an id")
	assert.NotContains(t, ruleIndex, uint16(0), "a rule without an id")
}

// A changed id loses that part of every car's memory: its baselines, and which alerts are open.
func TestIDsOfStoredMemoriesStay(t *testing.T) {
	for id, signal := range map[byte]int{
		1: speed, 2: volts, 3: system, 4: powertrain, 5: rpm, 6: maf, 7: manifold, 8: coolant, 9: oil, 10: fuel, 11: charge,
		12: tyreFrontLeft, 13: tyreFrontRight, 14: tyreRearLeft, 15: tyreRearRight, 16: ambient, 17: odometer,
	} {
		assert.Equal(t, id, traits[signal].id, traits[signal].path)
	}
	for id, base := range map[byte]int{
		0: baseCoolant, 1: baseCharging, 2: baseResting, 3: baseFrontLeft, 4: baseFrontRight, 5: baseRearLeft, 6: baseRearRight, 7: baseFilling,
	} {
		assert.Equal(t, id, subjects[base].id, subjects[base].context)
	}
	assert.Equal(t, []byte{1, 2, 3, 4, 5, 6}, []byte{familyLimit, familyPhysics, familyStill, familySilent, familyJumps, familyUnusual})
}

// A rule whose alert is invalid would never raise one.
func TestEveryRuleOfTheDetectorMakesAValidAlert(t *testing.T) {
	all := rules(Defaults())
	require.NotEmpty(t, all)
	for _, r := range all {
		c := Change{Kind: r.kind, DedupKey: r.key, At: time.UnixMilli(1), Unit: traits[r.signal].unit, Finding: r.find(NewMemory(), 1, r.cond, time.UnixMilli(1))}
		assert.NoError(t, c.Notice("WVWZZZ1JZXW000001").Validate(), r.key)
		assert.NotEmpty(t, c.Finding.Why, r.key)
		assert.Less(t, len(c.Finding.Why), alert.MaxDetail-100, "%s: room for numbers", r.key)
		if _, anomaly := r.kind.Signal(); anomaly {
			for _, part := range []string{", since ", c.Finding.Ground, c.Finding.LookAt, string(c.Finding.Confidence)} {
				assert.Contains(t, c.Finding.Why, part, r.key)
				assert.NotEmpty(t, part, r.key)
			}
		}
	}
}

func TestDedupKeysOfRulesAreUnique(t *testing.T) {
	seen := map[string]int{}
	for _, r := range rules(Defaults()) {
		other, taken := seen[r.key]
		assert.False(t, taken, "%s is the key of the rules in slots %d and %d", r.key, other, r.slot)
		seen[r.key] = r.slot
	}
}
