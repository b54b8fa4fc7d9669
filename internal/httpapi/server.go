// Package httpapi is the REST API of the contract as an http.Handler. Its middleware verifies the caller's token, validates the request
// against the contract and authorises it by the policies of internal/domain/authz; then a type for each area implements the operation.
package httpapi

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path"
	"time"

	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/idempotency"
	"connectedcar/internal/domain/ownership"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/vin"
)

// Verifier verifies tokens and returns the caller. The error is of category errs.Denied for an invalid token.
type Verifier interface {
	Verify(ctx context.Context, raw string) (authz.Principal, error)
}

// Cars reads the attributes of a car for authorisation.
type Cars interface {
	Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error)
	Grant(ctx context.Context, v vin.VIN, user string) (ownership.Grant, error)
}

// Config has the dependencies of the API. All fields are required.
type Config struct {
	Tokens     Verifier
	Access     *authz.Authorizer
	Cars       Cars
	Once       *idempotency.Service
	Operations oapi.StrictServerInterface // must use VisitOf
	Log        *slog.Logger
	Metrics    io.Writer
	Now        func() time.Time
	Function   string // name of the Lambda function, for metrics
	Origin     string // the only web origin that may read responses; empty for none
}

// New returns the API's handler.
func New(c Config) http.Handler {
	s := &server{Config: c}
	strict := oapi.NewStrictHandlerWithOptions(c.Operations, []oapi.StrictMiddlewareFunc{bindPages}, oapi.StrictHTTPServerOptions{
		RequestErrorHandlerFunc: s.refuse, ResponseErrorHandlerFunc: s.refuse,
	})
	unreadable := func(w http.ResponseWriter, r *http.Request, err error) { s.refuse(w, r, unbound(err)) }
	mux := http.NewServeMux()
	mux.HandleFunc("/", s.unknown)
	// The last of the Middlewares is the outermost.
	handler := oapi.HandlerWithOptions(strict, oapi.StdHTTPServerOptions{
		BaseRouter: mux, ErrorHandlerFunc: unreadable, Middlewares: []oapi.MiddlewareFunc{s.once, s.guard, s.validate, s.authenticate},
	})
	return s.outer(s.cleanly(handler))
}

type server struct{ Config }

// cleanly rejects a path such as /v1//me, which http.ServeMux would redirect: no client of the contract requests it.
func (s *server) cleanly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path.Clean(r.URL.Path) != r.URL.Path {
			s.unknown(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// asked accumulates the facts about a request on its way through the middleware.
type asked struct {
	id        string // id of the request in responses and logs
	operation string // operationId in the contract
	principal authz.Principal
	car       *authz.Vehicle // nil if the operation is not about a single car
	visit     Visit
}

type askedKey struct{}

func askedOf(ctx context.Context) *asked {
	a, _ := ctx.Value(askedKey{}).(*asked)
	return a
}

var errNoVisit = errors.New("the request did not come through the API's guard")

// VisitOf returns the visit of a request, from the context of an operation.
func VisitOf(ctx context.Context) (Visit, error) {
	a := askedOf(ctx)
	if a == nil {
		return Visit{}, errNoVisit
	}
	return a.visit, nil
}

// PrincipalOf returns the caller of a request, from the context of an operation.
func PrincipalOf(ctx context.Context) (authz.Principal, error) {
	a := askedOf(ctx)
	if a == nil {
		return authz.Principal{}, errNoVisit
	}
	return a.principal, nil
}

// SeesPositions returns a function that reports whether the caller may see the car's location.
func SeesPositions(authorizer *authz.Authorizer, now func() time.Time) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		a := askedOf(ctx)
		if a == nil || a.car == nil {
			return false, errNoVisit
		}
		return authorizer.Allow(a.principal, "seePositions", a.car, authz.Extra{}, now()), nil
	}
}
