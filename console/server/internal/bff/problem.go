package bff

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// problem responds with problem details (RFC 9457), as the API does.
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail})
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(value)
}

// Limits of request bodies in bytes.
const (
	maxForm   = 4 << 10
	maxAPI    = 64 << 10
	maxAnswer = 8 << 20
)

// form decodes a small JSON body from the console's pages. On an error it sends the response itself and returns false.
func form(w http.ResponseWriter, r *http.Request, into any) bool {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		problem(w, http.StatusUnsupportedMediaType, "allowed is application/json")
		return false
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxForm))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one document")
		}
	}
	if tooLarge(w, err) {
		return false
	}
	if err != nil {
		problem(w, http.StatusBadRequest, "the body is not the JSON document that this takes")
		return false
	}
	return true
}

// tooLarge sends a response and returns true if the error is http.MaxBytesReader's.
func tooLarge(w http.ResponseWriter, err error) bool {
	var large *http.MaxBytesError
	if !errors.As(err, &large) {
		return false
	}
	problem(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body has more than the %d bytes that are allowed", large.Limit))
	return true
}
