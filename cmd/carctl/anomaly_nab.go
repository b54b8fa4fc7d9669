package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"connectedcar/internal/domain/anomaly"

	"github.com/spf13/cobra"
)

func anomalyNABCommand() *cobra.Command {
	return &cobra.Command{
		Use: "nab DIR", Short: "Score the baselines on files of the Numenta Anomaly Benchmark", Args: cobra.ExactArgs(1),
		Long: "DIR holds windows.json, which names files and the windows of their anomalies, and the files. Scores follow the benchmark's standard\n" +
			"profile (github.com/numenta/NAB): 0 is a detector that says nothing, 100 a perfect one. 3-SIGMA is the mean and deviation of the first\n" +
			"15 %. Of both, what is scored is each moment at which an alarm begins.",
		RunE: func(cmd *cobra.Command, args []string) error { return scoreNAB(args[0], cmd.OutOrStdout()) },
	}
}

const (
	nabTime       = "2006-01-02 15:04:05"
	probation     = 0.15 // share of a file, at most 750 values, that is for learning and not scored
	probationMost = 750
	falseCosts    = 0.11
)

type nabFile struct {
	at      []time.Time
	values  []float64
	windows [][2]time.Time
}

func scoreNAB(dir string, to io.Writer) error {
	b, err := os.ReadFile(filepath.Join(dir, "windows.json")) // the operator names it
	if err != nil {
		return err
	}
	var named map[string][][2]string
	if err := json.Unmarshal(b, &named); err != nil {
		return fmt.Errorf("windows.json: %w", err)
	}
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "FILE\tWINDOWS\tBASELINE ALARMS\tBASELINE\t3-SIGMA ALARMS\t3-SIGMA")
	var ours, sigma, windows float64
	for _, name := range slices.Sorted(maps.Keys(named)) {
		f, err := readNAB(filepath.Join(dir, name), named[name])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		a, c := f.alarms(anomaly.NewSeries().Next), f.alarms(f.threeSigma())
		n := float64(len(f.windows))
		ours, sigma, windows = ours+f.score(a), sigma+f.score(c), windows+n
		_, _ = fmt.Fprintf(w, "%s\t%.0f\t%d\t%s\t%d\t%s\n", name, n, len(a), normal(f.score(a), n), len(c), normal(f.score(c), n))
	}
	_, _ = fmt.Fprintf(w, "all\t%.0f\t\t%s\t\t%s\n", windows, normal(ours, windows), normal(sigma, windows))
	return w.Flush()
}

// normal is a score from 0, of a detector that says nothing, to 100.
func normal(raw, windows float64) string {
	if windows == 0 {
		return fmt.Sprintf("(%.2f)", raw)
	}
	return fmt.Sprintf("%.1f", 100*(raw+windows)/(windows*sigmoid(-1)+windows))
}

// sigmoid is the worth of an alarm that lies y window lengths after the window's end: nearly 1 at its start, 0 at its end, -1 far away.
func sigmoid(y float64) float64 {
	if y > 3 {
		return -1
	}
	return 2/(1+math.Exp(5*y)) - 1
}

func readNAB(path string, windows [][2]string) (nabFile, error) {
	var f nabFile
	file, err := os.Open(path) // the operator names it
	if err != nil {
		return f, err
	}
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return f, err
	}
	for n, row := range rows[min(1, len(rows)):] {
		at, err := time.Parse(nabTime, row[0])
		if err != nil {
			return f, fmt.Errorf("row %d: %w", n+1, err)
		}
		v, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			return f, fmt.Errorf("row %d: %w", n+1, err)
		}
		f.at, f.values = append(f.at, at), append(f.values, v)
	}
	for _, w := range windows {
		from, err := time.Parse(nabTime, w[0])
		if err != nil {
			return f, err
		}
		until, err := time.Parse(nabTime, w[1])
		if err != nil {
			return f, err
		}
		f.windows = append(f.windows, [2]time.Time{from, until})
	}
	return f, nil
}

func (f nabFile) probation() int {
	return min(int(probation*float64(len(f.values))), probationMost)
}

// alarms are the values at which an alarm begins, after probation.
func (f nabFile) alarms(next func(float64) bool) []int {
	var all []int
	for n, v := range f.values {
		if next(v) && n >= f.probation() {
			all = append(all, n)
		}
	}
	return all
}

func (f nabFile) threeSigma() func(float64) bool {
	var sum, squares float64
	n := float64(max(1, f.probation()))
	for _, v := range f.values[:f.probation()] {
		sum, squares = sum+v, squares+v*v
	}
	mean := sum / n
	sigma := math.Sqrt(max(0, squares/n-mean*mean))
	outside := false
	return func(v float64) bool {
		was := outside
		outside = math.Abs(v-mean) > 3*sigma
		return outside && !was
	}
}

// score adds up what the alarms are worth: the first in each window, less what is missed and what is false.
func (f nabFile) score(alarms []int) float64 {
	total := 0.0
	found := make([]bool, len(f.windows))
	for _, n := range alarms {
		inside, after := -1, -1
		for i, w := range f.windows {
			if !f.at[n].Before(w[0]) && !f.at[n].After(w[1]) {
				inside = i
			}
			if f.at[n].After(w[1]) {
				after = i
			}
		}
		switch {
		case inside >= 0 && !found[inside]:
			w := f.windows[inside]
			found[inside] = true
			total += sigmoid(-float64(w[1].Sub(f.at[n])) / float64(w[1].Sub(w[0])))
		case inside >= 0:
		case after >= 0:
			w := f.windows[after]
			total += falseCosts * sigmoid(float64(f.at[n].Sub(w[1]))/float64(w[1].Sub(w[0])))
		default:
			total -= falseCosts
		}
	}
	for _, hit := range found {
		if !hit {
			total--
		}
	}
	return total
}
