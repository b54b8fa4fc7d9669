package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/analytics"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
)

type priorsMaker struct {
	target    *target
	day       string
	days      int
	cars      int
	simulated int
}

func anomalyPriorsCommand(t *target) *cobra.Command {
	o := priorsMaker{target: t}
	cmd := &cobra.Command{
		Use: "priors [FILE.csv]", Short: "Write what a new car is compared with: the usual values of each model, from the lake", Args: cobra.MaximumNArgs(1),
		Long: "It prints the file lambdas/telemetry/priors.json, with which the telemetry function judges a car until it has baselines of its own. Models of\n" +
			"fewer than 20 cars are left out. Samples come from the lake or, for fleets whose answer is large, from a CSV export of the same\n" +
			"question (--sql prints it), whose lines are sorted by vin and ts. Faults of one car in twenty change nothing.",
		Example: "  carctl anomaly priors --days 7 > lambdas/telemetry/priors.json",
	}
	sql := false
	f := cmd.Flags()
	f.StringVar(&o.day, "on", "", "the day (2006-01-02, UTC) to look back from; default today")
	f.IntVar(&o.days, "days", 7, "days to look back")
	f.IntVar(&o.cars, "cars", 50, "cars of each model to look at")
	f.IntVar(&o.simulated, "simulated", 0, "so many simulated cars of each powertrain instead of the lake's, as Acme Comet")
	f.BoolVar(&sql, "sql", false, "print the question and end")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		question, err := o.question(time.Now())
		if err != nil {
			return err
		}
		if sql {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), question)
			return err
		}
		fleet := fleetGauges{}
		source, err := o.fill(cmd, args, question, fleet)
		if err != nil {
			return err
		}
		return fleet.write(cmd.OutOrStdout(), cmd.ErrOrStderr(), source)
	}
	return cmd
}

// question returns the query for the samples of the watched signals, for some cars of each model.
func (o priorsMaker) question(now time.Time) (string, error) {
	day := now.UTC()
	if o.day != "" {
		var err error
		if day, err = time.Parse(time.DateOnly, o.day); err != nil {
			return "", fmt.Errorf("--on %q: allowed is a day such as 2026-11-23", o.day)
		}
	}
	if o.days < 1 || o.cars < anomaly.LeastPriorCars {
		return "", fmt.Errorf("--days %d, --cars %d: allowed are 1 day and %d cars, or more", o.days, o.cars, anomaly.LeastPriorCars)
	}
	return analytics.Samples(anomaly.Watched(), day.AddDate(0, 0, -o.days), day, o.cars), nil
}

// fill feeds the samples to the fleet's gauges and returns the source of the samples.
func (o priorsMaker) fill(cmd *cobra.Command, args []string, question string, fleet fleetGauges) (string, error) {
	if o.simulated > 0 {
		fleet.simulate(o.simulated)
		return fmt.Sprintf("%d simulated cars of each powertrain", o.simulated), nil
	}
	if len(args) == 1 {
		f, err := os.Open(args[0])
		if err != nil {
			return "", err
		}
		defer func() { _ = f.Close() }()
		return "an export of the lake", fleet.readCSV(f)
	}
	answer, err := ask(cmd, o.target, question)
	if err != nil {
		return "", err
	}
	rows := &lakeSamples{fleet: fleet}
	if err := rows.columns(answer.Columns); err != nil {
		return "", err
	}
	for n, row := range answer.Rows {
		if err := rows.add(texts(row, "")); err != nil {
			return "", fmt.Errorf("row %d: %w", n+1, err)
		}
	}
	rows.flush()
	return fmt.Sprintf("the lake, %d days", o.days), nil
}

// fleetGauges are the gauges of cars, by model.
type fleetGauges map[anomaly.Model][]*anomaly.Gauge

// simulatedFor is the duration of a simulated car's drive.
const simulatedFor = 2 * time.Hour

func (f fleetGauges) simulate(cars int) {
	for _, train := range []vehicle.Powertrain{vehicle.Combustion, vehicle.Hybrid, vehicle.Electric} {
		model := cometWith(train)
		for n := range cars {
			g := anomaly.NewGauge()
			for _, s := range simulatedCar(train, uint64(50_000+n), simulatedFor) { // n is small: no overflow
				g.Observe(s)
			}
			f[model] = append(f[model], g)
		}
	}
}

