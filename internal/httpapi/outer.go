package httpapi

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"connectedcar/internal/names"
	"connectedcar/internal/runtime/emf"
)

// maxBody is the largest body of a request, in bytes: the largest one in the contract is a token.
const maxBody = 64 << 10

// outer is the outermost middleware: it gives a request its id, limits its body, recovers from panics, and writes logs and metrics.
func (s *server) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.Now()
		a := &asked{id: rand.Text()}
		r = r.WithContext(context.WithValue(r.Context(), askedKey{}, a))
		out := &recorder{ResponseWriter: w, status: http.StatusOK}
		for name, value := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
			"X-Request-Id": a.id,
		} {
			w.Header().Set(name, value)
		}
		s.share(w.Header())
		defer func() {
			if p := recover(); p != nil {
				s.Log.Error("panic", "request_id", a.id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				if !out.written {
					s.refuse(out, r, errors.New("panic"))
				}
			}
			s.report(a, r.Method, out.status, s.Now().Sub(start))
		}()
		if err := bound(r); err != nil {
			s.refuse(out, r, err)
			return
		}
		next.ServeHTTP(out, r)
	})
}

// share adds the CORS headers that let the console's page read the response. API Gateway answers preflight requests itself.
func (s *server) share(header http.Header) {
	if s.Origin == "" {
		return
	}
	header.Set("Access-Control-Allow-Origin", s.Origin)
	header.Set("Access-Control-Expose-Headers", names.ExposedHeaders)
	header.Set("Vary", "Origin")
}

// bound reads the body into memory, up to maxBody, as several readers need it.
func bound(r *http.Request) error {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return errEncoded
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return &answered{http.StatusBadRequest, errors.New("the body cannot be read")}
	}
	if len(b) > maxBody {
		return errTooLarge
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	return nil
}

// body returns the request's body, which can be read again afterwards.
func body(r *http.Request) []byte {
	if r.Body == nil {
		return nil
	}
	b, _ := io.ReadAll(r.Body) // cannot fail: bound has read it into memory
	r.Body = io.NopCloser(bytes.NewReader(b))
	return b
}

// recorder records the status of a response.
type recorder struct {
	http.ResponseWriter
	status  int
	written bool
}

func (w *recorder) WriteHeader(status int) {
	w.status, w.written = status, true
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	w.written = true
	return w.ResponseWriter.Write(b)
}

// report logs a line per request, with the operation but without the car, the user or the token.
func (s *server) report(a *asked, method string, status int, took time.Duration) {
	operation := a.operation
	if operation == "" {
		operation = "none"
	}
	s.Log.Info("request", "request_id", a.id, "method", method, "operation", operation, "status", status, "ms", took.Milliseconds(), "user", a.principal.ID)
	line := emf.Line{
		Namespace: names.MetricNamespace,
		Dimensions: []emf.Dimension{
			{Name: names.DimensionFunction, Value: s.Function}, {Name: names.DimensionReason, Value: operation + " " + class(status)},
		},
		Values: []emf.Value{
			{Name: names.MetricHandled, Unit: emf.Count, Value: 1},
			{Name: names.MetricTook, Unit: emf.Milliseconds, Value: float64(took.Milliseconds())},
		},
	}
	if err := line.Write(s.Metrics, s.Now()); err != nil {
		s.Log.Error("metrics lost", "error", err)
	}
}

// class returns the class of a status, such as 2xx.
func class(status int) string { return fmt.Sprint(status/100) + "xx" }

// authenticate verifies the caller's token, for all operations except the contract's public ones.
func (s *server) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		op, ok := operationOf(r)
		if !ok {
			s.unknown(w, r)
			return
		}
		a := askedOf(r.Context())
		a.operation = op.id
		if op.public {
			next.ServeHTTP(w, r)
			return
		}
		raw, ok := bearer(r.Header.Get("Authorization"))
		if !ok {
			s.refuse(w, r, errNoToken)
			return
		}
		principal, err := s.Tokens.Verify(r.Context(), raw)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		a.principal = principal
		next.ServeHTTP(w, r)
	})
}

// bearer returns the token in a header (RFC 6750). API Gateway's authorizer accepts a token without the scheme too.
func bearer(header string) (string, bool) {
	scheme, raw, ok := strings.Cut(header, " ")
	if !ok {
		return header, header != ""
	}
	return strings.TrimSpace(raw), strings.EqualFold(scheme, "Bearer") && strings.TrimSpace(raw) != ""
}
