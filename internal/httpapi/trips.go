package httpapi

import (
	"context"
	"fmt"

	"connectedcar/internal/domain/trip"
	"connectedcar/internal/httpapi/oapi"
)

// Trips answers for trips. They are personal: drivers come here, and operators while the owner lets them, and see none of before the car was the owner's. All fields are required.
type Trips struct {
	Store   trip.Reader
	Samples trip.Samples
	Visit   visits
}

// ListTrips lists a car's trips, the newest first.
func (h *Trips) ListTrips(ctx context.Context, in oapi.ListTripsRequestObject) (oapi.ListTripsResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	list, err := h.Store.Trips(ctx, visit.VIN, trip.Filter{Since: visit.personalSince()}, pageOf(in.Params.Limit, in.Params.NextToken))
	if err != nil {
		return nil, fmt.Errorf("list trips: %w", err)
	}
	out := oapi.ListTrips200JSONResponse{Items: make([]oapi.Trip, len(list.Items)), NextToken: given(list.Next)}
	for n, t := range list.Items {
		out.Items[n] = tripAnswer(t)
	}
	return out, nil
}

// routeSamples is the most samples of a route: those of a trip of five hours with a sample per second.
const routeSamples = 20_000

// GetTrip returns a trip, with its route while the hot history still has its samples.
func (h *Trips) GetTrip(ctx context.Context, in oapi.GetTripRequestObject) (oapi.GetTripResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	t, err := h.Store.Trip(ctx, visit.VIN, in.TripId)
	if err == nil && t.StartedAt.Before(visit.personalSince()) {
		err = fmt.Errorf("of another owner: %w", trip.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read trip %s: %w", in.TripId, missing(err))
	}
	rows, err := h.Samples.Between(ctx, visit.VIN, t.StartedAt, t.EndedAt, routeSamples, trip.RoutePaths()...)
	if err != nil {
		return nil, fmt.Errorf("read the route of trip %s: %w", in.TripId, err)
	}
	out := tripAnswer(t)
	if points := trip.Route(t, rows, trip.MaxRoutePoints); len(points) > 0 {
		route := make([]oapi.Place, len(points))
		for n, p := range points {
			route[n] = *placeAnswer(&trip.Place{Latitude: p.Latitude, Longitude: p.Longitude})
		}
		out.Route = &route
	}
	return oapi.GetTrip200JSONResponse(out), nil
}

func tripAnswer(t trip.Trip) oapi.Trip {
	out := oapi.Trip{
		TripId: t.ID, Source: oapi.TripSource(t.Source), StartedAt: t.StartedAt, EndedAt: t.EndedAt,
		Start: placeAnswer(t.Start), End: placeAnswer(t.End),
		DistanceM: int(t.DistanceM), DurationS: int(t.DurationS), IdleS: int(t.IdleS), SpeedingS: int(t.SpeedingS),
		HarshBraking: t.HarshBraking, HarshAcceleration: t.HarshAcceleration, HarshCornering: t.HarshCornering, Score: t.Score,
	}
	real(&out.AverageSpeedKph, t.AverageSpeedKPH)
	real(&out.MaxSpeedKph, t.MaxSpeedKPH)
	realOrNone(&out.FuelL, t.FuelL)
	realOrNone(&out.EnergyKwh, t.EnergyKWh)
	return out
}

func placeAnswer(p *trip.Place) *oapi.Place {
	if p == nil {
		return nil
	}
	var out oapi.Place
	real(&out.Latitude, p.Latitude)
	real(&out.Longitude, p.Longitude)
	return &out
}
