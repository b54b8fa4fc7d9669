package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/spf13/cobra"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/names"
	"connectedcar/internal/tool/readback"
	"connectedcar/internal/vin"
)

type telemetryRead struct {
	since, wait time.Duration
	limit       int
	json        bool
}

func telemetryCommand(t *target) *cobra.Command {
	var o telemetryRead
	cmd := &cobra.Command{
		Use:   "telemetry VIN",
		Short: "Read back what the platform has stored of a car",
		Args:  cobra.ExactArgs(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return o.run(cmd, t, args[0]) },
	}
	f := cmd.Flags()
	f.DurationVar(&o.since, "since", 24*time.Hour, "samples of this last time")
	f.IntVar(&o.limit, "limit", 20, "at most so many samples, the newest; 0 is all")
	f.DurationVar(&o.wait, "wait", 0, "wait up to this long for the first sample")
	f.BoolVar(&o.json, "json", false, "print one JSON object with state and samples")
	return cmd
}

func (o telemetryRead) run(cmd *cobra.Command, t *target, text string) error {
	v, err := vin.Parse(text)
	if err != nil {
		return err
	}
	if o.since <= 0 || o.limit < 0 {
		return fmt.Errorf("--since %s --limit %d: neither may be negative, and --since not zero", o.since, o.limit)
	}
	w, err := t.open(cmd.Context())
	if err != nil {
		return err
	}
	store, err := w.readback()
	if err != nil {
		return err
	}
	stored, err := o.await(cmd.Context(), store, v)
	if err != nil {
		return err
	}
	if o.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(stored)
	}
	return printStored(cmd.OutOrStdout(), v, stored)
}

func (w where) readback() (readback.Store, error) {
	state, err := w.Output(names.OutputVehicleStateTable)
	if err != nil {
		return readback.Store{}, err
	}
	history, err := w.Output(names.OutputTelemetryTable)
	return readback.Store{DB: dynamodb.NewFromConfig(w.aws), StateTable: state, HistoryTable: history}, err
}

// pollEvery is the polling interval of --wait.
const pollEvery = 200 * time.Millisecond

// await reads the stored data. With --wait, it reads repeatedly until there is some or the time is up.
func (o telemetryRead) await(ctx context.Context, store readback.Store, v vin.VIN) (readback.Stored, error) {
	deadline := time.Now().Add(o.wait)
	for {
		stored, err := store.Read(ctx, v, time.Now().Add(-o.since), o.limit)
		if err != nil || len(stored.Samples) > 0 && len(stored.State) > 0 {
			return stored, err
		}
		if !time.Now().Before(deadline) {
			if len(stored.Samples) > 0 || len(stored.State) > 0 {
				return stored, nil
			}
			return stored, fmt.Errorf("nothing is stored of %s in the last %s", v, o.since)
		}
		select {
		case <-ctx.Done():
			return stored, ctx.Err()
		case <-time.After(pollEvery):
		}
	}
}

// shown are the most important signals, which have columns of their own.
var shown = []struct{ title, path, format, label, unit string }{
	{"KM/H", telemetry.Speed, "%.0f", "speed", " km/h"},
	{"RPM", telemetry.EngineSpeed, "%.0f", "engine", " rpm"},
	{"COOLANT °C", telemetry.EngineCoolant, "%.0f", "coolant", " °C"},
	{"FUEL %", telemetry.FuelLevel, "%.1f", "fuel", " %"},
	{"CHARGE %", telemetry.StateOfCharge, "%.1f", "charge", " %"},
	{"BATTERY V", telemetry.LowVoltageBattery, "%.2f", "battery", " V"},
	{"LATITUDE", telemetry.Latitude, "%.5f", "latitude", "°"},
	{"LONGITUDE", telemetry.Longitude, "%.5f", "longitude", "°"},
	{"CODES", telemetry.DTCCount, "%.0f", "trouble codes", ""},
}

func printStored(w io.Writer, v vin.VIN, s readback.Stored) error {
	if len(s.State) > 0 {
		if _, err := fmt.Fprintf(w, "State of %s at %s, the newest of %d signals:\n  %s\n\nSamples:\n", v, s.At, len(s.State), stateLine(s.State)); err != nil {
			return err
		}
	}
	used := usedColumns(s.Samples)
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "TIME (UTC)\tSEQ\t")
	for _, i := range used {
		fmt.Fprintf(table, "%s\t", shown[i].title)
	}
	fmt.Fprintln(table, "SIGNALS\t")
	for _, sample := range s.Samples {
		fmt.Fprintf(table, "%s\t%s\t", sample.At, strconv.FormatUint(sample.Seq, 10))
		for _, i := range used {
			text := ""
			if f, ok := sample.Signals[shown[i].path].(float64); ok {
				text = fmt.Sprintf(shown[i].format, f)
			}
			fmt.Fprintf(table, "%s\t", text)
		}
		fmt.Fprintf(table, "%d\t\n", len(sample.Signals))
	}
	return table.Flush()
}

// stateLine formats the newest value of each signal in shown.
func stateLine(state map[string]readback.Reading) string {
	var parts []string
	for _, c := range shown {
		if f, ok := state[c.path].Value.(float64); ok {
			parts = append(parts, c.label+" "+fmt.Sprintf(c.format, f)+c.unit)
		}
	}
	return strings.Join(parts, ", ")
}

// usedColumns returns the columns for which at least one sample has a value.
func usedColumns(samples []readback.Sample) []int {
	var used []int
	for i, c := range shown {
		for _, s := range samples {
			if _, ok := s.Signals[c.path].(float64); ok {
				used = append(used, i)
				break
			}
		}
	}
	return used
}
