package httpapi

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/domain/presence"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/vin"
)

// StateReader reads the newest signals of cars.
type StateReader interface {
	States(ctx context.Context, cars []vin.VIN) (map[vin.VIN]*vehicle.State, error)
}

// ConnectionReader reads the connection state of cars.
type ConnectionReader interface {
	Presence(ctx context.Context, v vin.VIN) (presence.State, error)
}

// States implements the operations about cars' present state and location. All fields are required.
type States struct {
	Store       StateReader
	Connections ConnectionReader
	Visit       visits
	// SeesPositions reports whether the caller may see the car's location.
	SeesPositions func(ctx context.Context) (bool, error)
	Now           func() time.Time
}

// GetState returns the newest value of each signal. Drivers see none from before their ownership.
func (h *States) GetState(ctx context.Context, _ oapi.GetStateRequestObject) (oapi.GetStateResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	positions, err := h.SeesPositions(ctx)
	if err != nil {
		return nil, err
	}
	state, err := h.state(ctx, visit.VIN)
	if err != nil {
		return nil, err
	}
	connection, err := h.Connections.Presence(ctx, visit.VIN)
	if err != nil {
		return nil, fmt.Errorf("read the connection: %w", err)
	}
	out := oapi.GetState200JSONResponse{
		Vin: string(visit.VIN), Connected: connection.Connected, LastSeen: since(connection.LastSeen, visit), Signals: map[string]oapi.Reading{},
	}
	if connection.Connected {
		out.ConnectedSince = since(connection.Since, visit)
	}
	hidden := hides(visit, positions)
	for path, r := range state.Signals {
		if at := time.UnixMilli(r.At).UTC(); !at.Before(visit.Since) && !hidden(path, at) {
			out.Signals[path] = reading(path, r.Value, at)
		}
	}
	if n := state.Newest; n.At > 0 {
		h.newest(n, visit, &out)
	}
	return out, nil
}

// newest adds the time and origin of the car's last report to the response.
func (h *States) newest(n vehicle.Source, visit Visit, out *oapi.GetState200JSONResponse) {
	if out.At = since(time.UnixMilli(n.At).UTC(), visit); out.At == nil {
		return
	}
	age, skewed := max(0, h.Now().Sub(*out.At).Seconds()), n.Skewed()
	realOrNone(&out.AgeS, &age)
	out.ClockSkewed = &skewed
	if visit.Drives() {
		out.TripId = given(n.TripID)
	}
}

// GetLocation returns the car's last position. The guard has authorised the caller.
func (h *States) GetLocation(ctx context.Context, _ oapi.GetLocationRequestObject) (oapi.GetLocationResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	state, err := h.state(ctx, visit.VIN)
	if err != nil {
		return nil, err
	}
	latitude, longitude := state.Signals[telemetry.Latitude], state.Signals[telemetry.Longitude]
	north, ok := latitude.Value.Number()
	east, ok2 := longitude.Value.Number()
	// If latitude and longitude have different times, the older one counts: it must not be before the caller's ownership.
	at := time.UnixMilli(min(latitude.At, longitude.At)).UTC()
	if !ok || !ok2 || at.Before(visit.personalSince()) {
		return nil, errNoPosition
	}
	out := oapi.GetLocation200JSONResponse{At: at}
	real(&out.Latitude, north)
	real(&out.Longitude, east)
	for path, to := range map[string]**oapiNumber{telemetry.Altitude: &out.AltitudeM, telemetry.Heading: &out.Heading, telemetry.HorizontalAccuracy: &out.AccuracyM} {
		r := state.Signals[path]
		if f, ok := r.Value.Number(); ok && r.At >= at.UnixMilli() {
			realOrNone(to, &f)
		}
	}
	return out, nil
}

// oapiNumber is the Go type of the contract's numbers.
type oapiNumber = float32

var errNoPosition = errs.As(errs.NotFound, errors.New("the car has not said where it is"))

func (h *States) state(ctx context.Context, v vin.VIN) (*vehicle.State, error) {
	states, err := h.Store.States(ctx, []vin.VIN{v})
	if err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	return states[v], nil
}

func reading(path string, v telemetry.Value, at time.Time) oapi.Reading {
	signal, _ := telemetry.Lookup(path)
	return oapi.Reading{Value: v.Any(), Unit: given(signal.Unit), At: at}
}

// since returns a pointer to a time, or nil if the caller may not know it.
func since(t time.Time, visit Visit) *time.Time {
	if t.IsZero() || t.Before(visit.Since) {
		return nil
	}
	return &t
}
