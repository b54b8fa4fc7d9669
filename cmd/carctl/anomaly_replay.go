package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/telemetry"

	"github.com/spf13/cobra"
)

func anomalyReplayCommand() *cobra.Command {
	return &cobra.Command{
		Use: "replay FILE", Short: "Say what is found in an OBD log, and why", Args: cobra.ExactArgs(1),
		Long: "FILE is CSV with semicolons and the columns that OBD loggers for phones write (ENGINE_RUNTIME, SPEED, ENGINE_RPM ...); decimal commas and\n" +
			"units in cells are read. A running time that goes back is the next drive.",
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			return replayOBD(f, cmd.OutOrStdout())
		},
	}
}

// obdColumns are the columns that are read.
var obdColumns = map[string]string{
	"SPEED": telemetry.Speed, "ENGINE_RPM": telemetry.EngineSpeed, "ENGINE_COOLANT_TEMP": telemetry.EngineCoolant,
	"INTAKE_MANIFOLD_PRESSURE": telemetry.EngineMAP, "MAF": telemetry.EngineMAF, "FUEL_LEVEL": telemetry.FuelLevel,
	"THROTTLE_POS": telemetry.EngineThrottle, "AMBIENT_AIR_TEMP": telemetry.AmbientAir,
}

// betweenDrives is supposed to lie between two drives of a log.
const betweenDrives = time.Hour

// replayOBD prints what is found in the log.
func replayOBD(from io.Reader, to io.Writer) error {
	detector, memory := anomaly.New(anomaly.Defaults()), anomaly.NewMemory()
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "ROW\tWHAT\tSCORE\tWHY")
	samples, found := 0, 0
	rows, err := readOBD(from, func(row int, s anomaly.Sample) {
		samples++
		for _, c := range detector.Take(memory, []anomaly.Sample{s}, s.At) {
			if c.Resolved {
				_, _ = fmt.Fprintf(w, "%d\t%s\t\tright again\n", row, c.DedupKey)
				continue
			}
			found++
			_, _ = fmt.Fprintf(w, "%d\t%s\t%.1f\t%s\n", row, c.DedupKey, c.Finding.Score, c.Finding.Why)
		}
	})
	if err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(to, "%d findings in %d samples of %d rows\n", found, samples, rows)
	return err
}

// readOBD calls take with every row of the log that has a time, and its number, and returns the number of rows.
func readOBD(from io.Reader, take func(row int, s anomaly.Sample)) (int, error) {
	r := csv.NewReader(from)
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = ';', -1, true
	header, err := r.Read()
	if err != nil {
		return 0, fmt.Errorf("read the header: %w", err)
	}
	index := map[string]int{}
	for n, name := range header {
		index[strings.TrimSpace(name)] = n
	}
	runtime, ok := index["ENGINE_RUNTIME"]
	if !ok {
		return 0, fmt.Errorf("columns are %.200q: ENGINE_RUNTIME is missing, which gives the time", header)
	}
	clock := obdClock{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), last: -1}
	for rows := 0; ; rows++ {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, fmt.Errorf("row %d: %w", rows+1, err)
		}
		if runtime < len(fields) && clock.advance(fields[runtime]) {
			take(rows+1, anomaly.Sample{At: clock.at, Signals: obdSignals(fields, index)})
		}
	}
}

// obdClock makes times of the engine's running time.
type obdClock struct {
	at   time.Time
	last time.Duration
}

// advance reports whether the row has a time.
func (c *obdClock) advance(runtime string) bool {
	var h, m, s int
	if n, _ := fmt.Sscanf(strings.TrimSpace(runtime), "%d:%d:%d", &h, &m, &s); n != 3 {
		return false
	}
	ran := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second
	switch {
	case c.last >= 0 && ran < c.last:
		c.at = c.at.Add(betweenDrives)
	case c.last >= 0:
		c.at = c.at.Add(ran - c.last)
	}
	c.last = ran
	return true
}

func obdSignals(fields []string, index map[string]int) telemetry.Signals {
	signals := telemetry.Signals{}
	for column, path := range obdColumns {
		if n, there := index[column]; there && n < len(fields) {
			if v, ok := cell(fields[n]); ok {
				signals[path] = telemetry.Number(v)
			}
		}
	}
	message := telemetry.Message{Signals: signals}
	message.NullImplausible()
	return signals
}

// cell reads a number with a decimal comma or point, and maybe a unit.
func cell(s string) (float64, bool) {
	s = strings.Replace(strings.TrimSpace(s), ",", ".", 1)
	s = strings.TrimRightFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}
