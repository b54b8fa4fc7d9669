package smoke

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/names"
	"connectedcar/internal/tool/testcar"
)

// keepsRowsForAnalysis drives cars that repeat and reorder their messages, and compares the lake with a dry run of the same drive, which
// prints each message once. The day's summary is computed here from those messages.
func keepsRowsForAnalysis(ctx context.Context, w *world) (string, error) {
	vins := []string{string(testcar.NewVIN()), string(testcar.NewVIN())}
	slices.Sort(vins)
	if _, err := w.drive(ctx, "--vin", strings.Join(vins, ","), "--duration", "2m", "--speedup", "max", "--interval", "2s",
		"--duplicate", "0.2", "--reorder", "0.2", "--seed", "7", "--powertrain", "COMBUSTION"); err != nil {
		return "", err
	}
	sent, err := w.rehearsed(ctx, vins)
	if err != nil {
		return "", err
	}
	rows, err := w.awaitRows(ctx, sent)
	if err != nil {
		return "", err
	}
	if err := w.comparesSummary(ctx, sent); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d messages of %d cars: %s; the daily summary says what they sent", len(sent), len(vins), rows), nil
}

// sample is a telemetry message that a car sent, without its time and id, which differ between the drive and its dry run.
type sample struct {
	vin     string
	signals telemetry.Signals
}

// rehearsed returns the telemetry messages that these cars send with the same seed.
func (w *world) rehearsed(ctx context.Context, vins []string) ([]sample, error) {
	out, err := w.carctl(ctx, "drive", "--dry-run", "--vin", strings.Join(vins, ","), "--duration", "2m", "--interval", "2s", "--seed", "7", "--powertrain", "COMBUSTION")
	if err != nil {
		return nil, err
	}
	var all []sample
	for line := range strings.Lines(out) {
		var m struct {
			Topic   string
			Payload struct {
				TS      time.Time         `json:"ts"`
				Signals telemetry.Signals `json:"signals"`
				Batch   []json.RawMessage `json:"batch"`
			}
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			continue // a line of output that is not a message
		}
		parts := strings.Split(m.Topic, "/")
		if len(parts) < 2 || parts[len(parts)-1] != string(names.Telemetry) {
			continue
		}
		if len(m.Payload.Batch) > 0 {
			return nil, errors.New("the cars send batches, which this check does not count")
		}
		all = append(all, sample{vin: parts[len(parts)-2], signals: m.Payload.Signals})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("a rehearsal prints no telemetry: %.200s", out)
	}
	return all, nil
}

// ask queries the lake through carctl, as a user does, and returns one map for each row.
func (w *world) ask(ctx context.Context, args ...string) ([]map[string]*string, error) {
	out, err := w.carctl(ctx, append([]string{"lake", "query", "--format", "json"}, args...)...)
	if err != nil {
		return nil, err
	}
	var rows []map[string]*string
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "{") {
			continue
		}
		var row map[string]*string
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			return nil, fmt.Errorf("decode %q: %w", line, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// awaitRows waits until the lake has each message, and each of its signals, exactly once after duplicates are removed.
func (w *world) awaitRows(ctx context.Context, sent []sample) (string, error) {
	readings := 0
	for _, s := range sent {
		readings += len(s.signals)
	}
	sql := fmt.Sprintf("SELECT count(DISTINCT message_id) AS messages, count(DISTINCT message_id || signal) AS readings, count(*) AS kept FROM telemetry WHERE day >= '%s' AND vin IN (%s)",
		time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly), quoted(carsIn(sent)))
	detail := ""
	err := testcar.Eventually(ctx, "wait for the rows in the lake", func(ctx context.Context) error {
		rows, err := w.ask(ctx, sql)
		if err != nil {
			return err
		}
		if len(rows) != 1 {
			return fmt.Errorf("the lake answers with %d rows", len(rows))
		}
		messages, got, kept := number(rows[0]["messages"]), number(rows[0]["readings"]), number(rows[0]["kept"])
		if messages != float64(len(sent)) || got != float64(readings) {
			return fmt.Errorf("%v messages with %v readings are in the lake, want %d with %d", messages, got, len(sent), readings)
		}
		detail = fmt.Sprintf("%.0f rows, %.0f of them repeated", kept, kept-got)
		return nil
	})
	return detail, err
}

// comparesSummary compares the daily summary with the messages that the cars sent. A drive across midnight has two days.
func (w *world) comparesSummary(ctx context.Context, sent []sample) error {
	want := summarise(sent)
	got := map[string]daySummary{}
	for back := range 2 {
		rows, err := w.ask(ctx, "daily_vehicle_summary", "--on", time.Now().UTC().AddDate(0, 0, 1-back).Format(time.DateOnly))
		if err != nil {
			return err
		}
		for _, row := range rows {
			vin := ""
			if row["vin"] != nil {
				vin = *row["vin"]
			}
			if _, ours := want[vin]; ours {
				got[vin] = got[vin].and(answered(row))
			}
		}
	}
	for vin, s := range want {
		if !s.same(got[vin]) {
			return fmt.Errorf("the daily summary of %s is %+v, but it sent %+v", vin, got[vin], s)
		}
	}
	return nil
}
