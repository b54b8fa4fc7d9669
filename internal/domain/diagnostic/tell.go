package diagnostic

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

// DedupKey is the alert's for a fault: one for each code, whichever control units have it. Their names are the car's own words, of which it
// could have any number.
func DedupKey(key string) string { return "diagnostics/" + codeOf(key) }

func codeOf(key string) string {
	code, _, _ := strings.Cut(key, "#")
	return code
}

// tell raises and resolves the alerts of the episodes that a mark reported or ended, by the present journal. For an episode that is over
// it resolves first, so that the alert is not raised again and nobody is notified. A fault that is only pending raises no alert. Alerts
// have times in milliseconds: if a fault was reported and ended in the same millisecond, the end counts as the later event. An invalid
// alert does not keep back the others of the message.
func (b *Service) tell(ctx context.Context, v vin.VIN, m mark, j Journal) error {
	var invalid error
	episodes := j.fold()
	for _, e := range episodes {
		err := b.tellOf(ctx, v, m, e, episodes)
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

func (b *Service) tellOf(ctx context.Context, v vin.VIN, m mark, e episode, all []episode) error {
	seen := e.reportedBy(m)
	if !e.open() && (seen || e.closed == m.position) {
		if err := b.resolve(ctx, v, e, all); err != nil {
			return fmt.Errorf("resolve the alert of %s: %w", e.Key, err)
		}
	}
	if !seen || m.statusOf(e.Key).OnlyPending() {
		return nil
	}
	n := b.notice(e.record(string(v), b.table), m)
	a, _, err := b.alerts.Raise(ctx, n)
	if err == nil && shared(e, all) && e.open() && a.Status == alert.Resolved && a.ResolvedBy == "" {
		// Another control unit's end of the code was told before this report came: it did not end here.
		n.At = a.ResolvedAt.Add(time.Millisecond)
		_, _, err = b.alerts.Raise(ctx, n)
	}
	if err != nil {
		return fmt.Errorf("raise an alert of %s: %w", e.Key, err)
	}
	return nil
}

// shared reports whether another control unit has, or had, the code of an episode.
func shared(e episode, all []episode) bool {
	return slices.ContainsFunc(all, func(o episode) bool { return o.Key != e.Key && codeOf(o.Key) == codeOf(e.Key) })
}

// resolve ends a code's alert where an episode of it ended. Of a code that several control units have, it does so unless another unit had
// the code then, and at the latest when none has it any more: reports come in any order.
func (b *Service) resolve(ctx context.Context, v vin.VIN, e episode, all []episode) error {
	key, last := DedupKey(e.Key), e.closed.At
	if !shared(e, all) {
		_, _, err := b.alerts.Resolve(ctx, string(v), key, instant(e.closed.At))
		return err
	}
	open := false
	for _, o := range all {
		if codeOf(o.Key) == codeOf(e.Key) {
			open, last = open || o.open(), max(last, o.closed.At)
		}
	}
	if !elsewhere(e, all) {
		if _, _, err := b.alerts.Resolve(ctx, string(v), key, instant(e.closed.At)); err != nil {
			return err
		}
	}
	if open {
		return nil
	}
	a, _, err := b.alerts.Resolve(ctx, string(v), key, instant(last))
	if err == nil && a.ID != "" && a.Status != alert.Resolved {
		_, _, err = b.alerts.Resolve(ctx, string(v), key, a.LastAt)
	}
	return err
}

// elsewhere reports whether another control unit has the code when an episode ends.
func elsewhere(e episode, all []episode) bool {
	return slices.ContainsFunc(all, func(o episode) bool {
		return o.Key != e.Key && codeOf(o.Key) == codeOf(e.Key) && o.First.compare(e.closed) <= 0 &&
			(o.open() || o.closed.compare(e.closed) > 0) && !o.Status.OnlyPending()
	})
}

func (b *Service) notice(r Record, m mark) alert.Notice {
	words := "Trouble code " + r.Fault.String() // without the control unit's name, which is any text from the car
	if r.Description != "" {
		words += ": " + r.Description
	}
	return alert.Notice{
		VIN: r.VIN, Kind: alert.Diagnostics, DedupKey: DedupKey(r.Key()), At: instant(m.At), Severity: r.Severity, TripID: m.TripID,
		Detail: words,
	}
}
