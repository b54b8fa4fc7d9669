package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/cmd/carctl/internal/candidate"
	"connectedcar/cmd/carctl/internal/nab"
)

type bench struct {
	dir, page, detector string
}

func anomalyBenchCommand() *cobra.Command {
	var b bench
	cmd := &cobra.Command{
		Use: "bench DIR", Short: "Score the detector on files of the Numenta Anomaly Benchmark", Args: cobra.ExactArgs(1),
		Long: "DIR holds windows.json, which names files and the windows of their anomalies, and the files. Scores follow the benchmark\n" +
			"(github.com/numenta/NAB): 0 is a detector that never alarms, 100 a perfect one; one threshold serves all files of a profile. LEFT OUT is the\n" +
			"score if each category of files is scored with the threshold that is best for the others. If DIR/check holds scores of published\n" +
			"detectors with the benchmark's own verdicts, the scorer is first checked against them; a difference is an error.",
		RunE: func(cmd *cobra.Command, args []string) error {
			b.dir = args[0]
			return b.run(cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&b.detector, "detector", candidate.Chosen, "one of "+strings.Join(candidate.Names(), ", ")+", or all to compare them")
	f.StringVar(&b.page, "page", "", "folder for a page with a plot of every file")
	return cmd
}

func (b *bench) run(to io.Writer) error {
	if b.detector != "all" && !slices.Contains(candidate.Names(), b.detector) {
		return fmt.Errorf("detector %q: allowed are %s and all", b.detector, strings.Join(candidate.Names(), ", "))
	}
	files, err := nab.Read(b.dir)
	if err != nil {
		return err
	}
	published, err := nab.ReadPublished(filepath.Join(b.dir, "check"))
	if err != nil {
		return err
	}
	if err := checkScorer(files, published, to); err != nil {
		return err
	}
	if b.detector == "all" {
		return compare(files, published, to)
	}
	scores, cost := timed(files, b.detector)
	results := nab.Judge(files, scores)
	if err := printFiles(files, scores, results[0].Threshold, to); err != nil {
		return err
	}
	if err := printCorpus([]contender{{b.detector, results, cost}}, files, published, to); err != nil {
		return err
	}
	if b.page == "" {
		return nil
	}
	return nab.Page(b.page, "Detector "+b.detector, files, scores, results[0].Threshold)
}

func checkScorer(files []nab.File, published []nab.Published, to io.Writer) error {
	for n := range published {
		compared, differences := published[n].Check(files)
		if len(differences) > 0 {
			return fmt.Errorf("the scorer differs from the benchmark on %s:\n%s", published[n].Name, strings.Join(differences, "\n"))
		}
		if _, err := fmt.Fprintf(to, "scorer check: %s, %d files equal to the benchmark's own score within 1e-6\n", published[n].Name, compared); err != nil {
			return err
		}
	}
	return nil
}

// timed returns the detector's scores and its run time, in nanoseconds per value.
func timed(files []nab.File, name string) ([][]float64, float64) {
	values := 0
	for n := range files {
		values += len(files[n].Values)
	}
	begin := time.Now()
	scores := nab.Run(files, candidate.New(name))
	return scores, float64(time.Since(begin).Nanoseconds()) / float64(max(1, values))
}

func printFiles(files []nab.File, scores [][]float64, threshold float64, to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "FILE\tWINDOWS\tFOUND\tFALSE\tFALSE A WEEK\tMEDIAN DELAY\tSCORE")
	var all nab.Alarms
	windows := 0
	for n := range files {
		f := &files[n]
		a := f.Alarms(scores[n], threshold)
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%.2f\t%s\t%.2f\n", f.Name, len(f.Windows), a.Found, a.False, weekly(a), medianDelay(a.Delays),
			f.Score(scores[n], threshold, nab.Profiles()[0]))
		all.Found, all.False, all.Watch = all.Found+a.Found, all.False+a.False, all.Watch+a.Watch
		all.Delays = append(all.Delays, a.Delays...)
		windows += len(f.Windows)
	}
	_, _ = fmt.Fprintf(w, "all\t%d\t%d\t%d\t%.2f\t%s\t\n", windows, all.Found, all.False, weekly(all), medianDelay(all.Delays))
	return w.Flush()
}

func weekly(a nab.Alarms) float64 {
	return float64(a.False) / max(a.Watch.Hours()/(7*24), 1e-9)
}

// medianDelay formats the median of delays. A delay counts from the beginning of a window, which is half a window before the anomaly.
func medianDelay(all []time.Duration) string {
	if len(all) == 0 {
		return "-"
	}
	slices.Sort(all)
	return all[len(all)/2].Round(time.Minute).String()
}

// contender is a detector with its results.
type contender struct {
	name    string
	results []nab.Result
	cost    float64 // nanoseconds per value
}

func compare(files []nab.File, published []nab.Published, to io.Writer) error {
	var all []contender
	for _, name := range candidate.Names() {
		scores, cost := timed(files, name)
		all = append(all, contender{name, nab.Judge(files, scores), cost})
	}
	return printCorpus(all, files, published, to)
}

func printCorpus(all []contender, files []nab.File, published []nab.Published, to io.Writer) error {
	for _, p := range published {
		scores := make([][]float64, len(files))
		for n := range files {
			scores[n] = p.Scores[files[n].Name]
			if len(scores[n]) != len(files[n].Values) {
				scores[n] = make([]float64, len(files[n].Values))
			}
		}
		all = append(all, contender{p.Name + " (published)", nab.Judge(files, scores), 0})
	}
	slices.SortStableFunc(all, func(a, b contender) int { return -cmp.Compare(a.results[0].Score, b.results[0].Score) })
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "DETECTOR\tSTANDARD\tLEFT OUT\tLOW-FP\tLEFT OUT\tLOW-FN\tTHRESHOLD\tNS A VALUE")
	for _, c := range all {
		cost := "-"
		if c.cost > 0 {
			cost = fmt.Sprintf("%.0f", c.cost)
		}
		r := c.results
		_, _ = fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.4f\t%s\n", c.name, r[0].Score, r[0].LeftOut, r[1].Score, r[1].LeftOut, r[2].Score,
			r[0].Threshold, cost)
	}
	return w.Flush()
}
