package notification

import (
	"context"
	"fmt"
	"slices"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/notification/preference"
)

// personal decides whether, when and how a person is notified.
func (c *Dispatcher) personal(ctx context.Context, d Delivery) (sender, verdict, error) {
	unwanted := verdict{outcome: Unwanted}
	p, err := c.Preferences.Preferences(ctx, d.To)
	if err != nil {
		return nil, unwanted, fmt.Errorf("read the preferences: %w", err)
	}
	if !p.Wants(preference.Channel(d.Channel), d.Alert.Kind, d.Alert.Severity) || d.Event == Resolved && !p.ResolvedToo {
		return nil, unwanted, nil
	}
	address, err := c.address(ctx, d)
	if err != nil || address == "" {
		return nil, unwanted, err
	}
	if due := p.Due(d.Alert.Severity, c.Now()); due.After(c.Now()) {
		return func(context.Context) error { return nil }, verdict{due: due}, nil
	}
	still, err := c.concerned(ctx, d)
	if err != nil || !still {
		return nil, unwanted, err
	}
	now, err := c.current(ctx, d.Alert)
	if err != nil {
		return nil, unwanted, fmt.Errorf("read alert %s: %w", d.Alert.ID, err)
	}
	return c.to(d, address, now), verdict{}, nil
}

// address returns a person's address for the delivery's channel; empty if there is none.
func (c *Dispatcher) address(ctx context.Context, d Delivery) (string, error) {
	if d.Channel == SMS {
		phone, err := c.Preferences.Phone(ctx, d.To)
		if err != nil || !phone.Reachable() {
			return "", err
		}
		return phone.Number, nil
	}
	if c.Mailer == nil {
		return "", nil
	}
	address, err := c.Addresses.Email(ctx, d.To)
	if err != nil {
		return "", fmt.Errorf("look up an e-mail address: %w", err)
	}
	return address, nil
}

// concerned reports whether the person still owns or borrows the car, which may have been sold while the message waited.
func (c *Dispatcher) concerned(ctx context.Context, d Delivery) (bool, error) {
	const fresh = 5 * time.Minute // time since the car's users were looked up
	if d.Due.IsZero() && c.Now().Sub(d.At) < fresh {
		return true, nil
	}
	persons, err := c.Persons.Persons(ctx, d.Alert.VIN, d.Alert.FirstAt)
	if err != nil {
		return false, fmt.Errorf("look up whose car alert %s is about: %w", d.Alert.ID, err)
	}
	return slices.Contains(persons, d.To), nil
}

func (c *Dispatcher) to(d Delivery, address string, now alert.Alert) sender {
	if d.Channel == SMS {
		return func(ctx context.Context) error { return c.Texter.Text(ctx, address, short(d, now)) }
	}
	return func(ctx context.Context) error {
		subject, text := letter(d, now)
		return c.Mailer.Mail(ctx, address, subject, text)
	}
}
