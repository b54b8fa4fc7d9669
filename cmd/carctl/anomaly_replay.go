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

func replayOBD(from io.Reader, to io.Writer) error {
	r := csv.NewReader(from)
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = ';', -1, true
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("read the header: %w", err)
	}
	index := map[string]int{}
	for n, name := range header {
		index[strings.TrimSpace(name)] = n
	}
	runtime, ok := index["ENGINE_RUNTIME"]
	if !ok {
		return fmt.Errorf("columns are %.200q: ENGINE_RUNTIME is missing, which gives the time", header)
	}
	p := obdReplay{detector: anomaly.New(anomaly.Defaults()), memory: anomaly.NewMemory(), at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), last: -1}
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "ROW\tWHAT\tSCORE\tWHY")
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("row %d: %w", p.rows+1, err)
		}
		p.rows++
		if runtime < len(fields) {
			p.row(fields, index, fields[runtime], w)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(to, "%d findings in %d samples of %d rows\n", p.findings, p.samples, p.rows)
	return err
}

type obdReplay struct {
	detector                *anomaly.Detector
	memory                  *anomaly.Memory
	at                      time.Time
	last                    time.Duration
	rows, samples, findings int
}

func (p *obdReplay) row(fields []string, index map[string]int, runtime string, w io.Writer) {
	var h, m, s int
	if n, _ := fmt.Sscanf(strings.TrimSpace(runtime), "%d:%d:%d", &h, &m, &s); n != 3 {
		return
	}
	ran := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second
	switch {
	case p.last >= 0 && ran < p.last:
		p.at = p.at.Add(betweenDrives)
	case p.last >= 0:
		p.at = p.at.Add(ran - p.last)
	}
	p.last = ran
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
	p.samples++
	for _, c := range p.detector.Take(p.memory, []anomaly.Sample{{At: p.at, Signals: signals}}, p.at) {
		if c.Resolved {
			_, _ = fmt.Fprintf(w, "%d\t%s\t\tright again\n", p.rows, c.DedupKey)
			continue
		}
		p.findings++
		_, _ = fmt.Fprintf(w, "%d\t%s\t%.1f\t%s\n", p.rows, c.DedupKey, c.Finding.Score, c.Finding.Why)
	}
}

// cell reads a number with a decimal comma or point, and maybe a unit.
func cell(s string) (float64, bool) {
	s = strings.Replace(strings.TrimSpace(s), ",", ".", 1)
	s = strings.TrimRightFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}
