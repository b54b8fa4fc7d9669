package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/presence"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// mostCounted limits the cars of a summary, as each is read while the caller waits. Larger fleets are counted in the lake.
const mostCounted = 200

// atOnce limits a summary's concurrent reads.
const atOnce = 16

// FleetCars lists cars by their dealer or manufacturer.
type FleetCars interface {
	OfDealer(ctx context.Context, dealer string, p paging.Request) (paging.Page[vehicle.Vehicle], error)
	OfManufacturer(ctx context.Context, manufacturer string, p paging.Request) (paging.Page[vehicle.Vehicle], error)
}

// FleetFaults reads the open faults of cars.
type FleetFaults interface {
	Records(ctx context.Context, v vin.VIN, f diagnostic.Filter, p paging.Request) (paging.Page[diagnostic.Record], error)
}

// FleetAlerts reads the alerts of cars.
type FleetAlerts interface {
	OfVehicle(ctx context.Context, v string, f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error)
}

// Fleet implements the operations about many cars at once. All fields are required.
type Fleet struct {
	Cars        FleetCars
	Connections interface {
		Presence(ctx context.Context, v vin.VIN) (presence.State, error)
	}
	Faults    FleetFaults
	Alerts    FleetAlerts
	Principal func(ctx context.Context) (authz.Principal, error)
}

// cars returns the first of the caller's cars, and whether they are all.
func (h *Fleet) cars(ctx context.Context) (cars []vehicle.Vehicle, complete bool, err error) {
	p, err := h.Principal(ctx)
	if err != nil {
		return nil, false, err
	}
	list, of := h.Cars.OfManufacturer, p.Manufacturer
	switch {
	case p.Has(authz.Manufacturer) && p.Manufacturer != "":
	case p.Has(authz.Dealer) && p.Dealer != "":
		list, of = h.Cars.OfDealer, p.Dealer
	default:
		return nil, true, nil // operators would see all cars, which are counted in the lake
	}
	for after := ""; len(cars) < mostCounted; {
		found, err := list(ctx, of, paging.Request{Limit: min(paging.MaxLimit, mostCounted-len(cars)), After: after})
		if err != nil {
			return nil, false, fmt.Errorf("list vehicles: %w", err)
		}
		cars = append(cars, found.Items...)
		if after = found.Next; after == "" {
			return cars, true, nil
		}
	}
	return cars, false, nil
}

// each calls f for every car, several at a time; f stores its result under the index n.
func each(ctx context.Context, cars []vehicle.Vehicle, f func(ctx context.Context, n int, v vin.VIN) error) error {
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	for n, car := range cars {
		work.Go(func() error { return f(ctx, n, car.VIN) })
	}
	return work.Wait()
}

type counted struct {
	connected    bool
	faults, open int
}

// GetFleetSummary returns counts of the caller's cars.
func (h *Fleet) GetFleetSummary(ctx context.Context, _ oapi.GetFleetSummaryRequestObject) (oapi.GetFleetSummaryResponseObject, error) {
	cars, complete, err := h.cars(ctx)
	if err != nil {
		return nil, err
	}
	found := make([]counted, len(cars))
	err = each(ctx, cars, func(ctx context.Context, n int, v vin.VIN) error {
		connection, err := h.Connections.Presence(ctx, v)
		if err != nil {
			return fmt.Errorf("read the connection: %w", err)
		}
		faults, err := h.Faults.Records(ctx, v, diagnostic.Filter{Status: diagnostic.Open}, paging.Request{Limit: 1})
		if err != nil {
			return fmt.Errorf("list faults: %w", err)
		}
		alerts, err := h.Alerts.OfVehicle(ctx, string(v), alert.Filter{Status: alert.Open}, paging.Request{Limit: paging.MaxLimit})
		if err != nil {
			return fmt.Errorf("list alerts: %w", err)
		}
		found[n] = counted{connected: connection.Connected, faults: len(faults.Items), open: aboutCars(alerts.Items)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return oapi.GetFleetSummary200JSONResponse(summaryOf(cars, found, complete)), nil
}

// aboutCars counts the alerts that a dealer and a manufacturer may see: not those about a person's driving.
func aboutCars(list []alert.Alert) int {
	n := 0
	for _, a := range list {
		if policy, _ := a.Kind.Policy(); policy.Scope == alert.Car {
			n++
		}
	}
	return n
}

func summaryOf(cars []vehicle.Vehicle, found []counted, complete bool) oapi.FleetSummary {
	out := oapi.FleetSummary{Counted: len(cars), Complete: complete}
	models := map[[2]string]int{}
	for n, v := range cars {
		if v.Status == vehicle.Registered {
			out.Registered++
		}
		if found[n].connected {
			out.Connected++
		}
		if found[n].faults > 0 {
			out.OpenFaults++
		}
		out.OpenAlerts += found[n].open
		models[[2]string{v.Make, v.Model}]++
	}
	out.ByModel = make([]struct {
		Make     string `json:"make"`
		Model    string `json:"model"`
		Vehicles int    `json:"vehicles"`
	}, 0, len(models))
	for _, m := range slices.SortedFunc(maps.Keys(models), func(a, b [2]string) int {
		return cmp.Or(models[b]-models[a], cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	}) {
		out.ByModel = append(out.ByModel, struct {
			Make     string `json:"make"`
			Model    string `json:"model"`
			Vehicles int    `json:"vehicles"`
		}{m[0], m[1], models[m]})
	}
	return out
}

// GetTopDiagnostics returns the most frequent open trouble codes of the caller's cars, with the number of cars that have each.
func (h *Fleet) GetTopDiagnostics(ctx context.Context, in oapi.GetTopDiagnosticsRequestObject) (oapi.GetTopDiagnosticsResponseObject, error) {
	cars, complete, err := h.cars(ctx)
	if err != nil {
		return nil, err
	}
	found := make([][]diagnostic.Record, len(cars))
	err = each(ctx, cars, func(ctx context.Context, n int, v vin.VIN) error {
		faults, err := h.Faults.Records(ctx, v, diagnostic.Filter{Status: diagnostic.Open}, paging.Request{Limit: paging.MaxLimit})
		found[n] = faults.Items
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list faults: %w", err)
	}
	limit := 10
	if in.Params.Limit != nil {
		limit = *in.Params.Limit
	}
	out := oapi.GetTopDiagnostics200JSONResponse{Counted: len(cars), Complete: complete}
	out.Items = topOf(found, limit)
	return out, nil
}

type topFault = struct {
	Code        string        `json:"code"`
	Description *string       `json:"description,omitempty"`
	Severity    oapi.Severity `json:"severity"`
	Vehicles    int           `json:"vehicles"`
}

// topOf counts cars by code; a car counts once per code, even if several control units report the code.
func topOf(found [][]diagnostic.Record, limit int) []topFault {
	codes := map[string]topFault{}
	for _, faults := range found {
		seen := map[string]bool{}
		for _, f := range faults {
			code := f.Fault.String()
			if seen[code] {
				continue
			}
			seen[code] = true
			c := codes[code]
			c.Code, c.Description, c.Severity = code, given(f.Description), oapi.Severity(f.Severity)
			c.Vehicles++
			codes[code] = c
		}
	}
	all := slices.SortedFunc(maps.Values(codes), func(a, b topFault) int {
		return cmp.Or(b.Vehicles-a.Vehicles, cmp.Compare(a.Code, b.Code))
	})
	return append([]topFault{}, all[:min(limit, len(all))]...)
}
