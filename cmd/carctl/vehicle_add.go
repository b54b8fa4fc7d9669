package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"connectedcar/internal/device/drive"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/tool/allowlist"
)

type vehicleAdd struct {
	allowlist.Entry
	csv      string
	generate int
	seed     uint64
	skipBad  bool
}

func vehicleAddCommand(t *target) *cobra.Command {
	var o vehicleAdd
	cmd := &cobra.Command{
		Use:   "add [VIN]",
		Short: "Allow vehicles to register: one, a CSV file, or made-up ones",
		Long: "Puts vehicles on the allow-list. A VIN that is there already is not overwritten: the same vehicle again is fine, another\n" +
			"under its VIN is an error. A CSV file has a header with vin,manufacturer,make,model,modelYear,powertrain; if any row is\n" +
			"bad, all bad rows are reported with their line and nothing is written, unless --skip-bad.",
		Example: "  carctl vehicle add 1ACEV26S0TA000001 --manufacturer acme --make Acme --model Comet --model-year 2026 --powertrain ELECTRIC\n" +
			"  carctl vehicle add --csv fleet.csv\n  carctl vehicle add --generate 100 --manufacturer acme",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.VIN = args[0]
			}
			return o.run(cmd, t)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Manufacturer, "manufacturer", "", "id of the manufacturer")
	f.StringVar(&o.Make, "make", "Acme", "make")
	f.StringVar(&o.Model, "model", "Comet", "model")
	f.StringVar(&o.ModelYear, "model-year", strconv.Itoa(time.Now().Year()), "model year")
	f.StringVar(&o.Powertrain, "powertrain", "COMBUSTION", "COMBUSTION, HYBRID or ELECTRIC")
	f.StringVar(&o.Dealer, "dealer", "", "id of the dealer that looks after it")
	f.StringVar(&o.csv, "csv", "", "file with one vehicle a row")
	f.BoolVar(&o.skipBad, "skip-bad", false, "with --csv: add the good rows though others are bad")
	f.IntVar(&o.generate, "generate", 0, "add so many made-up vehicles")
	f.Uint64Var(&o.seed, "seed", 1, "with --generate: the same seed makes the same vehicles")
	return cmd
}

func (o vehicleAdd) run(cmd *cobra.Command, t *target) error {
	cars, err := o.cars(cmd)
	if err != nil {
		return err
	}
	w, err := t.open(cmd.Context())
	if err != nil {
		return err
	}
	store, err := w.vehicles()
	if err != nil {
		return err
	}
	added, err := addAll(cmd.Context(), store, cars)
	there := len(cars) - added
	switch {
	case err != nil:
		return fmt.Errorf("%w (%d of %d vehicles were added)", err, added, len(cars))
	case there == 1 && len(cars) == 1:
		fmt.Fprintf(cmd.OutOrStdout(), "vehicle %s is on the list already; nothing changed\n", cars[0].VIN)
	case there > 0:
		fmt.Fprintf(cmd.OutOrStdout(), "added %d vehicle(s); %d were on the list already\n", added, there)
	default:
		fmt.Fprintf(cmd.OutOrStdout(), "added %d vehicle(s)\n", added)
	}
	return nil
}

// addAtOnce is the number of concurrent writes of vehicles.
const addAtOnce = 16

// addAll adds the vehicles and returns the number of new ones. It stops at the first error.
func addAll(ctx context.Context, store allowlist.Store, cars []vehicle.Vehicle) (int, error) {
	var added atomic.Int64
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(addAtOnce)
	for _, v := range cars {
		work.Go(func() error {
			isNew, err := store.Add(ctx, v)
			if isNew {
				added.Add(1)
			}
			return err
		})
	}
	err := work.Wait()
	return int(added.Load()), err
}

// cars returns the vehicles to add, validated.
func (o vehicleAdd) cars(cmd *cobra.Command) ([]vehicle.Vehicle, error) {
	ways := 0
	for _, given := range []bool{o.VIN != "", o.csv != "", o.generate != 0} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return nil, errors.New("say what to add: a VIN, or --csv FILE, or --generate N")
	}
	switch {
	case o.csv != "":
		return o.fromCSV(cmd)
	case o.generate < 0:
		return nil, fmt.Errorf("--generate %d: allowed are numbers from 1", o.generate)
	case o.generate > 0:
		return o.generated()
	}
	v, err := o.Check(time.Now())
	return []vehicle.Vehicle{v}, err
}

func (o vehicleAdd) fromCSV(cmd *cobra.Command) ([]vehicle.Vehicle, error) {
	f, err := os.Open(o.csv)
	if err != nil {
		return nil, fmt.Errorf("read vehicles: %w", err)
	}
	defer f.Close() // only read, so the error does not matter
	cars, bad, err := allowlist.ReadCSV(f, o.Manufacturer, time.Now())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.csv, err)
	}
	for _, b := range bad {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %v\n", o.csv, b)
	}
	switch {
	case len(bad) > 0 && !o.skipBad:
		return nil, fmt.Errorf("%s: %d of %d rows are bad; nothing was added (--skip-bad adds the good ones)", o.csv, len(bad), len(bad)+len(cars))
	case len(cars) == 0:
		return nil, fmt.Errorf("%s: no vehicle to add", o.csv)
	}
	return cars, nil
}

// generated returns made-up vehicles of one manufacturer with a mix of powertrains.
func (o vehicleAdd) generated() ([]vehicle.Vehicle, error) {
	var cars []vehicle.Vehicle
	for i := range o.generate {
		e := o.Entry
		v := drive.MadeUpVIN(fmt.Sprintf("generated %d %d", o.seed, i))
		e.VIN, e.Powertrain = string(v), string(drive.PowertrainOf(v))
		checked, err := e.Check(time.Now())
		if err != nil {
			return nil, err
		}
		cars = append(cars, checked)
	}
	return cars, nil
}
