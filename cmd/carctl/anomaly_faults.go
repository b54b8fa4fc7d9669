package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/internal/device/replay"
	"connectedcar/internal/device/sim"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// injected is a fault that is added to the recording of a healthy car.
type injected struct {
	name  string
	paths []string // signals that the fault changes; a finding on any of them detects the fault
	// change changes the signals of one sample, at the time since the beginning of the fault.
	change func(s telemetry.Signals, since time.Duration, r *rand.Rand)
}

// faultsToInject returns the faults in the table of docs/detection.md.
func faultsToInject() []injected {
	coolant, air, revs := telemetry.EngineCoolant, telemetry.EngineMAF, telemetry.EngineSpeed
	volts, tyre := telemetry.LowVoltageBattery, telemetry.TirePressureFrontLeft
	held := map[string]float64{}
	return []injected{
		{"coolant sensor drifts 0.5 celsius a minute", []string{coolant}, adds(coolant, func(since time.Duration, _ *rand.Rand) float64 {
			return math.Min(30, 0.5*since.Minutes())
		})},
		{"coolant sensor is 20 celsius too high", []string{coolant}, adds(coolant, func(time.Duration, *rand.Rand) float64 { return 20 })},
		{"coolant sensor is stuck", []string{coolant}, func(s telemetry.Signals, since time.Duration, _ *rand.Rand) {
			if v, ok := s[coolant].Number(); ok {
				if since < time.Minute {
					held[coolant] = v
				}
				s[coolant] = telemetry.Number(held[coolant])
			}
		}},
		{"coolant sensor is noisy, 6 celsius", []string{coolant}, adds(coolant, func(_ time.Duration, r *rand.Rand) float64 { return 6 * r.NormFloat64() })},
		{"air flow reads 70 % too high", []string{air}, func(s telemetry.Signals, _ time.Duration, _ *rand.Rand) {
			if v, ok := s[air].Number(); ok {
				s[air] = telemetry.Number(1.7 * v)
			}
		}},
		{"engine misfires now and then", []string{revs}, func(s telemetry.Signals, _ time.Duration, r *rand.Rand) {
			if v, ok := s[revs].Number(); ok && v > 300 && r.IntN(2) == 0 {
				s[revs] = telemetry.Number(max(320, v-400*r.Float64()))
			}
		}},
		{"thermostat is stuck open", []string{coolant}, func(s telemetry.Signals, since time.Duration, _ *rand.Rand) {
			if v, ok := s[coolant].Number(); ok {
				cooled := 1 - math.Exp(-since.Minutes()/8)
				s[coolant] = telemetry.Number(math.Round(v - cooled*(v-55)))
			}
		}},
		{"alternator is weak, 1 V less", []string{volts}, adds(volts, func(since time.Duration, _ *rand.Rand) float64 {
			return -math.Min(1, since.Minutes()/10)
		})},
		{"tyre loses 0.6 kPa a minute", []string{tyre}, adds(tyre, func(since time.Duration, _ *rand.Rand) float64 {
			return -math.Min(60, 0.6*since.Minutes())
		})},
	}
}

func adds(path string, by func(time.Duration, *rand.Rand) float64) func(telemetry.Signals, time.Duration, *rand.Rand) {
	return func(s telemetry.Signals, since time.Duration, r *rand.Rand) {
		if v, ok := s[path].Number(); ok {
			s[path] = telemetry.Number(v + by(since, r))
		}
	}
}

// recording has the samples of one car.
type recording []anomaly.Sample

// with returns a copy of the recording with the fault from onset on.
func (d recording) with(f injected, onset time.Time, seed uint64) recording {
	r := rand.New(rand.NewPCG(seed, 1)) // a fixed seed, for reproducible results
	out := make(recording, len(d))
	for n, s := range d {
		if !s.At.Before(onset) {
			signals := make(telemetry.Signals, len(s.Signals))
			for path, v := range s.Signals {
				signals[path] = v
			}
			f.change(signals, s.At.Sub(onset), r)
			s.Signals = signals
		}
		out[n] = s
	}
	return out
}

// then appends another recording as a later drive.
func (d recording) then(next recording) recording {
	if len(d) == 0 || len(next) == 0 {
		return append(d, next...)
	}
	later := d[len(d)-1].At.Add(betweenDrives).Sub(next[0].At)
	for _, s := range next {
		s.At = s.At.Add(later)
		d = append(d, s)
	}
	return d
}

func (d recording) has(paths []string) bool {
	for _, s := range d {
		for _, path := range paths {
			if _, ok := s.Signals[path].Number(); ok {
				return true
			}
		}
	}
	return false
}

type faultTable struct {
	log, priors    string
	cars           int
	drive, healthy time.Duration
	seed           uint64
}

func anomalyFaultsCommand() *cobra.Command {
	var o faultTable
	cmd := &cobra.Command{
		Use: "faults", Short: "Lay faults over drives of healthy cars, and compare what detectors find of them", Args: cobra.NoArgs,
		Long: "Drives are of the simulator and, with --log, of a real OBD log (as `carctl anomaly replay` reads it), into which each fault begins at several\n" +
			"moments. FIXED LIMITS are the alerts without a baseline; 3-SIGMA and FOREST (a random cut forest) learn the first hour of the\n" +
			"drive; NOVELTY scores the measures of the platform's baselines with the detector of `carctl anomaly bench`, at two thresholds.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.priors == "" {
				return o.run(cmd.OutOrStdout())
			}
			priors, err := readPriors(o.priors)
			if err != nil {
				return err
			}
			return newCars{priors: priors, cars: o.cars, drive: o.drive, healthy: o.healthy, seed: o.seed}.print(cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.log, "log", "", "OBD log to lay the faults over too")
	f.StringVar(&o.priors, "priors", "", "file of `carctl anomaly priors`: lay the faults over the first drive of new cars instead, with it and without")
	f.IntVar(&o.cars, "cars", 20, "simulated drives for each fault")
	f.DurationVar(&o.drive, "drive", 4*time.Hour, "length of each simulated drive with a fault, which begins after half of it")
	f.DurationVar(&o.healthy, "healthy", 1000*time.Hour, "vehicle-hours without a fault")
	f.Uint64Var(&o.seed, "seed", 1, "of the drives")
	return cmd
}

