package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"connectedcar/internal/drive"
	"connectedcar/internal/replay"
	"connectedcar/internal/sim"
	"connectedcar/internal/vehicle"
	"connectedcar/internal/vin"

	"github.com/oklog/ulid/v2"
)

var troubleCode = regexp.MustCompile(`^[PCBU][0-3][0-9A-F]{3}$`)

// plannedCar is a car with its messages, not yet connected.
type plannedCar struct {
	vin    vin.VIN
	source drive.Source

	label   string // in the log
	samples int    // of the log
}

// plan is a drive that could begin.
type plan struct {
	cars     []plannedCar
	timeline drive.Timeline
	span     time.Duration
	report   *replay.Report // of the log, if one is played
}

// newID makes a ULID of that time. Identifiers are the one thing in which two runs with the same seed differ.
func newID(at time.Time) string { return ulid.MustNew(ulid.Timestamp(at), rand.Reader).String() }

// simulated plans drives of those cars.
func (o *driveOptions) simulated(now time.Time, cars []vin.VIN, powertrain func(vin.VIN) sim.Powertrain) (plan, error) {
	speed, err := o.speed()
	if err != nil {
		return plan{}, err
	}
	p := plan{timeline: drive.NewTimeline(now, o.duration, speed), span: o.duration}
	boot := newID(now)
	for _, v := range cars {
		p.cars = append(p.cars, plannedCar{vin: v, source: sim.New(sim.Settings{
			VIN: v, Seed: o.seed, Powertrain: powertrain(v), Start: p.timeline.Start, Duration: o.duration, Interval: o.interval,
			AmbientC: o.ambient, Faults: o.faults, ClockSkew: o.skew, BootID: boot, NewID: newID,
		})})
	}
	return p, nil
}

// replayed plans to play the log.
func (o *driveOptions) replayed(now time.Time) (plan, error) {
	speed, err := o.speed()
	if err != nil {
		return plan{}, err
	}
	f, err := os.Open(o.replay)
	if err != nil {
		return plan{}, fmt.Errorf("read log: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	log, err := replay.Read(f, replay.Options{Interval: o.interval})
	if err != nil {
		return plan{}, fmt.Errorf("%s: %w", o.replay, err)
	}
	if log.Report.Valid == 0 {
		return plan{}, fmt.Errorf("%s: none of its %d rows is valid", o.replay, log.Report.Rows)
	}
	vins, err := assignVINs(log.Cars, o.vins)
	if err != nil {
		return plan{}, fmt.Errorf("%s: %w", o.replay, err)
	}
	r := drive.Recording{Log: log, KeepTime: o.keepTime, ClockSkew: o.skew, BootID: newID(now), NewID: newID}
	p := plan{timeline: drive.NewTimeline(now, r.Span(), speed), span: r.Span(), report: &log.Report}
	for i, c := range log.Cars {
		p.cars = append(p.cars, plannedCar{vin: vins[i], source: r.Player(c, p.timeline), label: c.Label, samples: len(c.Samples)})
	}
	return p, nil
}

// assignVINs gives every car of a log its VIN: by LABEL=VIN, then those named in order, then the label itself if it is a VIN, and
// else one made up of the label, the same every time. Naming too few or too many in order is an error.
func assignVINs(cars []replay.Car, named []string) ([]vin.VIN, error) {
	byLabel := map[string]vin.VIN{}
	var inOrder []vin.VIN
	for _, n := range named {
		label, text, labelled := strings.Cut(n, "=")
		if !labelled {
			text = n
		}
		v, err := vin.Parse(text)
		if err != nil {
			return nil, err
		}
		if labelled {
			byLabel[label] = v
			continue
		}
		inOrder = append(inOrder, v)
	}
	out := make([]vin.VIN, len(cars))
	used := map[vin.VIN]string{}
	for i, c := range cars {
		v, ok := byLabel[c.Label]
		delete(byLabel, c.Label)
		switch {
		case ok:
		case len(inOrder) > 0:
			v, inOrder = inOrder[0], inOrder[1:]
		case len(named) > 0:
			return nil, fmt.Errorf("the log has %d cars (%s): name a VIN for each, or none", len(cars), labels(cars))
		default:
			v = vinOfLabel(c.Label)
		}
		if other, twice := used[v]; twice {
			return nil, fmt.Errorf("cars %q and %q of the log have the same VIN %s", other, c.Label, v)
		}
		used[v], out[i] = c.Label, v
	}
	if len(inOrder) > 0 || len(byLabel) > 0 {
		return nil, fmt.Errorf("more VINs are named than the log has cars (%d: %s)", len(cars), labels(cars))
	}
	return out, nil
}

func vinOfLabel(label string) vin.VIN {
	if v, err := vin.Parse(label); err == nil {
		return v
	}
	return drive.MadeUpVIN("recorded " + label)
}

func labels(cars []replay.Car) string {
	text := make([]string, len(cars))
	for i, c := range cars {
		text[i] = c.Label
		if c.Label == "" {
			text[i] = "without a name"
		}
	}
	return strings.Join(text, ", ")
}

// parseVINs reads the cars named for a simulated drive, each once.
func parseVINs(named []string) ([]vin.VIN, error) {
	var out []vin.VIN
	seen := map[vin.VIN]bool{}
	for _, n := range named {
		v, err := vin.Parse(n)
		if err != nil {
			return nil, err
		}
		if seen[v] {
			return nil, fmt.Errorf("VIN %s is named twice", v)
		}
		seen[v] = true
		out = append(out, v)
	}
	return out, nil
}

// choose takes n cars of the allow-list.
func (w where) choose(ctx context.Context, n int) ([]vin.VIN, error) {
	store, err := w.vehicles()
	if err != nil {
		return nil, err
	}
	var out []vin.VIN
	err = store.List(ctx, "", func(v vehicle.Vehicle) bool {
		if v.Status != vehicle.Revoked {
			out = append(out, v.VIN)
		}
		return len(out) < n
	})
	if err != nil {
		return nil, err
	}
	if len(out) < n {
		return nil, fmt.Errorf("%d cars are wanted, but the allow-list has %d: `carctl vehicle add --generate %d --manufacturer ID` adds some", n, len(out), n-len(out))
	}
	return out, nil
}

// powertrains looks the cars up on the allow-list; a car that is not on it gets one by its VIN.
func (w where) powertrains(ctx context.Context, cars []vin.VIN) (map[vin.VIN]sim.Powertrain, error) {
	store, err := w.vehicles()
	if err != nil {
		return nil, err
	}
	out := map[vin.VIN]sim.Powertrain{}
	for _, v := range cars {
		row, err := store.Get(ctx, v)
		switch {
		case errors.Is(err, vehicle.ErrNotFound):
			continue
		case err != nil:
			return nil, err
		}
		if p, err := sim.ParsePowertrain(row.Powertrain); err == nil {
			out[v] = p
		}
	}
	return out, nil
}
