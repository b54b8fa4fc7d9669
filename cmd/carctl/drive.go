package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/internal/device/drive"
	"connectedcar/internal/device/sim"
	"connectedcar/internal/domain/vehicle"
)

// driveOptions are the flags of `carctl drive`.
type driveOptions struct {
	vins         []string
	cars         int
	duration     time.Duration
	interval     time.Duration
	speedup      string
	seed         uint64
	powertrain   string
	ambient      float64
	radio        drive.Radio
	skew         time.Duration
	faults       sim.Faults
	replay       string
	keepTime     bool
	columns      bool
	dryRun       bool
	json         bool
	direct       bool
	queue        string
	ca           string
	certs        string
	drain        time.Duration
	ramp         float64
	allow        bool
	manufacturer string
}

func driveCommand(t *target) *cobra.Command {
	var o driveOptions
	cmd := &cobra.Command{
		Use:   "drive [VIN...]",
		Short: "Let cars drive, simulated or replayed from an OBD-II log, and send what they measure",
		Long: "Cars connect by MQTT 5 over mutual TLS, with QoS 1 and Basic Ingest; a car without a certificate gets one if the CA's key\n" +
			"is at hand. The command ends when every message is acknowledged, and fails if some are not. Ctrl-C stops driving and waits\n" +
			"for what was sent; a second Ctrl-C ends at once.\n\n" +
			"With --replay it plays the CSV export of an OBD-II logger instead: columns are recognised by their usual names, units in\n" +
			"header or cell are converted, and every row that cannot be used is counted with its reason. Times are moved so that the\n" +
			"log ends now, because the platform sets messages aside that are older than 7 days; --keep-time keeps them.",
		Example: "  carctl drive --cars 3 --duration 2m\n" +
			"  carctl drive 1ACEV26S0TA000001 --duration 1h --speedup 60 --overheat --dtc P0301,P0217\n" +
			"  carctl drive --replay examples/obd-log.csv --allow --manufacturer acme",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.vins = append(o.vins, args...)
			if o.columns {
				return printColumns(cmd.OutOrStdout())
			}
			if err := o.check(cmd); err != nil {
				return err
			}
			return o.run(cmd, t)
		},
	}
	o.addFlags(cmd)
	return cmd
}

func (o *driveOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&o.vins, "vin", nil, "cars to drive, as arguments do; with --replay the cars of the log in order, or LABEL=VIN")
	f.IntVar(&o.cars, "cars", 0, "drive so many of the vehicles on the allow-list (default 1)")
	f.DurationVar(&o.duration, "duration", 2*time.Minute, "length of the drive, in its own time")
	f.DurationVar(&o.interval, "interval", time.Second, "time between two samples; with --replay between rows of a log without time")
	f.StringVar(&o.speedup, "speedup", "", "how much faster than life time passes, or max (default 1; with --replay max)")
	f.Uint64Var(&o.seed, "seed", 1, "the same seed gives the same drives")
	f.StringVar(&o.powertrain, "powertrain", "", "COMBUSTION, HYBRID or ELECTRIC for all cars (default: as on the allow-list)")
	f.Float64Var(&o.ambient, "ambient", 18, "temperature of the air in Celsius")
	f.Float64Var(&o.radio.Drop, "drop", 0, "probability that a message is never sent")
	f.Float64Var(&o.radio.Duplicate, "duplicate", 0, "probability that a message is sent twice")
	f.Float64Var(&o.radio.Reorder, "reorder", 0, "probability that later messages overtake one")
	f.DurationVar(&o.skew, "clock-skew", 0, "how far the cars' clocks are ahead (negative: behind)")
	f.BoolVar(&o.faults.Overheat, "overheat", false, "the engine overheats")
	f.BoolVar(&o.faults.LowBattery, "low-battery", false, "the 12 V battery is worn and not charged")
	f.BoolVar(&o.faults.FlatTyre, "flat-tyre", false, "the front right tyre leaks")
	f.StringSliceVar(&o.faults.DTCs, "dtc", nil, "trouble codes that come up in the first half of the drive, for example P0301,P0420")
	f.StringVar(&o.replay, "replay", "", "play this CSV export of an OBD-II logger")
	f.BoolVar(&o.columns, "replay-columns", false, "print the names of columns that --replay recognises, with their apps, and do nothing else")
	f.BoolVar(&o.keepTime, "keep-time", false, "with --replay: keep the times of the log")
	f.BoolVar(&o.dryRun, "dry-run", false, "print what would be sent, one JSON object a line, and send nothing")
	f.BoolVar(&o.json, "json", false, "print the summary as JSON")
	f.BoolVar(&o.direct, "no-basic-ingest", false, "publish to the topics themselves, which costs messaging and reaches subscribers")
	f.StringVar(&o.queue, "queue", "", "folder that keeps each car's unsent messages across runs (default: memory)")
	f.StringVar(&o.ca, "ca", "", "folder of the authority that signs new cars (default: the platform's)")
	f.StringVar(&o.certs, "certs", "", "folder with a folder for each car's certificate (default: cars, beside the platform's description)")
	f.DurationVar(&o.drain, "drain", time.Minute, "how long to wait for acknowledgements at the end")
	f.Float64Var(&o.ramp, "ramp", 50, "cars that connect in a second")
	f.BoolVar(&o.allow, "allow", false, "put the cars on the allow-list first")
	f.StringVar(&o.manufacturer, "manufacturer", "acme", "with --allow: the manufacturer of the cars")
}

