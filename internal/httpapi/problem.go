package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"connectedcar/internal/domain/idempotency"
	"connectedcar/internal/domain/shadow"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/token"
)

// answered is an error with its own HTTP status, if the categories of internal/errs are not specific enough.
// https://www.rfc-editor.org/rfc/rfc9457
type answered struct {
	status int
	err    error
}

func (a *answered) Error() string { return a.err.Error() }
func (a *answered) Unwrap() error { return a.err }

// Errors with their own status.
var (
	errNoToken     = &answered{http.StatusUnauthorized, errors.New("a token of the user pool is missing: Authorization: Bearer <token>")}
	errMethod      = &answered{http.StatusMethodNotAllowed, errors.New("the method is not allowed here")}
	errNoSuchPath  = &answered{http.StatusNotFound, errors.New("there is no such path")}
	errNotYours    = &answered{http.StatusNotFound, errors.New("there is no such vehicle, or it is not yours")}
	errForbidden   = &answered{http.StatusForbidden, errors.New("you may not do that")}
	errTooLarge    = &answered{http.StatusRequestEntityTooLarge, fmt.Errorf("the body is too long: allowed are %d bytes", maxBody)}
	errNotJSON     = &answered{http.StatusUnsupportedMediaType, errors.New("Content-Type: allowed is application/json")}
	errEncoded     = &answered{http.StatusUnsupportedMediaType, errors.New("Content-Encoding: allowed is none, the body as it is")}
	errNeedIfMatch = &answered{http.StatusPreconditionRequired, errors.New("If-Match is missing: give the ETag of what you saw")}
)

// statusOf returns the status of the response to a request that failed with an error.
func statusOf(r *http.Request, err error) int {
	var own *answered
	switch {
	case errors.As(err, &own):
		return own.status
	case errors.Is(err, token.ErrInvalid):
		return http.StatusUnauthorized
	case errors.Is(err, idempotency.ErrOther):
		return http.StatusUnprocessableEntity
	}
	category := errs.Of(err)
	if category == errs.Conflict && r.Header.Get("If-Match") != "" {
		return http.StatusPreconditionFailed
	}
	return category.HTTPStatus()
}

// wrongField is one error in a request.
type wrongField = struct {
	Detail string `json:"detail"`
	Field  string `json:"field"`
}

// invalid is the error of a request that violates the contract.
type invalid struct {
	fields []wrongField
}

func (e *invalid) Error() string {
	parts := make([]string, len(e.fields))
	for n, f := range e.fields {
		parts[n] = f.Field + ": " + f.Detail
	}
	return strings.Join(parts, "; ")
}

// retryAfter is the header Retry-After, in seconds, of responses to throttled requests and when a dependency is unavailable.
const retryAfter = "5"

// refuse responds with a problem (RFC 9457). Details of internal errors are only logged.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status := statusOf(r, err)
	p := oapi.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status}
	if a := askedOf(r.Context()); a != nil {
		p.Instance = &a.id
	}
	if status < http.StatusInternalServerError {
		detail := detailOf(err)
		p.Detail = &detail
		if detail != err.Error() {
			s.Log.Warn("request refused", "error", err, "status", status, "request_id", given(instanceOf(p)))
		}
	} else {
		s.Log.Error("request failed", "error", err, "category", errs.Of(err).String(), "request_id", given(instanceOf(p)))
	}
	var wrong *invalid
	var wishes shadow.WrongError
	var fields []wrongField
	switch {
	case errors.As(err, &wrong):
		fields = wrong.fields
	case errors.As(err, &wishes):
		for _, w := range wishes {
			fields = append(fields, wrongField{Field: w.Field, Detail: w.Why})
		}
	}
	if len(fields) > 0 {
		p.Errors = &fields
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", retryAfter)
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="connectedcar"`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		s.Log.Warn("answer not sent", "error", err)
	}
}

// detailOf returns the text for the caller about a client error. Errors of AWS services name tables and keys: they are only logged.
func detailOf(err error) string {
	var service interface{ ErrorCode() string }
	if errors.As(err, &service) {
		return "the request cannot be done as it is"
	}
	return err.Error()
}

func instanceOf(p oapi.Problem) string {
	if p.Instance == nil {
		return ""
	}
	return *p.Instance
}

// unknown responds to requests that match no operation of the contract.
func (s *server) unknown(w http.ResponseWriter, r *http.Request) {
	if methods := methodsAt(r.URL.Path); len(methods) > 0 {
		w.Header().Set("Allow", strings.Join(methods, ", "))
		s.refuse(w, r, errMethod)
		return
	}
	s.refuse(w, r, errNoSuchPath)
}
