package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/vin"
)

func alertListCommand(t *target) *cobra.Command {
	as, status, limit, format := "", "", 0, output{}
	cmd := &cobra.Command{
		Use: "list VIN", Short: "List a car's alerts, the newest first", Args: cobra.ExactArgs(1),
		Long:    "Lists a car's alerts, the newest first, as the person who is signed in may see them. With -o json, one object a line, as the API gives it.",
		Example: "  carctl alert list 1ACEV26S0TA000001 --as ana@example.com --status OPEN",
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := vin.Parse(args[0])
			if err != nil {
				return err
			}
			if err := checkStatus(status); err != nil {
				return usageError{err}
			}
			get, err := signedIn(cmd.Context(), t, as)
			if err != nil {
				return err
			}
			return get.listAlerts(cmd.Context(), cmd.OutOrStdout(), v, oapi.AlertStatus(status), limit, format)
		},
	}
	f := cmd.Flags()
	f.StringVar(&as, "as", "", "e-mail `address` of the person to act for, instead of who signed in last")
	f.StringVar(&status, "status", "", "only alerts of this `status`: "+strings.Join(statuses(), ", "))
	f.IntVar(&limit, "limit", 20, "at most so many alerts; 0 is all")
	format.flag(cmd)
	return cmd
}

func statuses() []string {
	return []string{string(oapi.AlertStatusOPEN), string(oapi.AlertStatusACKNOWLEDGED), string(oapi.AlertStatusRESOLVED)}
}

func checkStatus(status string) error {
	if status != "" && !slices.Contains(statuses(), status) {
		return fmt.Errorf("status %q: allowed are %s", status, strings.Join(statuses(), ", "))
	}
	return nil
}

func alertShowCommand(t *target) *cobra.Command {
	as, format := "", output{}
	cmd := &cobra.Command{
		Use: "show VIN ALERT", Short: "Print an alert whole", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := vin.Parse(args[0])
			if err != nil {
				return err
			}
			get, err := signedIn(cmd.Context(), t, as)
			if err != nil {
				return err
			}
			a, err := get.alert(cmd.Context(), v, args[1])
			if err != nil {
				return err
			}
			if format.json() {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(a)
			}
			return printAlert(cmd.OutOrStdout(), a)
		},
	}
	cmd.Flags().StringVar(&as, "as", "", "e-mail `address` of the person to act for, instead of who signed in last")
	format.flag(cmd)
	return cmd
}

// alerts iterates over a car's alerts, the newest first, page by page. It ends after the first error.
func (get getter) alerts(ctx context.Context, v vin.VIN, status oapi.AlertStatus) iter.Seq2[oapi.Alert, error] {
	return func(yield func(oapi.Alert, error) bool) {
		q := url.Values{"limit": {"100"}}
		if status != "" {
			q.Set("status", string(status))
		}
		for {
			var page oapi.AlertPage
			if err := get.json(ctx, fmt.Sprintf("/v1/vehicles/%s/alerts?%s", v, q.Encode()), &page); err != nil {
				yield(oapi.Alert{}, err)
				return
			}
			for _, a := range page.Items {
				if !yield(a, nil) {
					return
				}
			}
			if page.NextToken == nil {
				return
			}
			q.Set("nextToken", *page.NextToken)
		}
	}
}

func (get getter) listAlerts(ctx context.Context, to io.Writer, v vin.VIN, status oapi.AlertStatus, limit int, format output) error {
	table, encoder, n := newTable(to), json.NewEncoder(to), 0
	for a, err := range get.alerts(ctx, v, status) {
		if err != nil {
			return err
		}
		if limit > 0 && n == limit {
			break
		}
		n++
		if format.json() {
			if err := encoder.Encode(a); err != nil {
				return err
			}
			continue
		}
		if n == 1 {
			printRow(table, "LAST (UTC)", "SEVERITY", "STATUS", "KIND", "COUNT", "ALERT", "WHAT")
		}
		printRow(table, a.LastAt.UTC().Format(time.DateTime), a.Severity, a.Status, a.Kind, a.Count, a.AlertId, orNothing(a.Detail))
	}
	if n == 0 && !format.json() {
		_, err := fmt.Fprintf(to, "%s has no alerts%s\n", v, of(status))
		return err
	}
	return table.Flush()
}

// of returns the part of a sentence that restricts alerts to a status; "" for all.
func of(status oapi.AlertStatus) string {
	if status == "" {
		return ""
	}
	return " that are " + string(status)
}

func orNothing(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func printAlert(to io.Writer, a oapi.Alert) error {
	table := newTable(to)
	for _, row := range [][2]any{
		{"alert", a.AlertId}, {"car", a.Vin}, {"kind", a.Kind}, {"severity", a.Severity}, {"status", a.Status}, {"what", orNothing(a.Detail)},
		{"value", measured(a.Value, a.Unit)}, {"threshold", measured(a.Threshold, a.Unit)},
		{"first", a.FirstAt.UTC().Format(time.RFC3339)}, {"last", a.LastAt.UTC().Format(time.RFC3339)}, {"count", a.Count},
		{"trip", orNothing(a.TripId)}, {"acknowledged by", orNothing(a.AcknowledgedBy)}, {"resolved by", orNothing(a.ResolvedBy)},
	} {
		if row[1] != "" {
			printRow(table, row[0], row[1])
		}
	}
	return table.Flush()
}

// measured formats a value with its unit; empty if there is no value.
func measured(value *float32, unit *string) string {
	if value == nil {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%g %s", *value, orNothing(unit)))
}