// simulated returns the drive of a healthy car with a combustion engine, which has all signals.
func simulated(seed uint64, d time.Duration) recording {
	return simulatedCar(vehicle.Combustion, seed, d)
}

// simulatedCar returns the drive of a healthy car with that powertrain.
func simulatedCar(train vehicle.Powertrain, seed uint64, d time.Duration) recording {
	start := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	car := sim.New(sim.Settings{
		VIN: vin.VIN(fmt.Sprintf("WCF%014d", seed)), Seed: seed, Powertrain: train, Start: start, Duration: d, Interval: 2 * time.Second,
		AmbientC: float64(seed%9)*5 - 10, BootID: "faults", NewID: func(time.Time) string { return "" },
	})
	var all recording
	for {
		m, more := car.Next()
		if !more {
			return all
		}
		if t, ok := m.Body.(telemetry.Message); ok {
			all = append(all, anomaly.Sample{At: t.TS, TripID: t.TripID, Signals: t.Signals})
		}
	}
}

// recorded returns the drives of an OBD log, one after the other, as drives of one car: the log's column for the car may contain driver
// names.
func recorded(path string) (recording, error) {
	f, err := os.Open(path) // the operator chose the path
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	log, err := replay.Read(f, replay.Options{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var all recording
	for _, c := range log.Cars {
		all = all.then(samplesOf(c))
	}
	return all, nil
}

// tally counts the drives, the faults found and the false alarms of one detector.
type tally struct {
	drives, found, false int
	delays               []time.Duration
}

func (t *tally) add(d recording, alarms []alarm, f injected, onset time.Time) {
	t.drives++
	for _, a := range alarms {
		if !a.at.Before(onset) && a.on(f.paths) {
			t.found++
			t.delays = append(t.delays, a.at.Sub(onset))
			return
		}
	}
}

func (o faultTable) run(to io.Writer) error {
	var real recording
	if o.log != "" {
		var err error
		if real, err = recorded(o.log); err != nil {
			return fmt.Errorf("%s: %w", o.log, err)
		}
	}
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "DRIVES\tFAULT\tN\t"+strings.ToUpper(strings.Join(rivalNames(), "\t\t"))+"\t")
	var drives []recording
	for n := range o.cars {
		drives = append(drives, simulated(o.seed+uint64(n), o.drive)) // n is small: no overflow
	}
	for _, f := range faultsToInject() {
		o.row(w, "simulated", f, drives, []float64{0.5})
		if real.has(f.paths) {
			o.row(w, "recorded", f, []recording{real}, onsets)
		}
	}
	o.healthyRow(w, "simulated", int(o.healthy/o.drive), func(n int) recording {
		return simulated(o.seed+10_000+uint64(n), o.drive) // n is small: no overflow
	})
	if real != nil {
		o.healthyRow(w, "recorded", 1, func(int) recording { return real })
	}
	return w.Flush()
}

// onsets are the positions in a recorded drive at which a fault begins, as fractions of its samples.
var onsets = []float64{0.4, 0.45, 0.5, 0.55, 0.6, 0.65}

func (o faultTable) row(w io.Writer, kind string, f injected, drives []recording, onsets []float64) {
	tallies := make([]tally, len(rivals))
	for n, d := range drives {
		for k, share := range onsets {
			onset := d[int(share*float64(len(d)))].At
			faulty := d.with(f, onset, o.seed+uint64(100*n+k)) // n and k are small: no overflow
			for i, rival := range rivals {
				tallies[i].add(faulty, rival.watch(faulty), f, onset)
			}
		}
	}
	_, _ = fmt.Fprintf(w, "%s\t%s\t%d", kind, f.name, tallies[0].drives)
	for _, t := range tallies {
		_, _ = fmt.Fprintf(w, "\t%.2f\t%s", float64(t.found)/float64(max(1, t.drives)), medianDelay(t.delays))
	}
	_, _ = fmt.Fprintln(w)
}

func (o faultTable) healthyRow(w io.Writer, kind string, drives int, drive func(int) recording) {
	tallies := make([]tally, len(rivals))
	hours := 0.0
	for n := range drives {
		d := drive(n)
		hours += driven(d).Hours()
		for i, rival := range rivals {
			tallies[i].false += len(rival.watch(d))
		}
	}
	_, _ = fmt.Fprintf(w, "%s\tnone: false alarms, and in 1,000 h, of %.1f h\t%d", kind, hours, drives)
	for _, t := range tallies {
		_, _ = fmt.Fprintf(w, "\t%d\t%.1f", t.false, 1000*float64(t.false)/max(hours, 1e-9))
	}
	_, _ = fmt.Fprintln(w)
}

// driven returns the duration of a recording without its pauses.
func driven(d recording) time.Duration {
	total := time.Duration(0)
	for n := 1; n < len(d); n++ {
		if step := d[n].At.Sub(d[n-1].At); step < 10*time.Minute {
			total += step
		}
	}
	return total
}
