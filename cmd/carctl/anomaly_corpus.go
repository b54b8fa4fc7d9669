package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/internal/device/sim"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// ailment is a fault of the corpus and the findings expected for it.
type ailment struct {
	name   string
	faults sim.Faults
	keys   []string // prefixes of dedup keys; a finding with any one of them detects the fault
	engine bool     // only for cars with an engine
	only   vehicle.Powertrain
}

func ailments(after time.Duration) []ailment {
	sensor := func(path string, how sim.SensorFailure, by float64) sim.Faults {
		return sim.Faults{After: after, Sensors: []sim.SensorFault{{Path: path, How: how, By: by}}}
	}
	of := func(path string) []string { return []string{"anomaly." + path} }
	return []ailment{
		{name: "engine overheats", faults: sim.Faults{Overheat: true}, keys: []string{"engine_overheat"}, engine: true},
		{name: "12 V battery is worn", faults: sim.Faults{LowBattery: true}, keys: []string{"battery_low", "anomaly." + telemetry.LowVoltageBattery}},
		{name: "tyre goes flat", faults: sim.Faults{FlatTyre: true}, keys: []string{"tyre_pressure_low"}},
		{name: "tyre leaks slowly", faults: sim.Faults{After: after, Leak: 0.02}, keys: append(of(telemetry.TirePressureRearLeft), "tyre_pressure_low")},
		{name: "alternator fails", faults: sim.Faults{After: after, Alternator: true}, keys: of(telemetry.LowVoltageBattery)},
		{name: "thermostat hangs open", faults: sim.Faults{After: after, Thermostat: true}, keys: of(telemetry.EngineCoolant), only: vehicle.Combustion},
		{name: "coolant sensor is stuck", faults: sensor(telemetry.EngineCoolant, sim.Stuck, 0), keys: of(telemetry.EngineCoolant), only: vehicle.Combustion},
		{name: "speed sensor is stuck", faults: sensor(telemetry.Speed, sim.Stuck, 0), keys: of(telemetry.Speed)},
		{name: "coolant sensor spikes", faults: sensor(telemetry.EngineCoolant, sim.Spikes, 60), keys: of(telemetry.EngineCoolant), engine: true},
		{name: "speed sensor spikes", faults: sensor(telemetry.Speed, sim.Spikes, 140), keys: of(telemetry.Speed)},
		{name: "coolant sensor is silent", faults: sensor(telemetry.EngineCoolant, sim.Silent, 0), keys: of(telemetry.EngineCoolant), engine: true},
		{name: "tyre sensor is silent", faults: sensor(telemetry.TirePressureFrontLeft, sim.Silent, 0), keys: of(telemetry.TirePressureFrontLeft)},
	}
}

type corpus struct {
	cars              int
	healthy, duration time.Duration
	seed              uint64
}

