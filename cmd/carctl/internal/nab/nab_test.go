package nab

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// benchmark returns two files of the benchmark in testdata, which also has the scores of two published detectors (MIT, see its
// LICENSE.txt).
func benchmark(t *testing.T) []File {
	t.Helper()
	files, err := Read("testdata")
	require.NoError(t, err)
	return files
}

func TestScoresEqualTheBenchmarksOwn(t *testing.T) {
	files := benchmark(t)
	published, err := ReadPublished(filepath.Join("testdata", "check"))
	require.NoError(t, err)
	require.Len(t, published, 2)
	for _, p := range published {
		compared, differences := p.Check(files)
		assert.Equal(t, len(files), compared, p.Name)
		assert.Empty(t, differences, p.Name)
	}
	verdict := published[0].Verdicts[files[0].Name]
	verdict.Score += 2 * tolerance
	published[0].Verdicts[files[0].Name] = verdict
	_, differences := published[0].Check(files)
	assert.Len(t, differences, 1, "another score is told")
}

func TestTheBestThresholdIsTheBestOfAll(t *testing.T) {
	files := benchmark(t)
	published, err := ReadPublished(filepath.Join("testdata", "check"))
	require.NoError(t, err)
	for _, p := range published {
		scores := [][]float64{p.Scores[files[0].Name], p.Scores[files[1].Name]}
		for _, profile := range Profiles() {
			threshold, total := Best(files, scores, profile)
			at := func(threshold float64) float64 {
				return files[0].Score(scores[0], threshold, profile) + files[1].Score(scores[1], threshold, profile)
			}
			assert.InDelta(t, at(threshold), total, 1e-9)
			for other := 0.0; other <= 1.1; other += 0.01 {
				assert.LessOrEqual(t, at(other), total+1e-9, "%s, %s: threshold %v", p.Name, profile.Name, other)
			}
		}
	}
}

func TestNormalScore(t *testing.T) {
	files := benchmark(t)
	silent, perfect := perFile(files), perFile(files)
	for n, f := range files {
		for _, w := range f.Windows {
			perfect[n][max(w.First, f.Probation())] = 1
		}
	}
	for _, p := range Profiles() {
		_, total := Best(files, silent, p)
		assert.InDelta(t, 0, Normal(total, files, p), 1e-9, "%s: a detector that never alarms", p.Name)
		_, total = Best(files, perfect, p)
		assert.InDelta(t, 100, Normal(total, files, p), 1e-9, "%s: an alarm at the beginning of each window", p.Name)
	}
}

func TestReadRefusesWindowsThatNoRowHas(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.csv"), []byte("timestamp,value\n2026-01-01 00:00:00,1\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "windows.json"), []byte(`{"a.csv": [["2026-01-02 00:00:00", "2026-01-02 01:00:00"]]}`), 0o600))
	_, err := Read(dir)
	assert.EqualError(t, err, "a.csv: windows.json: no row has the time 2026-01-02 00:00:00")
}

func TestAlarmsOfAFile(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f := File{Windows: []Window{{40, 49}, {60, 69}}}
	scores := make([]float64, 100)
	for n := range scores {
		f.At = append(f.At, start.Add(time.Duration(n)*time.Minute))
		f.Values = append(f.Values, 0)
	}
	scores[3], scores[30], scores[45], scores[47] = 1, 1, 1, 1
	a := f.Alarms(scores, 0.5)
	assert.Equal(t, []int{30, 45}, a.Rows, "neither in probation nor the second of a window")
	assert.Equal(t, 1, a.Found)
	assert.Equal(t, 1, a.False)
	assert.Equal(t, []time.Duration{5 * time.Minute}, a.Delays)
}

func TestPageHasAPlotOfEveryFile(t *testing.T) {
	files := benchmark(t)
	dir := t.TempDir()
	require.NoError(t, Page(dir, "Test", files, perFile(files), 0.5))
	images, err := filepath.Glob(filepath.Join(dir, "*.png"))
	require.NoError(t, err)
	assert.Len(t, images, len(files))
	text, err := os.ReadFile(filepath.Join(dir, "index.html")) // written by this test
	require.NoError(t, err)
	assert.Contains(t, string(text), "realAdExchange/exchange-4_cpm_results.csv")
}
