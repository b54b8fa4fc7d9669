package bff

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// apiPrefix precedes the API's paths on this server.
const apiPrefix = "/api"

func isAPI(r *http.Request) bool {
	return r.URL.Path == apiPrefix || strings.HasPrefix(r.URL.Path, apiPrefix+"/")
}

// The only headers that are forwarded. The browser's cookie is never sent to the API, nor the API's cookies to the browser.
var (
	toAPI   = []string{"Accept", "Content-Type", "Idempotency-Key", "If-Match"}
	fromAPI = []string{"Content-Type", "Etag", "Retry-After"}
)

// apiTimeout limits a call of the API; its gateway times out after 29 seconds.
const apiTimeout = 29 * time.Second

// passOn forwards the browser's request to the API.
func (s *server) passOn(w http.ResponseWriter, r *http.Request) {
	op, ok := s.Contract.Match(r.Method, strings.TrimPrefix(r.URL.EscapedPath(), apiPrefix))
	if !ok {
		problem(w, http.StatusNotFound, "the API has no such operation")
		return
	}
	query, ok := op.Keep(r.URL.RawQuery)
	if !ok {
		problem(w, http.StatusBadRequest, "the query has parameters that the operation does not have, or one twice")
		return
	}
	st, err := s.current(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if !s.limits.calls.allow(st.ID) {
		slowDown(w)
		return
	}
	var body []byte
	if op.HasBody {
		if body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxAPI)); err != nil {
			if !tooLarge(w, err) {
				problem(w, http.StatusBadRequest, "the body did not arrive whole")
			}
			return
		}
	}
	if st.Session, err = s.Sessions.Touch(r.Context(), st.Session); err != nil {
		s.refuse(w, r, err)
		return
	}
	target := strings.TrimPrefix(r.URL.EscapedPath(), apiPrefix)
	if query != "" {
		target += "?" + query
	}
	resp, err := s.ask(r.Context(), st, r.Method, target, body, r.Header)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	s.relay(w, resp)
}

// answered is a response of the API with its whole body.
type answered struct {
	status int
	header http.Header
	body   []byte
}

// errGateway is returned when the API does not respond.
var errGateway = errors.New("the API does not answer")

// ask calls the API with the user's token. If the API rejects a token before its expiry, the session continues and the browser gets the
// API's response.
func (s *server) ask(ctx context.Context, st stay, method, target string, body []byte, header http.Header) (answered, error) {
	st, err := s.fresh(ctx, st)
	if err != nil {
		return answered{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(s.API, "/")+target, bytes.NewReader(body))
	if err != nil {
		return answered{}, fmt.Errorf("%w: %w", errGateway, err)
	}
	for _, name := range toAPI {
		if value := header.Get(name); value != "" {
			req.Header.Set(name, value)
		}
	}
	req.Header.Set("Authorization", "Bearer "+s.bearer(st.Tokens))
	req.Header.Set("User-Agent", "connectedcar-console")
	resp, err := s.HTTP.Do(req)
	if err != nil {
		return answered{}, fmt.Errorf("%w: %w", errGateway, err)
	}
	defer resp.Body.Close() // read-only: a close error loses nothing
	all, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil || len(all) > maxAnswer {
		return answered{}, fmt.Errorf("%w: its answer is not whole, or longer than %d bytes (%w)", errGateway, maxAnswer, errors.Join(err))
	}
	return answered{status: resp.StatusCode, header: resp.Header, body: all}, nil
}

func (s *server) failed(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, errGateway) {
		s.refuse(w, r, err)
		return
	}
	if r.Context().Err() != nil { // the browser has disconnected
		return
	}
	s.Log.WarnContext(r.Context(), "call the API", "error", err)
	w.Header().Set("Retry-After", "5")
	problem(w, http.StatusBadGateway, "the API does not answer now")
}

func (s *server) relay(w http.ResponseWriter, resp answered) {
	for _, name := range fromAPI {
		if value := resp.header.Get(name); value != "" {
			w.Header().Set(name, value)
		}
	}
	if location := resp.header.Get("Location"); strings.HasPrefix(location, "/v1/") {
		w.Header().Set("Location", apiPrefix+location)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(resp.status)
	_, _ = w.Write(resp.body) // the browser may have disconnected
}
