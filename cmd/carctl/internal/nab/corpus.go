// Package nab scores detectors on files of the Numenta Anomaly Benchmark, by the benchmark's rules (Lavin and Ahmad, "Evaluating Real-Time
// Anomaly Detection Algorithms", 2015, https://arxiv.org/abs/1510.03336): a detector gives every sample a score from 0 to 1; there is one
// threshold for the whole corpus and profile; an early detection counts more than a late one.
package nab

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// File is a labelled series of the corpus.
type File struct {
	Name    string // path within the corpus: category/file.csv
	At      []time.Time
	Values  []float64
	Windows []Window
}

// Window is the labelled range of rows around an anomaly, as indexes of the file's rows, both inclusive.
type Window struct{ First, Last int }

// Category is the folder of the file, which is the benchmark's category.
func (f *File) Category() string { return strings.SplitN(f.Name, "/", 2)[0] }

const (
	layout           = "2006-01-02 15:04:05"
	probationShare   = 0.15
	probationLongest = 5000 // rows of a file that count for the share
)

// Probation returns the number of rows at the beginning of the file that are not scored.
func (f *File) Probation() int { return Probation(len(f.Values)) }

// Probation returns the number of rows at the beginning of a file that are not scored, given the number of all its rows.
func Probation(rows int) int { return int(probationShare * float64(min(rows, probationLongest))) }

// Read reads the corpus: windows.json in dir and the files listed in it, sorted by name.
func Read(dir string) ([]File, error) {
	b, err := os.ReadFile(filepath.Join(dir, "windows.json")) // the operator chose the path
	if err != nil {
		return nil, err
	}
	var named map[string][][2]string
	if err := json.Unmarshal(b, &named); err != nil {
		return nil, fmt.Errorf("windows.json: %w", err)
	}
	var files []File
	for _, name := range slices.Sorted(maps.Keys(named)) {
		f, err := readFile(dir, name, named[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files = append(files, f)
	}
	return files, nil
}

func readFile(dir, name string, windows [][2]string) (File, error) {
	f := File{Name: name}
	file, err := os.Open(filepath.Join(dir, filepath.FromSlash(name))) // the operator chose the path
	if err != nil {
		return f, err
	}
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return f, err
	}
	for n, row := range rows[min(1, len(rows)):] {
		if err := f.add(row); err != nil {
			return f, fmt.Errorf("row %d: %w", n+1, err)
		}
	}
	for _, w := range windows {
		if err := f.label(w); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (f *File) add(row []string) error {
	if len(row) < 2 {
		return fmt.Errorf("%d columns; expected are timestamp and value", len(row))
	}
	at, err := parseTime(row[0])
	if err != nil {
		return err
	}
	v, err := strconv.ParseFloat(row[1], 64)
	if err != nil {
		return err
	}
	f.At, f.Values = append(f.At, at), append(f.Values, v)
	return nil
}

// label adds a window, given the times of its first and last row. If several rows have the same time because the clock was set back, the
// first one counts, as in the benchmark.
func (f *File) label(ends [2]string) error {
	var index [2]int
	for n, text := range ends {
		at, err := parseTime(text)
		if err != nil {
			return fmt.Errorf("windows.json: %w", err)
		}
		index[n] = slices.IndexFunc(f.At, at.Equal)
		if index[n] < 0 {
			return fmt.Errorf("windows.json: no row has the time %s", text)
		}
	}
	f.Windows = append(f.Windows, Window{index[0], index[1]})
	return nil
}

// parseTime parses a time of the benchmark. Some times have fractions of a second.
func parseTime(s string) (time.Time, error) {
	whole, _, _ := strings.Cut(s, ".")
	return time.Parse(layout, whole)
}