func (f fleetGauges) readCSV(from io.Reader) error {
	in := csv.NewReader(from)
	in.ReuseRecord = true
	rows := &lakeSamples{fleet: f}
	header, err := in.Read()
	if err != nil {
		return fmt.Errorf("read the header: %w", err)
	}
	if err := rows.columns(header); err != nil {
		return err
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			rows.flush()
			return nil
		}
		if err == nil {
			err = rows.add(row)
		}
		if err != nil {
			line, _ := in.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// write writes the file of priors, and a summary for the operator.
func (f fleetGauges) write(to, summary io.Writer, source string) error {
	file := anomaly.PriorsFile{Form: anomaly.PriorsForm, Source: source}
	models := slices.SortedFunc(maps.Keys(f), func(a, b anomaly.Model) int {
		return slices.Compare([]string{a.Make, a.Model, a.Powertrain}, []string{b.Make, b.Model, b.Powertrain})
	})
	table := newTable(summary)
	printRow(table, "MAKE", "MODEL", "POWERTRAIN", "MEASURE", "CARS", "LOW", "MEDIAN", "HIGH")
	for _, m := range models {
		priors := anomaly.Quantiles(f[m])
		if len(priors) == 0 {
			printRow(table, m.Make, m.Model, m.Powertrain, "none", len(f[m]), null, null, null)
			continue
		}
		for n := range priors {
			p := &priors[n]
			p.Low, p.Median, p.High = digits(p.Low), digits(p.Median), digits(p.High)
			printRow(table, m.Make, m.Model, m.Powertrain, p.Subject, p.Cars, p.Low, p.Median, p.High)
		}
		file.Models = append(file.Models, anomaly.ModelPriors{Model: m, Priors: priors})
	}
	if err := table.Flush(); err != nil {
		return err
	}
	b, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	if _, err := anomaly.ParsePriors(b); err != nil {
		return err
	}
	_, err = fmt.Fprintf(to, "%s\n", b)
	return err
}

// digits rounds a number to five significant digits, more than a sensor's precision.
func digits(v float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 5, 64), 64)
	if err != nil {
		return v
	}
	return rounded
}

// lakeSamples converts the lake's rows, sorted by vin and ts, to samples.
type lakeSamples struct {
	fleet  fleetGauges
	at     map[string]int // index of each column
	vin    string
	gauge  *anomaly.Gauge
	sample anomaly.Sample
}

func (l *lakeSamples) columns(header []string) error {
	l.at = map[string]int{}
	for n, name := range header {
		l.at[name] = n
	}
	for _, name := range []string{"vin", "make", "model", "powertrain", "ts", "signal", "num", "str"} {
		if _, there := l.at[name]; !there {
			return fmt.Errorf("column %q is missing among %s; `carctl anomaly priors --sql` prints the question", name, strings.Join(header, ", "))
		}
	}
	return nil
}

func (l *lakeSamples) add(row []string) error {
	field := func(name string) string { return row[l.at[name]] }
	at, err := time.Parse("2006-01-02 15:04:05.999999999", strings.TrimSuffix(field("ts"), " UTC"))
	if err != nil {
		return fmt.Errorf("ts %q: allowed is a time such as 2026-11-23 08:00:00.000", field("ts"))
	}
	switch vin := field("vin"); {
	case vin < l.vin || vin == l.vin && at.Before(l.sample.At):
		return fmt.Errorf("vin %s at %s comes too late: rows must be sorted by vin and ts", vin, field("ts"))
	case vin != l.vin:
		l.flush()
		l.vin, l.gauge = strings.Clone(vin), anomaly.NewGauge()
		model := anomaly.Model{Make: strings.Clone(field("make")), Model: strings.Clone(field("model")), Powertrain: strings.Clone(field("powertrain"))}
		l.fleet[model] = append(l.fleet[model], l.gauge)
	case !at.Equal(l.sample.At):
		l.flush()
	}
	if l.sample.Signals == nil {
		l.sample = anomaly.Sample{At: at, Signals: telemetry.Signals{}}
	}
	return l.signal(strings.Clone(field("signal")), field("num"), field("str"))
}

func (l *lakeSamples) signal(path, num, str string) error {
	if num == "" {
		l.sample.Signals[path] = telemetry.Text(strings.Clone(str))
		return nil
	}
	v, err := strconv.ParseFloat(num, 64)
	if err != nil {
		return fmt.Errorf("%s: num %q is no number", path, num)
	}
	l.sample.Signals[path] = telemetry.Number(v)
	return nil
}

// flush passes the completed sample to the car's gauge.
func (l *lakeSamples) flush() {
	if l.sample.Signals != nil {
		l.gauge.Observe(l.sample)
	}
	l.sample.Signals = nil
}