func anomalyCorpusCommand() *cobra.Command {
	var o corpus
	cmd := &cobra.Command{
		Use: "corpus", Short: "Drive simulated cars with faults and without, and say what is found of them", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.print(cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.IntVar(&o.cars, "cars", 20, "cars for each fault")
	f.DurationVar(&o.duration, "duration", 100*time.Minute, "of each drive with a fault, which begins after 40 minutes where it is no fault from the start")
	f.DurationVar(&o.healthy, "healthy", 1000*time.Hour, "vehicle-hours of cars without a fault")
	f.Uint64Var(&o.seed, "seed", 1, "of the drives")
	return cmd
}

// outcome is the result of the simulated drive of one car.
type outcome struct {
	found   bool
	delay   time.Duration
	false   []anomaly.Change // false alarms: of a car without the fault, or before the fault
	drivenH float64
}

// row summarizes the cars with one fault.
type row struct {
	name        string
	cars, found int
	delays      []time.Duration
	wrong       []anomaly.Change
	hours       float64
}

func (r row) rate() float64 { return float64(r.found) / float64(max(1, r.cars)) }

func (r row) median() time.Duration {
	if len(r.delays) == 0 {
		return 0
	}
	slices.Sort(r.delays)
	return r.delays[len(r.delays)/2]
}

const faultAfter = 40 * time.Minute

func (o corpus) rows() []row {
	var rows []row
	for _, a := range ailments(faultAfter) {
		rows = append(rows, o.row(a, o.cars, o.duration))
	}
	const each = 4 * time.Hour
	return append(rows, o.row(ailment{name: "no fault"}, int(o.healthy/each), each))
}

func (o corpus) row(a ailment, cars int, d time.Duration) row {
	r := row{name: a.name, cars: cars}
	outcomes := make([]outcome, cars)
	var wait sync.WaitGroup
	slots := make(chan struct{}, 2)
	for n := range cars {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			outcomes[n] = o.drive(a, n, d)
		})
	}
	wait.Wait()
	for _, out := range outcomes {
		r.hours += out.drivenH
		r.wrong = append(r.wrong, out.false...)
		if out.found {
			r.found++
			r.delays = append(r.delays, out.delay)
		}
	}
	return r
}

// drive simulates the drive of one car and runs the detector on it.
func (o corpus) drive(a ailment, n int, d time.Duration) outcome {
	trains := []vehicle.Powertrain{vehicle.Combustion, vehicle.Hybrid, vehicle.Electric}
	train := trains[n%3]
	if a.engine {
		train = trains[n%2]
	}
	if a.only != "" {
		train = a.only
	}
	start := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	car := sim.New(sim.Settings{
		VIN: vin.VIN(fmt.Sprintf("WCC%014d", n)), Seed: o.seed + uint64(n), Powertrain: train, Start: start, Duration: d, // n is small
		Interval: time.Second, AmbientC: float64(n%9)*5 - 10, Faults: a.faults, BootID: "corpus", NewID: func(time.Time) string { return "" },
	})
	var out outcome
	detector, memory := anomaly.New(anomaly.Defaults()), anomaly.NewMemory()
	for {
		m, more := car.Next()
		if !more {
			return out
		}
		t, ok := m.Body.(telemetry.Message)
		if !ok {
			continue
		}
		out.drivenH = t.TS.Sub(start).Hours()
		for _, c := range detector.Observe(memory, []anomaly.Sample{{At: t.TS, TripID: t.TripID, Signals: t.Signals}}, t.TS) {
			out.judge(a, c, start)
		}
	}
}

func (out *outcome) judge(a ailment, c anomaly.Change, start time.Time) {
	onset := start.Add(a.faults.After)
	switch {
	case c.Resolved:
	case len(a.keys) == 0 || c.At.Before(onset):
		out.false = append(out.false, c)
	case !out.found && slices.ContainsFunc(a.keys, func(key string) bool { return strings.HasPrefix(c.DedupKey, key) }):
		out.found, out.delay = true, c.At.Sub(onset)
	}
}

func (o corpus) print(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "FAULT\tCARS\tDETECTED\tMEDIAN DELAY\tVEHICLE-HOURS\tFALSE ALARMS\tPER 1,000 H")
	rows := o.rows()
	for _, r := range rows {
		detected, delay := fmt.Sprintf("%.3f", r.rate()), r.median().String()
		if r.name == "no fault" {
			detected, delay = "-", "-"
		}
		_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%.1f\t%d\t%.2f\n", r.name, r.cars, detected, delay, r.hours, len(r.wrong), 1000*float64(len(r.wrong))/max(r.hours, 1e-9))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, r := range rows {
		for _, c := range r.wrong[:min(5, len(r.wrong))] {
			_, _ = fmt.Fprintf(to, "false: %s: %s %s: %s\n", r.name, c.At.Format(time.TimeOnly), c.DedupKey, c.Finding.Why)
		}
	}
	return nil
}
