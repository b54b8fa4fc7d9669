package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"connectedcar/internal/device/drive"
)

// summary is the JSON output of `drive --json`.
type summary struct {
	drive.Status
	VINs []string `json:"vins"`
	Log  *logRows `json:"log,omitempty"`
}

// logRows summarizes the rows of a log.
type logRows struct {
	Rows    int            `json:"rows"`
	Valid   int            `json:"valid"`
	Samples map[string]int `json:"samples"` // number of valid rows, by VIN
	Skipped map[string]int `json:"skipped"` // number of skipped rows, by reason
	Dropped map[string]int `json:"dropped"` // number of values left out, by column and reason
}

func (o *driveOptions) printSummary(cmd *cobra.Command, p plan, s drive.Status) error {
	if !o.json {
		w := cmd.OutOrStdout()
		fmt.Fprintf(w, "%d car(s): %d messages, %d acknowledged", s.Cars, s.Queued, s.Acked)
		for _, n := range []struct {
			count int
			what  string
		}{{s.Unacknowledged(), "not acknowledged"}, {s.Refused, "refused"}, {s.Resent, "sent again after a lost session"}, {s.Dropped, "dropped on purpose"}, {s.Duplicated, "duplicated on purpose"}, {s.Reordered, "reordered on purpose"}} {
			if n.count > 0 {
				fmt.Fprintf(w, ", %d %s", n.count, n.what)
			}
		}
		_, err := fmt.Fprintln(w)
		return err
	}
	out := summary{Status: s}
	for _, c := range p.cars {
		out.VINs = append(out.VINs, string(c.vin))
	}
	if r := p.report; r != nil {
		out.Log = &logRows{Rows: r.Rows, Valid: r.Valid, Samples: map[string]int{}, Skipped: map[string]int{}, Dropped: map[string]int{}}
		for _, c := range p.cars {
			out.Log.Samples[string(c.vin)] = c.samples
		}
		for reason, lines := range r.Skipped {
			out.Log.Skipped[reason] = lines.Count
		}
		for reason, lines := range r.Dropped {
			out.Log.Dropped[reason] = lines.Count
		}
	}
	return json.NewEncoder(cmd.OutOrStdout()).Encode(out)
}
