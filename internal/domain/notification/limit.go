package notification

import (
	"context"
	"fmt"
	"time"

	"connectedcar/internal/domain/alert"
)

// CRITICAL alerts ignore a person's quiet hours and limits, so they have fixed limits of their own: a number of messages about one car to
// one person on one channel, and then one digest. Crash and tow are counted separately, so that a flood of other alerts hides neither.
const (
	CriticalPerHour = 4
	CriticalPerDay  = 12
)

// window is a period of the clock, in UTC, with a limit of messages.
type window struct {
	length time.Duration
	most   int
}

// limited counts a message against its limits, once however often it is tried. It returns Sent if the message may be sent, Held if it is
// due later, and Folded if another message replaces it.
func (c *Dispatcher) limited(ctx context.Context, d *Delivery) (Outcome, error) {
	if d.Channel != Email && d.Channel != SMS || d.Tries > 0 {
		return Sent, nil
	}
	first, err := c.firstOfItsMessage(ctx, *d)
	if err != nil || !first {
		return Folded, err
	}
	if d.Alert.Severity == alert.Critical || d.Alert.Kind.Urgent() {
		return c.critical(ctx, d)
	}
	p, err := c.Preferences.Preferences(ctx, d.To)
	if err != nil {
		return "", fmt.Errorf("read the preferences: %w", err)
	}
	end, err := c.over(ctx, []string{d.To}, window{time.Hour, p.Limit.PerHour}, window{24 * time.Hour, p.Limit.PerDay})
	if err != nil || end.IsZero() {
		return Sent, err
	}
	d.Due, d.Held = end, true
	return Held, nil
}

// firstOfItsMessage reports whether this is the first notification of its severity and channel about one message of the car, which may
// report up to 256 faults.
func (c *Dispatcher) firstOfItsMessage(ctx context.Context, d Delivery) (bool, error) {
	if d.Alert.Kind != alert.Diagnostics || d.Held {
		return true, nil
	}
	name := digest("message", d.To, d.Alert.VIN, string(d.Channel), string(d.Event), string(d.Alert.Severity), d.Alert.FirstAt.UTC().Format(time.RFC3339Nano))
	first, err := c.Notes.Count(ctx, name, 1, c.Now().Add(24*time.Hour))
	if err != nil {
		return false, fmt.Errorf("count the faults of a message: %w", err)
	}
	return first, nil
}

// critical applies the limits of a car's critical messages. The first message beyond them becomes the digest that replaces all others.
func (c *Dispatcher) critical(ctx context.Context, d *Delivery) (Outcome, error) {
	lane := "critical"
	if d.Alert.Kind.Urgent() {
		lane = string(d.Alert.Kind)
	}
	of := []string{d.To, d.Alert.VIN, string(d.Channel), lane}
	end, err := c.over(ctx, of, window{time.Hour, CriticalPerHour}, window{24 * time.Hour, CriticalPerDay})
	if err != nil || end.IsZero() {
		return Sent, err
	}
	free, err := c.Notes.Count(ctx, digest(append(of, "digest", end.Format(time.RFC3339))...), 1, end)
	if err != nil {
		return "", fmt.Errorf("count digests: %w", err)
	}
	if !free {
		return Folded, nil
	}
	d.Due, d.Held, d.Digest = end, true, true
	return Held, nil
}

// over counts in each window, and returns the end of the first that is full; zero if none is.
func (c *Dispatcher) over(ctx context.Context, of []string, windows ...window) (time.Time, error) {
	now := c.Now().UTC()
	for _, w := range windows {
		begin := now.Truncate(w.length)
		end := begin.Add(w.length)
		parts := append([]string{"limit"}, of...)
		within, err := c.Notes.Count(ctx, digest(append(parts, w.length.String(), begin.Format(time.RFC3339))...), w.most, end)
		if err != nil {
			return time.Time{}, fmt.Errorf("count messages: %w", err)
		}
		if !within {
			return end, nil
		}
	}
	return time.Time{}, nil
}
