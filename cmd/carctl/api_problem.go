package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// problem is an error response of the API (RFC 9457).
type problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Detail   string `json:"detail"`
	Instance string `json:"instance"`
	Errors   []struct {
		Field  string `json:"field"`
		Detail string `json:"detail"`
	} `json:"errors"`
	// Message is set in errors of API Gateway itself, which sends no problem documents.
	Message string `json:"message"`

	status string
}

// maxShown is the length to which an unreadable response is shortened for display.
const maxShown = 300

func problemOf(resp *http.Response, answer []byte) error {
	p := problem{status: resp.Status}
	if json.Unmarshal(answer, &p) != nil {
		p.Detail = strings.TrimSpace(string(answer[:min(len(answer), maxShown)]))
	}
	return &p
}

// Error returns one line with the title, the detail and the location of the error.
func (p *problem) Error() string {
	_, name, _ := strings.Cut(p.status, " ")
	parts := []string{"the API answers " + p.status}
	for _, s := range []string{p.Title, p.Detail, p.Message} {
		if s != "" && s != name && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	for _, e := range p.Errors {
		parts = append(parts, strings.TrimSpace(e.Field+" "+e.Detail))
	}
	text := strings.Join(parts, ": ")
	if p.Type != "" && p.Type != "about:blank" {
		text += fmt.Sprintf(" (%s)", p.Type)
	}
	if p.Instance != "" {
		text += " [" + p.Instance + "]"
	}
	return text
}
