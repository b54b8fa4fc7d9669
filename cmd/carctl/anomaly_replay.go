package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/internal/device/replay"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/telemetry"
)

func anomalyReplayCommand() *cobra.Command {
	return &cobra.Command{
		Use: "replay FILE", Short: "Find anomalies in an OBD log, with the reason of each", Args: cobra.ExactArgs(1),
		Long: "FILE is a log that `carctl drive --replay` reads: the CSV export of an OBD-II logger (docs/replay.md). What is left out of it is\n" +
			"counted with its reason. A running time that begins anew is the next drive.",
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			log, err := replay.Read(f, replay.Options{})
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if err := log.Report.Print(cmd.ErrOrStderr()); err != nil {
				return err
			}
			return watchLog(log, cmd.OutOrStdout())
		},
	}
}

// betweenDrives is the assumed pause between two drives of a log.
const betweenDrives = time.Hour

// watchLog runs the detector on the cars of a log and prints the findings.
func watchLog(log *replay.Log, to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "CAR\tLINE\tFINDING\tSCORE\tREASON")
	samples, findings := 0, 0
	for _, c := range log.Cars {
		samples += len(c.Samples)
		findings += watchCar(c, w)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(to, "%d findings in %d samples of %d rows\n", findings, samples, log.Report.Rows)
	return err
}

// watchCar runs the detector on one car, prints the findings and returns their number.
func watchCar(c replay.Car, w io.Writer) int {
	detector, memory := anomaly.New(anomaly.Defaults()), anomaly.NewMemory()
	findings := 0
	for i, s := range samplesOf(c) {
		line := c.Samples[i].Line
		for _, change := range detector.Observe(memory, []anomaly.Sample{s}, s.At) {
			if change.Resolved {
				_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t\tresolved\n", c.Label, line, change.DedupKey)
				continue
			}
			findings++
			_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t%.1f\t%s\n", c.Label, line, change.DedupKey, change.Finding.Score, change.Finding.Why)
		}
	}
	return findings
}

// samplesOf converts the samples of a car in a log to the detector's.
func samplesOf(c replay.Car) []anomaly.Sample {
	start, pauses := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Duration(0)
	out := make([]anomaly.Sample, len(c.Samples))
	for i, s := range c.Samples {
		if s.Anew {
			pauses += betweenDrives
		}
		message := telemetry.Message{Signals: s.Signals}
		message.NullImplausible()
		out[i] = anomaly.Sample{At: start.Add(s.At - c.Samples[0].At + pauses), Signals: message.Signals}
	}
	return out
}
