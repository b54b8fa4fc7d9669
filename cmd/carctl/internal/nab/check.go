package nab

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Published has a published detector's scores and the benchmark's own results for them, by file.
type Published struct {
	Name     string
	Scores   map[string][]float64
	Verdicts map[string]Verdict
}

// Verdict is the benchmark's result for a file at a threshold, by the standard profile.
type Verdict struct{ Threshold, Score float64 }

// ReadPublished reads every NAME.detections.csv.gz (file, timestamp, score) with its NAME.scores.csv (file, threshold, score) in dir, if any.
func ReadPublished(dir string) ([]Published, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.detections.csv.gz"))
	if err != nil {
		return nil, err
	}
	var all []Published
	for _, path := range paths {
		p := Published{
			Name:   strings.TrimSuffix(filepath.Base(path), ".detections.csv.gz"),
			Scores: map[string][]float64{}, Verdicts: map[string]Verdict{},
		}
		if err := p.readScores(path); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if err := p.readVerdicts(filepath.Join(dir, p.Name+".scores.csv")); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		all = append(all, p)
	}
	return all, nil
}

func (p *Published) readScores(path string) error {
	f, err := os.Open(path) // the operator chose the path
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	return eachRow(unzipped, func(row []string) error {
		score, err := strconv.ParseFloat(row[2], 64)
		p.Scores[row[0]] = append(p.Scores[row[0]], score)
		return err
	})
}

func (p *Published) readVerdicts(path string) error {
	f, err := os.Open(path) // the operator chose the path
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return eachRow(f, func(row []string) error {
		threshold, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			return err
		}
		score, err := strconv.ParseFloat(row[2], 64)
		p.Verdicts[row[0]] = Verdict{threshold, score}
		return err
	})
}

// eachRow calls f for each row after the header. A row must have three columns.
func eachRow(from io.Reader, f func(row []string) error) error {
	r := csv.NewReader(from)
	r.FieldsPerRecord = 3
	rows, err := r.ReadAll()
	if err != nil {
		return err
	}
	for n, row := range rows[min(1, len(rows)):] {
		if err := f(row); err != nil {
			return fmt.Errorf("row %d: %w", n+1, err)
		}
	}
	return nil
}

// tolerance is the allowed difference from the benchmark's own score.
const tolerance = 1e-6

// Check compares this package's results for the published detector with the benchmark's own. It returns the number of compared files, and
// a line for each file with a difference.
func (p *Published) Check(files []File) (compared int, differences []string) {
	standard := Profiles()[0]
	for n := range files {
		f := &files[n]
		verdict, there := p.Verdicts[f.Name]
		scores := p.Scores[f.Name]
		if !there || len(scores) != len(f.Values) {
			continue
		}
		compared++
		if got := f.Score(scores, verdict.Threshold, standard); math.Abs(got-verdict.Score) > tolerance {
			differences = append(differences, fmt.Sprintf("%s: %v; the benchmark's own score is %v", f.Name, got, verdict.Score))
		}
	}
	return compared, differences
}
