package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"connectedcar/cmd/localcloud/internal/front/awsmodel"
)

// Error implements error.
func (f Fault) Error() string { return fmt.Sprintf("%s (%d): %s", f.Code, f.Status, f.Message) }

// NotFound reports whether the error is a service's answer that the resource does not exist.
func NotFound(err error) bool {
	var f Fault
	if !errors.As(err, &f) {
		return false
	}
	return f.Status == http.StatusNotFound || strings.Contains(f.Code, "NotFound") || strings.HasPrefix(f.Code, "NoSuch") ||
		strings.Contains(f.Code, "NonExistent") || strings.Contains(f.Code, "DoesNotExist")
}

// NewRequest encodes a call whose members are all strings, as they are in calls that describe or list. It returns the request and its body,
// or an error for an unknown operation.
func NewRequest(ctx context.Context, base *url.URL, m *awsmodel.Model, operation string, input map[string]any) (*http.Request, []byte, error) {
	op := m.Operations[operation]
	if op == nil {
		return nil, nil, fmt.Errorf("service %s has no operation %s", m.Name, operation)
	}
	target, header, body := *base, http.Header{}, []byte(nil)
	target.Path = "/"
	switch m.Metadata.Protocol {
	case "json":
		encoded, err := json.Marshal(input)
		if err != nil {
			return nil, nil, fmt.Errorf("encode %s: %w", operation, err)
		}
		body = encoded
		header.Set("X-Amz-Target", m.Metadata.TargetPrefix+"."+operation)
		header.Set("Content-Type", "application/x-amz-json-"+m.Metadata.JSONVersion)
	case "query":
		form := url.Values{"Action": {operation}, "Version": {m.Metadata.APIVersion}}
		for name, value := range input {
			form.Set(name, fmt.Sprint(value))
		}
		body = []byte(form.Encode())
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	default:
		bindREST(m, op, input, &target, header)
	}
	r, err := http.NewRequestWithContext(ctx, op.HTTP.Method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, fmt.Errorf("write %s: %w", operation, err)
	}
	r.Header = header
	return r, body, nil
}

// bindREST encodes members into the path, the query and headers.
func bindREST(m *awsmodel.Model, op *awsmodel.Operation, input map[string]any, target *url.URL, header http.Header) {
	path, constants, _ := strings.Cut(op.HTTP.RequestURI, "?")
	query, _ := url.ParseQuery(constants) // a constant of the model, which is valid
	for name, ref := range m.Shape(op.Input).Members {
		value, there := input[name]
		if !there {
			continue
		}
		onWire := wireName(name, ref)
		switch ref.Location {
		case "uri":
			path = strings.NewReplacer("{"+onWire+"}", url.PathEscape(fmt.Sprint(value)), "{"+onWire+"+}", fmt.Sprint(value)).Replace(path)
		case "querystring":
			query.Set(onWire, fmt.Sprint(value))
		case "header":
			header.Set(onWire, fmt.Sprint(value))
		}
	}
	target.Path, target.RawPath = unescaped(path), path
	target.RawQuery = query.Encode()
}

func unescaped(path string) string {
	if plain, err := url.PathUnescape(path); err == nil {
		return plain
	}
	return path
}
