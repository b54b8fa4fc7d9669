package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/internal/device/drive"
	"connectedcar/internal/device/mqtt"
	"connectedcar/internal/device/pki"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/tool/allowlist"
	"connectedcar/internal/vin"
)

// run plans the drive, prepares the cars and drives.
func (o *driveOptions) run(cmd *cobra.Command, t *target) error {
	ctx := cmd.Context()
	if o.dryRun {
		return o.rehearse(cmd)
	}
	var p plan
	var err error
	if o.replay != "" { // before the platform is opened, so that an unreadable log is reported without one
		if p, err = o.replayed(time.Now()); err != nil {
			return err
		}
	}
	named, err := o.named()
	if err != nil {
		return err
	}
	w, err := t.open(ctx)
	if err != nil {
		return err
	}
	if o.replay == "" {
		if p, err = o.planFor(ctx, w, named); err != nil {
			return err
		}
	}
	if o.allow {
		if err := o.allowAll(ctx, w, p); err != nil {
			return err
		}
	}
	if len(named) > 0 || o.replay != "" { // other cars were chosen from the allow-list
		if err := w.mayConnect(ctx, p); err != nil {
			return err
		}
	}
	fleet, err := o.fleet(t, w, p)
	if err != nil {
		return err
	}
	return o.show(cmd, p, fleet)
}

// named returns the VINs that are named for a simulated drive.
func (o *driveOptions) named() ([]vin.VIN, error) {
	if o.replay != "" {
		return nil, nil
	}
	return parseVINs(o.vins)
}

func (o *driveOptions) planFor(ctx context.Context, w where, cars []vin.VIN) (plan, error) {
	var known powertrains
	var err error
	switch {
	case len(cars) == 0:
		cars, known, err = w.choose(ctx, max(1, o.cars))
	case o.powertrain == "":
		known, err = w.lookUp(ctx, cars)
	}
	if err != nil {
		return plan{}, err
	}
	return o.simulated(time.Now(), cars, o.powertrainBy(known))
}

func (o *driveOptions) powertrainBy(known powertrains) func(vin.VIN) vehicle.Powertrain {
	return func(v vin.VIN) vehicle.Powertrain {
		switch p, ok := known[v]; {
		case o.powertrain != "":
			return vehicle.Powertrain(o.powertrain)
		case ok:
			return p
		default:
			return drive.PowertrainOf(v)
		}
	}
}

// allowAll puts the cars on the allow-list, as their manufacturer would. Cars that are on the list already stay unchanged.
func (o *driveOptions) allowAll(ctx context.Context, w where, p plan) error {
	store, err := w.vehicles()
	if err != nil {
		return err
	}
	for _, c := range p.cars {
		powertrain := string(o.powertrainBy(nil)(c.vin))
		if o.replay != "" {
			powertrain = string(vehicle.Combustion)
		}
		v, err := allowlist.Entry{
			VIN: string(c.vin), Manufacturer: o.manufacturer, Make: "Acme", Model: "Comet",
			ModelYear: strconv.Itoa(time.Now().Year()), Powertrain: powertrain,
		}.Check(time.Now())
		if err != nil {
			return err
		}
		var conflict *allowlist.ConflictError
		if _, err := store.Add(ctx, v); err != nil && !errors.As(err, &conflict) {
			return err
		}
	}
	return nil
}

// fleet prepares the cars' certificates and connections.
func (o *driveOptions) fleet(t *target, w where, p plan) (*drive.Fleet, error) {
	application, err := w.Application()
	if err != nil {
		return nil, err
	}
	roots, err := serverCAs(w.MQTT.ServerCA)
	if err != nil {
		return nil, err
	}
	wallet := &wallet{dir: o.certs, ca: pki.Folder(o.ca)}
	if o.certs == "" {
		wallet.dir = t.carDir()
	}
	if o.ca == "" {
		wallet.ca = pki.Folder(t.caDir(w.Platform))
	}
	f := &drive.Fleet{
		Application: application, Direct: o.direct, Timeline: p.timeline, Radio: o.radio, Seed: o.seed,
		PerSecond: o.ramp, DrainLimit: o.drain,
	}
	for _, c := range p.cars {
		certificate, err := wallet.certificate(c.vin)
		if err != nil {
			return nil, err
		}
		cfg := mqtt.Config{
			Host: w.MQTT.Host, Port: w.MQTT.Port, ServerCAs: roots, Certificate: certificate, ClientID: c.vin.ThingName(),
		}
		if o.queue != "" {
			cfg.QueueFile = filepath.Join(o.queue, string(c.vin)+".outbox")
		}
		f.Cars = append(f.Cars, drive.Car{VIN: c.vin, Source: c.source, Open: func(l drive.Listener) (drive.Client, error) {
			cfg.Listen, cfg.Receive, cfg.Listening = l.Topics, l.Receive, l.Listening
			return mqtt.Open(cfg)
		}})
	}
	return f, nil
}

// serverCAs returns the CA certificates to verify the gateway by: those in the file, or the system's if file is empty.
func serverCAs(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the gateway's CA: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return pool, nil
}

// show runs the fleet, shows its progress and prints the summary.
func (o *driveOptions) show(cmd *cobra.Command, p plan, f *drive.Fleet) error {
	if p.report != nil {
		o.printLog(cmd, p)
	}
	info := &lockedWriter{w: cmd.ErrOrStderr()}
	stop := showProgress(info, isTerminal(cmd.ErrOrStderr()), f, p.timeline, p.span)
	silence := context.AfterFunc(cmd.Context(), func() {
		fmt.Fprintf(info, "\nstopping: what was sent is still waited for, at most %s; Ctrl-C again ends at once\n", o.drain)
	})
	defer silence()
	err := f.Run(cmd.Context())
	stop()
	status := f.Status()
	if printErr := o.printSummary(cmd, p, status); printErr != nil {
		return printErr
	}
	switch {
	case err != nil:
		return err
	case status.Refused > 0:
		return fmt.Errorf("the broker refused %d of %d messages", status.Refused, status.Queued)
	}
	return cmd.Context().Err()
}

func (o *driveOptions) printLog(cmd *cobra.Command, p plan) {
	w := cmd.ErrOrStderr()
	fmt.Fprintf(w, "%s: ", o.replay)
	_ = p.report.Print(w)
	for _, c := range p.cars {
		fmt.Fprintf(w, "  car %q is %s\n", c.label, c.vin)
	}
}
