package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/timeseries"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// SeriesReader reads the history of signals.
type SeriesReader interface {
	Read(ctx context.Context, q timeseries.Query) (paging.Page[timeseries.Sample], error)
}

// Telemetry implements the operations about the history of signals. All fields are required.
type Telemetry struct {
	Series        SeriesReader
	Visit         visits
	SeesPositions func(ctx context.Context) (bool, error)
	Now           func() time.Time
	// State has the signals outside the catalogue that a car has sent.
	State StateReader
}

const lately = time.Hour // the period if the request has no from

// maxPaths is the largest number of signals that one request may name.
const maxPaths = 50

// GetTelemetry returns a page of samples.
func (h *Telemetry) GetTelemetry(ctx context.Context, in oapi.GetTelemetryRequestObject) (oapi.GetTelemetryResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	positions, err := h.SeesPositions(ctx)
	if err != nil {
		return nil, err
	}
	q, err := h.query(in.Params, visit)
	if err != nil {
		return nil, err
	}
	if err := h.knownSignals(ctx, visit.VIN, q.Paths); err != nil {
		return nil, err
	}
	out := oapi.GetTelemetry200JSONResponse{Items: []oapi.Sample{}}
	if !q.From.Before(q.To) {
		return out, nil // the caller may see no data of that period
	}
	q.Hide = hides(visit, positions)
	list, err := h.Series.Read(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read telemetry: %w", err)
	}
	out.NextToken = given(list.Next)
	for _, s := range list.Items {
		sample := oapi.Sample{At: s.At, Signals: make(map[string]any, len(s.Signals))}
		if visit.Drives() {
			sample.TripId = given(s.TripID)
		}
		for path, v := range s.Signals {
			sample.Signals[path] = v.Any()
		}
		out.Items = append(out.Items, sample)
	}
	return out, nil
}

// query returns the query of a request, limited to the data that the caller may see. All pages use the period of the first one.
func (h *Telemetry) query(p oapi.GetTelemetryParams, visit Visit) (timeseries.Query, error) {
	now := h.Now()
	q := timeseries.Query{VIN: visit.VIN, From: now.Add(-lately), To: now}
	if p.To != nil {
		q.To = *p.To
	}
	switch {
	case p.From != nil && !p.From.Before(q.To):
		return q, errs.As(errs.Invalid, errors.New("from: allowed is a time before to"))
	case p.From != nil:
		q.From = *p.From
	case p.NextToken != nil:
		q.From = time.Time{}
	}
	if q.From.Before(visit.Since) {
		q.From = visit.Since
	}
	var err error
	if p.Signals != nil {
		q.Paths, err = paths(*p.Signals)
	}
	if p.Interval != nil {
		q.Interval = time.Duration(*p.Interval) * time.Second
	}
	wanted := pageOf(p.Limit, p.NextToken)
	q.Limit, q.After = wanted.Limit, wanted.After
	return q, err
}

// knownSignals rejects a signal that is neither in the catalogue nor sent by the car: a misspelt path would silently return nothing.
func (h *Telemetry) knownSignals(ctx context.Context, v vin.VIN, paths []string) error {
	var own map[string]vehicle.Reading
	for _, path := range paths {
		if _, known := telemetry.Lookup(path); known {
			continue
		}
		if own == nil {
			states, err := h.State.States(ctx, []vin.VIN{v})
			if err != nil {
				return fmt.Errorf("read the state: %w", err)
			}
			if own = map[string]vehicle.Reading{}; states[v] != nil {
				own = states[v].Signals
			}
		}
		if _, sent := own[path]; !sent {
			return &answered{http.StatusBadRequest, &invalid{fields: []wrongField{{
				Field: "signals", Detail: fmt.Sprintf("%s is neither a known signal nor one that the car has sent; names are written as in %s", clip(path), telemetry.Speed)}}}}
		}
	}
	return nil
}

// paths splits a comma-separated list of VSS paths, and removes duplicates.
func paths(list string) ([]string, error) {
	var out []string
	for path := range strings.SplitSeq(list, ",") {
		if path = strings.TrimSpace(path); path != "" && !slices.Contains(out, path) {
			out = append(out, path)
		}
	}
	if len(out) > maxPaths {
		return nil, errs.As(errs.Invalid, fmt.Errorf("signals names %d paths: allowed are %d", len(out), maxPaths))
	}
	return out, nil
}
