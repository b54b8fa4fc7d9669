package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/idempotency"
	"connectedcar/internal/domain/ownership"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// guard authorises the caller: a car that is not theirs is answered with 404, a forbidden operation on a car of theirs with 403.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := askedOf(r.Context())
		if op, _ := operationOf(r); op.public {
			next.ServeHTTP(w, r)
			return
		}
		if err := s.settle(r, a); err != nil {
			s.refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *server) settle(r *http.Request, a *asked) error {
	a.visit = Visit{UserID: a.principal.ID, From: addressOf(r.RemoteAddr), DealerID: a.principal.Dealer}
	extra := extraOf(a.operation, r)
	if r.PathValue("vin") == "" {
		// allowVehicle, a POST to the list of cars, is authorised for the car in the body: its manufacturer matters.
		if a.operation == "allowVehicle" {
			a.car = newCar(a.principal, body(r))
		}
		if !s.Access.Allow(a.principal, a.operation, a.car, extra, s.Now()) {
			return errForbidden
		}
		return nil
	}
	if err := s.find(r, a); err != nil {
		return err
	}
	if s.Access.Allow(a.principal, a.operation, a.car, extra, s.Now()) {
		return nil
	}
	if s.Access.Allow(a.principal, "getVehicle", a.car, authz.Extra{}, s.Now()) {
		return errForbidden
	}
	return errNotYours
}

// addressOf parses an address with or without a port. It returns the zero Addr, which counts as one address, if there is none.
func addressOf(remote string) netip.Addr {
	if at, err := netip.ParseAddrPort(remote); err == nil {
		return at.Addr()
	}
	a, _ := netip.ParseAddr(remote)
	return a
}

// find reads the car in the path, and its relation to the caller.
func (s *server) find(r *http.Request, a *asked) error {
	v, err := vin.Parse(r.PathValue("vin"))
	if err != nil {
		return errNotYours
	}
	car, err := s.Cars.Vehicle(r.Context(), v)
	if errors.Is(err, vehicle.ErrNotFound) {
		return errNotYours
	}
	if err != nil {
		return fmt.Errorf("read vehicle %s: %w", v.Redacted(), err)
	}
	a.car = &authz.Vehicle{
		VIN: string(v), Owner: car.OwnerID, Manufacturer: car.Manufacturer, Dealer: car.DealerID,
		ConsentDealer: car.Consent.DealerID, DealerConsentUntil: car.Consent.DealerUntil, OperatorConsentUntil: car.Consent.OperatorsUntil,
	}
	since := car.OwnedSince
	if a.principal.Has(authz.Driver) && car.OwnerID != "" && car.OwnerID != a.principal.ID {
		grant, err := s.Cars.Grant(r.Context(), v, a.principal.ID)
		switch {
		case errors.Is(err, ownership.ErrNoGrant):
		case err != nil:
			return fmt.Errorf("read a grant of %s: %w", v.Redacted(), err)
		case grant.Holds(car, s.Now()):
			a.car.Grants = map[string]time.Time{a.principal.ID: grant.Until}
			since = later(since, grant.GrantedAt)
		}
	}
	a.visit.VIN, a.visit.Registered, a.visit.Relation = v, car.ThingName != "", authz.RelationOf(a.principal, *a.car, s.Now())
	a.visit.OwnedSince = car.OwnedSince
	if a.visit.Drives() {
		a.visit.Since = since
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// newCar returns the car of a body with its future manufacturer: the caller's own if the body has none.
func newCar(p authz.Principal, b []byte) *authz.Vehicle {
	var in struct {
		VIN          string `json:"vin"`
		Manufacturer string `json:"manufacturerId"`
	}
	_ = json.Unmarshal(b, &in) // cannot fail: the body was validated before
	if in.Manufacturer == "" {
		in.Manufacturer = p.Manufacturer
	}
	return &authz.Vehicle{VIN: in.VIN, Manufacturer: in.Manufacturer}
}

// extraOf returns the attributes besides the car that the authorisation of some operations needs.
func extraOf(operation string, r *http.Request) authz.Extra {
	switch operation {
	case "updateVehicle":
		var fields map[string]json.RawMessage
		_ = json.Unmarshal(body(r), &fields) // cannot fail: the body was validated before
		return authz.Extra{Fields: slices.Sorted(maps.Keys(fields))}
	case "getShadow", "updateShadow":
		return authz.Extra{Shadow: r.PathValue("name")}
	case "sendCommand":
		var in struct {
			Kind string `json:"kind"`
		}
		_ = json.Unmarshal(body(r), &in)
		return authz.Extra{Command: in.Kind}
	}
	return authz.Extra{}
}

const keyHeader = "Idempotency-Key"

// once processes a request with an Idempotency-Key once, if the contract permits that header for its operation. Responses are stored for a
// day; those of such operations hold no secrets. It runs after the guard, so a former owner gets no stored responses.
func (s *server) once(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		op, _ := operationOf(r)
		key := r.Header.Get(keyHeader)
		if key == "" || !op.keyed {
			next.ServeHTTP(w, r)
			return
		}
		a := askedOf(r.Context())
		id := idempotency.ID(a.principal.ID, a.operation, key)
		answer, _, err := s.Once.Do(r.Context(), id, idempotency.Hash(r.URL.Path, string(body(r))), func(context.Context) (idempotency.Answer, bool) {
			held := &held{header: http.Header{}, status: http.StatusOK}
			next.ServeHTTP(held, r)
			// Failed requests may be retried: a code may exist by then, or a limit have passed.
			return idempotency.Answer{Status: held.status, Header: headersOf(held.header), Body: held.body.Bytes()}, held.status < http.StatusMultipleChoices
		})
		if answer.Status == 0 {
			s.refuse(w, r, err)
			return
		}
		if err != nil {
			s.Log.Warn("answer not kept", "error", err, "request_id", a.id)
		}
		for name, value := range answer.Header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(answer.Status)
		_, _ = bytes.NewReader(answer.Body).WriteTo(w) // an error means that the client has disconnected
	})
}

// headersOf returns the headers of a response that are stored with it.
func headersOf(h http.Header) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"Content-Type", "ETag", "Location", "Retry-After"} {
		if v := h.Get(name); v != "" {
			out[name] = v
		}
	}
	return out
}

// held buffers a response so that it can be stored before it is sent.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *held) Header() http.Header         { return h.header }
func (h *held) WriteHeader(status int)      { h.status = status }
func (h *held) Write(b []byte) (int, error) { return h.body.Write(b) }
