package shadow

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// request is a parsed request. A section that is present and null removes the stored section.
type request struct {
	desired, reported       map[string]any
	hasDesired, hasReported bool
	version                 *int64
	token                   string
}

// decode parses one JSON object. Numbers keep their spelling.
func decode(b []byte) (map[string]any, *Error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, reject(http.StatusBadRequest, "Invalid JSON")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, reject(http.StatusBadRequest, "Invalid JSON")
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, reject(http.StatusBadRequest, "Invalid JSON")
	}
	return object, nil
}

// parseToken parses the body of get and delete: empty, or with a client token and a version.
func parseToken(b []byte) (request, *Error) {
	if len(bytes.TrimSpace(b)) == 0 {
		return request{}, nil
	}
	object, bad := decode(b)
	if bad != nil {
		return request{}, bad
	}
	return common(object)
}

func common(object map[string]any) (request, *Error) {
	var r request
	if v, ok := object["version"]; ok && v != nil {
		n, ok := v.(json.Number)
		i, err := n.Int64()
		if !ok || err != nil || i < 0 {
			return r, reject(http.StatusBadRequest, "Invalid version")
		}
		r.version = &i
	}
	if v, ok := object["clientToken"]; ok && v != nil {
		token, ok := v.(string)
		if !ok || len(token) > maxToken {
			return r, reject(http.StatusBadRequest, "Invalid clientToken")
		}
		r.token = token
	}
	return r, nil
}

func parseUpdate(b []byte) (request, *Error) {
	if len(b) > MaxRequest {
		return request{}, reject(http.StatusRequestEntityTooLarge, "The payload exceeds the maximum size allowed")
	}
	object, bad := decode(b)
	if bad != nil {
		return request{}, bad
	}
	r, bad := common(object)
	if bad != nil {
		return r, bad
	}
	v, ok := object["state"]
	if !ok {
		return r, reject(http.StatusBadRequest, "Missing required node: state")
	}
	state, ok := v.(map[string]any)
	if !ok {
		return r, reject(http.StatusBadRequest, "State node must be an object")
	}
	for name := range state {
		if name != "desired" && name != "reported" {
			return r, reject(http.StatusBadRequest, "State contains an invalid node: '%s'", name)
		}
	}
	if r.desired, r.hasDesired, bad = section(state, "desired", "Desired"); bad != nil {
		return r, bad
	}
	r.reported, r.hasReported, bad = section(state, "reported", "Reported")
	return r, bad
}

func section(state map[string]any, name, label string) (object map[string]any, present bool, bad *Error) {
	v, present := state[name]
	if v == nil {
		return nil, present, nil
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, true, reject(http.StatusBadRequest, "%s node must be an object", label)
	}
	if depth(object) > maxDepth {
		return nil, true, reject(http.StatusBadRequest, "JSON contains too many levels of nesting; maximum is %d", maxDepth)
	}
	return object, true, nil
}

func depth(v any) int {
	deepest := 0
	switch x := v.(type) {
	case map[string]any:
		for _, e := range x {
			deepest = max(deepest, depth(e))
		}
		return deepest + 1
	case []any:
		for _, e := range x {
			deepest = max(deepest, depth(e))
		}
		return deepest + 1
	}
	return 0
}
