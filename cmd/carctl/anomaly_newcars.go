package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/vehicle"
)

// newCars measures the detection of faults that cars have from their first drive on, with and without priors.
type newCars struct {
	priors  anomaly.Priors
	cars    int
	drive   time.Duration
	healthy time.Duration
	seed    uint64
}

// cometWith returns the model of simulated cars with that powertrain.
func cometWith(train vehicle.Powertrain) anomaly.Model {
	return anomaly.Model{Make: "Acme", Model: "Comet", Powertrain: string(train)}
}

// rows returns the rows of the table: one per fault, and one for cars without a fault.
func (o newCars) rows() (faults []newCarRow, healthy newCarRow) {
	var drives []recording
	for n := range o.cars {
		drives = append(drives, simulated(o.seed+uint64(n), o.drive)) // n is small: no overflow
	}
	for _, f := range faultsToInject() {
		row := newCarRow{name: f.name}
		for n, d := range drives {
			faulty := d.with(f, d[0].At, o.seed+uint64(n)) // n is small: no overflow
			row.with.add(faulty, watchNew(faulty, o.priors, cometWith(vehicle.Combustion)), f, d[0].At)
			row.without.add(faulty, watchNew(faulty, anomaly.Priors{}, anomaly.Model{}), f, d[0].At)
		}
		faults = append(faults, row)
	}
	trains := []vehicle.Powertrain{vehicle.Combustion, vehicle.Hybrid, vehicle.Electric}
	healthy.name = "none: false alarms"
	for n := range int(o.healthy / o.drive) {
		train := trains[n%len(trains)]
		d := simulatedCar(train, o.seed+20_000+uint64(n), o.drive) // n is small: no overflow
		healthy.with.drives, healthy.without.drives = n+1, n+1
		healthy.with.false += len(watchNew(d, o.priors, cometWith(train)))
		healthy.without.false += len(watchNew(d, anomaly.Priors{}, anomaly.Model{}))
	}
	return faults, healthy
}

type newCarRow struct {
	name          string
	with, without tally
}

// watchNew returns the alarms for a car for which the detector knows only the priors of its model.
func watchNew(d recording, p anomaly.Priors, model anomaly.Model) []alarm {
	memory := anomaly.NewMemory()
	memory.Compare(p, model)
	return alarmsOf(d, memory, func(anomaly.Change) bool { return true })
}

func (o newCars) print(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "FAULT FROM THE FIRST DRIVE\tN\tWITH PRIORS\t\tWITHOUT\t")
	faults, healthy := o.rows()
	for _, r := range faults {
		_, _ = fmt.Fprintf(w, "%s\t%d\t%.2f\t%s\t%.2f\t%s\n", r.name, r.with.drives, r.with.share(), medianDelay(r.with.delays), r.without.share(), medianDelay(r.without.delays))
	}
	_, _ = fmt.Fprintf(w, "%s, of %s\t%d\t%d\t\t%d\t\n", healthy.name, o.healthy, healthy.with.drives, healthy.with.false, healthy.without.false)
	return w.Flush()
}

func (t *tally) share() float64 { return float64(t.found) / float64(max(1, t.drives)) }

func readPriors(path string) (anomaly.Priors, error) {
	b, err := os.ReadFile(path) // the operator chose the path
	if err != nil {
		return anomaly.Priors{}, err
	}
	p, err := anomaly.ParsePriors(b)
	if err != nil {
		return p, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}
