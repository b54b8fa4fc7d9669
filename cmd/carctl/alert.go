package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/vin"
)

func alertCommand(t *target) *cobra.Command {
	cmd := &cobra.Command{Use: "alert", Short: "Look into the alerts of a car"}
	cmd.AddCommand(alertListCommand(t), alertShowCommand(t), alertWhyCommand(t))
	return cmd
}

type alertWhy struct {
	as, out string
	before  time.Duration
}

func alertWhyCommand(t *target) *cobra.Command {
	var o alertWhy
	cmd := &cobra.Command{
		Use: "why VIN ALERT", Short: "Print and plot why there is an alert", Args: cobra.ExactArgs(2),
		Long: "Prints the alert's sentence and the dismissals of its rule, and with --plot draws the signal around it from the stored telemetry:\n" +
			"the time of the alert is shaded.",
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, t, args[0], args[1]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.out, "plot", "", "PNG file to draw")
	f.StringVar(&o.as, "as", "", "e-mail address of the person to act for, instead of who signed in last")
	f.DurationVar(&o.before, "before", time.Hour, "time before the alert to draw")
	return cmd
}

func (o alertWhy) run(cmd *cobra.Command, t *target, car, id string) error {
	v, err := vin.Parse(car)
	if err != nil {
		return err
	}
	get, err := signedIn(cmd.Context(), t, o.as)
	if err != nil {
		return err
	}
	return o.explain(cmd.Context(), cmd.OutOrStdout(), v, id, get)
}

// signedIn returns a getter that reads the API as that user, or as the current user if as is empty.
func signedIn(ctx context.Context, t *target, as string) (getter, error) {
	call := apiCall{as: as, timeout: time.Minute}
	base, token, err := call.signIn(ctx, t)
	if err != nil {
		return nil, err
	}
	header := http.Header{"Authorization": {"Bearer " + token}, "User-Agent": {"carctl"}}
	return func(ctx context.Context, path string) ([]byte, error) {
		return call.call(ctx, http.MethodGet, base+path, header, nil)
	}, nil
}

// getter sends GET for a path of the API and returns the response's body.
type getter func(ctx context.Context, path string) ([]byte, error)

func (o alertWhy) explain(ctx context.Context, to io.Writer, v vin.VIN, id string, get getter) error {
	a, err := get.alert(ctx, v, id)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(to, "%s %s, %s, %s to %s\n", a.Severity, a.Kind, a.Status, a.FirstAt.Format(time.RFC3339), a.LastAt.Format(time.RFC3339)); err != nil {
		return err
	}
	if a.Detail != nil {
		_, _ = fmt.Fprintln(to, *a.Detail)
	}
	path, isAnomaly := alert.Kind(a.Kind).Signal()
	if !isAnomaly {
		_, err := fmt.Fprintln(to, "Its limit is the same for every car.")
		return err
	}
	if err := get.printDismissals(ctx, to, v, path); err != nil || o.out == "" {
		return err
	}
	samples, err := get.samples(ctx, v, path, a.FirstAt.Add(-o.before), a.LastAt.Add(o.before/4))
	if err != nil {
		return err
	}
	if err := drawAlert(o.out, path, a, samples); err != nil {
		return fmt.Errorf("%s: %w", o.out, err)
	}
	_, err = fmt.Fprintf(to, "%d samples drawn to %s\n", len(samples), o.out)
	return err
}

func (get getter) json(ctx context.Context, path string, into any) error {
	answer, err := get(ctx, path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("read the answer of %s: %w", path, err)
	}
	return nil
}

// alert searches the pages of a car's alerts for the one with that id.
func (get getter) alert(ctx context.Context, v vin.VIN, id string) (oapi.Alert, error) {
	for a, err := range get.alerts(ctx, v, "") {
		if err != nil || a.AlertId == id {
			return a, err
		}
	}
	return oapi.Alert{}, fmt.Errorf("%s has no alert %q", v, id)
}

func (get getter) printDismissals(ctx context.Context, to io.Writer, v vin.VIN, path string) error {
	var list oapi.DismissalList
	if err := get.json(ctx, fmt.Sprintf("/v1/vehicles/%s/dismissals", v), &list); err != nil {
		return err
	}
	for _, d := range list.Items {
		if d.Signal == path {
			_, _ = fmt.Fprintf(to, "dismissed: %s; the limit of %s is %g times as wide until %s\n", d.AlertId, d.DedupKey, d.Width, d.Until.Format(time.DateOnly))
		}
	}
	return nil
}

// point is the value of a signal at a time.
type point struct {
	at    time.Time
	value float64
}

func (get getter) samples(ctx context.Context, v vin.VIN, path string, from, to time.Time) ([]point, error) {
	var all []point
	for next := ""; ; {
		var page oapi.SamplePage
		q := url.Values{"signals": {path}, "from": {from.UTC().Format(time.RFC3339)}, "to": {to.UTC().Format(time.RFC3339)}, "limit": {"1000"}}
		if next != "" {
			q.Set("nextToken", next)
		}
		if err := get.json(ctx, fmt.Sprintf("/v1/vehicles/%s/telemetry?%s", v, q.Encode()), &page); err != nil {
			return nil, err
		}
		for _, s := range page.Items {
			if f, ok := s.Signals[path].(float64); ok {
				all = append(all, point{s.At, f})
			}
		}
		if page.NextToken == nil {
			return all, nil
		}
		next = *page.NextToken
	}
}
