package diagnostic

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

// DedupKey names the alert of a fault: one alert for each code and control unit.
func DedupKey(key string) string { return "diagnostics/" + strings.ReplaceAll(key, "#", "/") }

// tell says to the alerts what a mark means, by what the journal now knows: of each episode that it reported that it is there, and
// that it is over if it is; of each that it ended that it is over. What is over is said first, so that nobody is told of a fault
// that is gone. A fault that is only pending is no alert. Alerts know times to the millisecond and no more: of a report and an end of
// the same millisecond, they take the end to be the later one. An invalid alert does not hold up the others of the message.
func (b *Service) tell(ctx context.Context, v vin.VIN, m mark, j Journal) error {
	var invalid error
	for _, e := range j.fold() {
		err := b.tellOf(ctx, v, m, e)
		if errs.Of(err) == errs.Invalid {
			invalid = errors.Join(invalid, err)
			continue
		}
		if err != nil {
			return err
		}
	}
	return invalid
}

func (b *Service) tellOf(ctx context.Context, v vin.VIN, m mark, e episode) error {
	seen := e.reportedBy(m)
	if !e.open() && (seen || e.closed == m.position) {
		if _, _, err := b.alerts.Resolve(ctx, string(v), DedupKey(e.Key), instant(e.closed.At)); err != nil {
			return fmt.Errorf("resolve the alert of %s: %w", e.Key, err)
		}
	}
	if !seen || m.statusOf(e.Key).OnlyPending() {
		return nil
	}
	if _, _, err := b.alerts.Raise(ctx, b.notice(e.record(string(v), b.table), m)); err != nil {
		return fmt.Errorf("raise an alert of %s: %w", e.Key, err)
	}
	return nil
}

func (b *Service) notice(r Record, m mark) alert.Notice {
	words := "Trouble code " + r.Fault.String() // the control unit's name is free text of the car
	if r.Description != "" {
		words += ": " + r.Description
	}
	return alert.Notice{
		VIN: r.VIN, Kind: alert.Diagnostics, DedupKey: DedupKey(r.Key()), At: instant(m.At), Severity: r.Severity, TripID: m.TripID,
		Detail: words,
	}
}
