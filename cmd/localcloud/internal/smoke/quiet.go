package smoke

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/tool/testcar"
)

// keepsQuiet overheats two cars of ana's: one outside her quiet hours, one during them.
func keepsQuiet(ctx context.Context, w *world) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, alarmLimit)
	defer cancel()
	ana, err := w.as(ctx, "ana")
	if err != nil {
		return "", err
	}
	before, err := ana.must(ctx, http.StatusOK, "GET", "/v1/me/preferences", nil)
	if err != nil {
		return "", err
	}
	defer restore(ctx, ana, before)
	loud, err := w.toldOf(ctx, nil, alert.OilOvertemp)
	if err != nil {
		return "", fmt.Errorf("with no quiet hours: %w", err)
	}
	// From an hour before now until two hours after now, so that the quiet hours do not end during the check.
	now := time.Now().UTC()
	quiet := map[string]any{"from": now.Add(-time.Hour).Format("15:04"), "to": now.Add(2 * time.Hour).Format("15:04"), "zone": "UTC"}
	held, err := w.toldOf(ctx, quiet, alert.EngineOverheat)
	if err != nil {
		return "", fmt.Errorf("in quiet hours: %w", err)
	}
	if slices.ContainsFunc(held, func(subject string) bool { return !strings.HasPrefix(subject, string(alert.Critical)) }) {
		return "", fmt.Errorf("in quiet hours came %q", held)
	}
	return fmt.Sprintf("without quiet hours %q; in them %q alone", loud, held), nil
}

// toldOf sets ana's quiet hours and overheats a new car of hers: first its oil, which raises a HIGH alert, and then its coolant, which
// raises a CRITICAL one. It returns the subjects of the e-mails about the car, once one about the awaited kind has arrived.
func (w *world) toldOf(ctx context.Context, quiet map[string]any, awaited alert.Kind) ([]string, error) {
	p, err := w.patient(ctx)
	if err != nil {
		return nil, err
	}
	defer p.Leave()
	if err := prefer(ctx, p.owner, quiet); err != nil {
		return nil, err
	}
	if _, err := p.comesTo(ctx, warmCoolant, hotOil, alert.OilOvertemp, alert.Open, 1); err != nil {
		return nil, err
	}
	if _, err := p.comesTo(ctx, hotCoolant, hotOil, alert.EngineOverheat, alert.Open, 1); err != nil {
		return nil, err
	}
	policy, _ := awaited.Policy()
	tail := "car ..." + string(p.VIN[len(p.VIN)-6:])
	var subjects []string
	err = testcar.Eventually(ctx, "wait for an e-mail about "+string(awaited), func(ctx context.Context) error {
		all, err := w.emails(ctx, "ana@example.com")
		if err != nil {
			return err
		}
		subjects = slices.DeleteFunc(all, func(s string) bool { return !strings.Contains(s, tail) })
		if !slices.ContainsFunc(subjects, func(s string) bool { return strings.Contains(s, policy.Title) }) {
			return fmt.Errorf("of the car came %q", subjects)
		}
		return nil
	})
	return subjects, err
}

// prefer sets a user's preferences to e-mail for every alert outside the quiet hours.
func prefer(ctx context.Context, p *person, quiet map[string]any) error {
	now, err := p.must(ctx, http.StatusOK, "GET", "/v1/me/preferences", nil)
	if err != nil {
		return err
	}
	wanted := map[string]any{
		"email": map[string]any{"on": true, "minimum": "INFO"}, "sms": map[string]any{"on": false, "minimum": "CRITICAL"},
		"limit": map[string]any{"perHour": 60, "perDay": 500},
	}
	if quiet != nil {
		wanted["quiet"] = quiet
	}
	_, err = p.must(ctx, http.StatusOK, "PUT", "/v1/me/preferences", wanted, "If-Match", now.etag)
	return err
}

// restore resets the preferences to those read before.
func restore(ctx context.Context, p *person, before answer) {
	ctx = context.WithoutCancel(ctx)
	if now, err := p.must(ctx, http.StatusOK, "GET", "/v1/me/preferences", nil); err == nil {
		delete(before.into, "phone") // the phone number has an operation of its own
		_, _ = p.call(ctx, "PUT", "/v1/me/preferences", before.into, "If-Match", now.etag)
	}
}

// emails lists the subjects of the e-mails to that address from the emulator's Amazon SES.
func (w *world) emails(ctx context.Context, to string) ([]string, error) {
	if w.Platform.AWSEndpoint == "" {
		return nil, errors.New("e-mail can be read at the local platform only")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.Platform.AWSEndpoint+"/_ministack/ses/messages", nil)
	if err != nil {
		return nil, fmt.Errorf("read e-mail: %w", err)
	}
	resp, err := (&http.Client{Transport: w.Web}).Do(req)
	if err != nil {
		return nil, fmt.Errorf("read e-mail: %w", err)
	}
	defer resp.Body.Close() // read-only: a close error loses nothing
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil, errors.Join(err, fmt.Errorf("read e-mail: %s: %.200s", resp.Status, body))
	}
	var sent struct {
		Messages map[string][]struct {
			To      []string
			Subject string
		}
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		return nil, fmt.Errorf("read e-mail %.200q: %w", body, err)
	}
	var subjects []string
	for _, account := range sent.Messages {
		for _, m := range account {
			if slices.Contains(m.To, to) {
				subjects = append(subjects, m.Subject)
			}
		}
	}
	return subjects, nil
}
