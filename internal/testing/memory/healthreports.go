package memory

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/healthreport"
	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// HealthReports is a store of health reports.
type HealthReports struct {
	rows table[[2]string, healthRow]
}

// healthRow is a row that the platform wrote or, as JSON, one that the IoT rule wrote.
type healthRow struct {
	id     string
	report healthreport.Report
	sent   []byte
}

func (r healthRow) read() (healthreport.Report, error) {
	if r.sent != nil {
		return healthreport.Decode(r.sent)
	}
	return r.report, nil
}

// PutSent writes a car's report over any row with its id, as the IoT rule does. fields must have vin and reportId.
func (s *HealthReports) PutSent(_ context.Context, fields map[string]any) error {
	b, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	v, id := fmt.Sprint(fields["vin"]), fmt.Sprint(fields["reportId"])
	s.rows.update([2]string{v, id}, func(healthRow, bool) (healthRow, bool) { return healthRow{id: id, sent: b}, true })
	return nil
}

// PutPending stores that the report with that id was requested from the car.
func (s *HealthReports) PutPending(_ context.Context, r healthreport.Report) error {
	s.rows.update([2]string{string(r.VIN), r.ID}, func(_ healthRow, there bool) (healthRow, bool) {
		return healthRow{id: r.ID, report: r}, !there
	})
	return nil
}

// PutReady writes a report if the stored one with its id is still pending, and returns whether it was.
func (s *HealthReports) PutReady(_ context.Context, r healthreport.Report) (written bool, _ error) {
	s.rows.update([2]string{string(r.VIN), r.ID}, func(old healthRow, _ bool) (healthRow, bool) {
		written = old.report.Progress == healthreport.Pending
		return healthRow{id: r.ID, report: r}, written
	})
	return written, nil
}

// Report returns the car's report with that id; healthreport.ErrNotFound if there is none, and healthreport.ErrUnreadable if the car's
// report is malformed.
func (s *HealthReports) Report(_ context.Context, v vin.VIN, id string) (healthreport.Report, error) {
	row, ok := s.rows.get([2]string{string(v), id})
	if !ok {
		return healthreport.Report{}, fmt.Errorf("%s of %s: %w", id, v, healthreport.ErrNotFound)
	}
	return row.read()
}

// Reports lists a car's reports, the newest first, and returns an error for each malformed row.
func (s *HealthReports) Reports(_ context.Context, v vin.VIN, f healthreport.Filter, p paging.Request) (paging.Page[healthreport.Report], []error, error) {
	var out paging.Page[healthreport.Report]
	all := s.rows.all()
	rows, err := pageOf(slices.Collect(maps.Values(keep(all, func(key [2]string) bool {
		return key[0] == string(v) && key[1] >= alert.FirstID(f.Since)
	}))), p, func(r healthRow) string { return r.id })
	if err != nil {
		return out, nil, errs.As(errs.Invalid, err)
	}
	out.Next = rows.Next
	var unreadable []error
	for _, row := range rows.Items {
		r, err := row.read()
		if err != nil {
			unreadable = append(unreadable, err)
			continue
		}
		if f.Takes(r) {
			out.Items = append(out.Items, r)
		}
	}
	return out, unreadable, nil
}

// keep returns the rows whose keys pass.
func keep[K comparable, V any](rows map[K]V, passes func(K) bool) map[K]V {
	maps.DeleteFunc(rows, func(k K, _ V) bool { return !passes(k) })
	return rows
}
