package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"golang.org/x/sync/errgroup"

	"connectedcar/internal/device/drive"
	"connectedcar/internal/device/replay"
	"connectedcar/internal/device/sim"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

var troubleCode = regexp.MustCompile(`^[PCBU][0-3][0-9A-F]{3}$`)

// plannedCar is a car with its messages, before it connects.
type plannedCar struct {
	vin    vin.VIN
	source drive.Source

	label   string // the car's name in the log
	samples int    // number of samples in the log
}

// plan is a drive that is ready to start.
type plan struct {
	cars     []plannedCar
	timeline drive.Timeline
	span     time.Duration
	report   *replay.Report // report on the log; nil without a log
}

// newID returns a ULID for that time. Only the ids differ between two runs with the same seed.
func newID(at time.Time) string { return ulid.MustNew(ulid.Timestamp(at), rand.Reader).String() }

// simulated plans simulated drives of those cars.
func (o *driveOptions) simulated(now time.Time, cars []vin.VIN, powertrain func(vin.VIN) vehicle.Powertrain) (plan, error) {
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

// replayed plans a replay of the log.
func (o *driveOptions) replayed(now time.Time) (plan, error) {
	speed, err := o.speed()
	if err != nil {
		return plan{}, err
	}
	f, err := os.Open(o.replay)
	if err != nil {
		return plan{}, fmt.Errorf("read log: %w", err)
	}
	defer f.Close() // only read, so the error does not matter
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
	log.Keep(func(i int) bool { return vins[i] != "" }, "the car has no VIN among those named")
	vins = slices.DeleteFunc(vins, func(v vin.VIN) bool { return v == "" })
	r := drive.Recording{Log: log, KeepTime: o.keepTime, ClockSkew: o.skew, BootID: newID(now), NewID: newID}
	p := plan{timeline: drive.NewTimeline(now, r.Span(), speed), span: r.Span(), report: &log.Report}
	old := 0
	for i, c := range log.Cars {
		player := r.Player(c, p.timeline)
		old += player.Before(now.Add(-telemetry.MaxAge))
		p.cars = append(p.cars, plannedCar{vin: vins[i], source: player, label: c.Label, samples: len(c.Samples)})
	}
	if old > 0 {
		log.Report.Notes = append(log.Report.Notes, fmt.Sprintf(
			"%d rows will be older than 7 days when they are sent, and the platform quarantines such messages: play the sessions of the log one by one", old))
	}
	return p, nil
}

// assignVINs assigns a VIN to every car of a log: first by LABEL=VIN, then the other named VINs in order. If any VIN is named, the
// remaining cars get none. If none is named, a car's label is used if it is a VIN; otherwise a VIN is derived from the label, always the
// same one.
func assignVINs(cars []replay.Car, named []string) ([]vin.VIN, error) {
	byLabel, inOrder, err := parseAssignments(named)
	if err != nil {
		return nil, err
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
			continue
		default:
			v = vinOfLabel(c.Label)
		}
		if other, twice := used[v]; twice {
			return nil, fmt.Errorf("cars %q and %q of the log have the same VIN %s", other, c.Label, v)
		}
		used[v], out[i] = c.Label, v
	}
	for label := range byLabel {
		return nil, fmt.Errorf("the log has no car %q; it has %s", label, labels(cars))
	}
	return out, nil
}

// parseAssignments parses VINs and LABEL=VIN pairs.
func parseAssignments(named []string) (byLabel map[string]vin.VIN, inOrder []vin.VIN, err error) {
	byLabel = map[string]vin.VIN{}
	for _, n := range named {
		label, text, labelled := strings.Cut(n, "=")
		if !labelled {
			text = n
		}
		v, err := vin.Parse(text)
		if err != nil {
			return nil, nil, err
		}
		if labelled {
			byLabel[label] = v
			continue
		}
		inOrder = append(inOrder, v)
	}
	return byLabel, inOrder, nil
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

// parseVINs parses the VINs for a simulated drive. A VIN may occur only once.
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

// powertrains are the known powertrains of cars.
type powertrains map[vin.VIN]vehicle.Powertrain

func (p powertrains) note(v vehicle.Vehicle) {
	if t, err := vehicle.ParsePowertrain(v.Powertrain); err == nil {
		p[v.VIN] = t
	}
}

// choose picks n cars from the allow-list.
func (w where) choose(ctx context.Context, n int) ([]vin.VIN, powertrains, error) {
	store, err := w.vehicles()
	if err != nil {
		return nil, nil, err
	}
	var out []vin.VIN
	known := powertrains{}
	err = store.List(ctx, "", func(v vehicle.Vehicle) bool {
		if v.Status != vehicle.Revoked {
			out = append(out, v.VIN)
			known.note(v)
		}
		return len(out) < n
	})
	if err != nil {
		return nil, nil, err
	}
	if len(out) < n {
		return nil, nil, fmt.Errorf("%d cars are wanted, but the allow-list has %d: `carctl vehicle add --generate %d --manufacturer ID` adds some", n, len(out), n-len(out))
	}
	return out, known, nil
}

// lookups is the number of cars that are looked up concurrently.
const lookups = 16

// lookUp returns the powertrains of those cars by the allow-list; cars that are not on it are left out.
func (w where) lookUp(ctx context.Context, cars []vin.VIN) (powertrains, error) {
	store, err := w.vehicles()
	if err != nil {
		return nil, err
	}
	rows := make([]vehicle.Vehicle, len(cars))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(lookups)
	for i, v := range cars {
		work.Go(func() error {
			row, err := store.Get(ctx, v)
			if errors.Is(err, vehicle.ErrNotFound) {
				return nil
			}
			rows[i] = row
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	known := powertrains{}
	for _, row := range rows {
		known.note(row)
	}
	return known, nil
}