// check returns an error for every invalid flag or combination of flags.
func (o *driveOptions) check(cmd *cobra.Command) error {
	var wrong []error
	bad := func(condition bool, format string, args ...any) {
		if condition {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	bad(o.duration < 10*time.Second || o.duration > 31*24*time.Hour, "--duration %s: allowed are 10s to 744h", o.duration)
	bad(o.interval < 100*time.Millisecond || o.interval > time.Hour, "--interval %s: allowed are 100ms to 1h", o.interval)
	bad(o.cars < 0 || o.cars > 100_000, "--cars %d: allowed are 1 to 100000", o.cars)
	bad(o.cars > 0 && len(o.vins) > 0, "--cars and VINs exclude each other")
	bad(o.cars > 0 && o.replay != "", "--cars is for simulated drives: a log says how many cars it has")
	bad(o.keepTime && o.replay == "", "--keep-time is for --replay")
	bad(o.ambient < -40 || o.ambient > 50, "--ambient %v: allowed are -40 to 50", o.ambient)
	bad(o.ramp <= 0, "--ramp %v: allowed are numbers above 0", o.ramp)
	bad(o.drain <= 0, "--drain %s: allowed are times above 0", o.drain)
	for _, name := range []string{"overheat", "low-battery", "flat-tyre", "dtc", "duration", "powertrain", "ambient"} {
		bad(o.replay != "" && cmd.Flags().Changed(name), "--%s is for simulated drives, not for --replay", name)
	}
	if o.powertrain != "" {
		_, err := vehicle.ParsePowertrain(o.powertrain)
		bad(err != nil, "--%v", err)
	}
	for _, code := range o.faults.DTCs {
		bad(!troubleCode.MatchString(code), "--dtc %q: allowed are codes such as P0301 (SAE J2012)", code)
	}
	if err := o.radio.Check(); err != nil {
		wrong = append(wrong, err)
	}
	if _, err := o.speed(); err != nil {
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

// speed parses the factor by which the drive runs faster than real time; 0 means as fast as possible.
func (o *driveOptions) speed() (float64, error) {
	switch strings.ToLower(o.speedup) {
	case "max":
		return 0, nil
	case "":
		if o.replay != "" {
			return 0, nil
		}
		return 1, nil
	}
	f, err := strconv.ParseFloat(o.speedup, 64)
	if err != nil || f < 1 || math.IsInf(f, 0) || math.IsNaN(f) {
		return 0, fmt.Errorf("--speedup %q: allowed are numbers from 1, and max", o.speedup)
	}
	return f, nil
}
