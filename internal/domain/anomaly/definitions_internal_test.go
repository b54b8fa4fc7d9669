package anomaly

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var updateScores = flag.Bool("update-scores", false, "write the scores that Java is held against")

// scored is a series with the score after each value. The Flink job's test computes the same scores from the same file.
type scored struct {
	Name    string
	Measure string
	Values  []float64
	Scores  []float64
}

func scoresOf(s scored) []float64 {
	var b base
	var out []float64
	is := byName(s.Measure)
	for _, v := range s.Values {
		b.learn(v, is.leastAt(float64(b.Mean)), 1)
		out = append(out, b.score())
	}
	return out
}

func byName(name string) *definition {
	for n := range defined.Measures {
		if defined.Measures[n].Name == name {
			return &defined.Measures[n]
		}
	}
	return nil
}

func TestTheWindowsOverTheFleetScoreTheSame(t *testing.T) {
	path := filepath.Join("testdata", "scores.json")
	if *updateScores {
		series := func(name, measure string, value func(n int) float64) scored {
			s := scored{Name: name, Measure: measure}
			for n := range 60 {
				s.Values = append(s.Values, math.Round(1000*value(n))/1000)
			}
			s.Scores = scoresOf(s)
			return s
		}
		step := func(n, from int) float64 { return float64(min(1, max(0, n-from+1))) }
		b, err := json.MarshalIndent([]scored{
			series("steady", "charging", func(n int) float64 { return 14.2 + 0.05*math.Sin(float64(n)) }),
			series("a shift that lasts", "charging", func(n int) float64 { return 14.2 + 0.05*math.Sin(float64(n)) - 0.6*step(n, 40) }),
			series("a share of the usual value", "filling", func(n int) float64 { return 1.2*(1+0.3*step(n, 30)) + 0.02*math.Cos(float64(n)) }),
			series("up and back", "coolant", func(n int) float64 { return 88 + float64(n%3) + 15*step(n, 30) - 15*step(n, 36) }),
		}, "", " ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, append(b, '\n'), 0o600))
	}
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var all []scored
	require.NoError(t, json.Unmarshal(b, &all))
	require.Len(t, all, 4)
	unusual := 0
	for _, s := range all {
		got := scoresOf(s)
		for n := range s.Scores {
			assert.InDelta(t, s.Scores[n], got[n], 1e-6, "%s, value %d", s.Name, n)
			if got[n] > 1 {
				unusual++
			}
		}
	}
	assert.Positive(t, unusual)
}

func TestEverySubjectIsDefined(t *testing.T) {
	assert.Len(t, defined.Measures, len(subjects))
	for i := range subjects {
		assert.Equal(t, subjects[i].Signal, traits[subjects[i].signal].path)
		assert.Positive(t, subjects[i].Least)
	}
}
