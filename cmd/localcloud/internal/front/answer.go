package front

import (
	"bytes"
	"net/http"

	"connectedcar/cmd/localcloud/internal/front/wire"
)

// Output decodes the members of an answer. It is empty for an error, for a stream and for a service without a model.
func (a *Answer) Output(c *Call) (map[string]any, error) {
	if c.Op == nil || a.Body == nil || a.Failed() {
		return map[string]any{}, nil
	}
	return wire.DecodeOutput(c.Model, c.Op, a.Header, a.Body)
}

// Failed reports whether the answer is an error.
func (a *Answer) Failed() bool { return a.Status >= http.StatusMultipleChoices }

// Fault decodes an error's answer.
func (a *Answer) Fault(c *Call) wire.Fault {
	switch {
	case a.Refused != nil:
		return a.Refused.Fault
	case c.Model == nil || !a.Failed():
		return wire.Fault{Status: a.Status}
	}
	return wire.ReadFault(c.Model, a.Status, a.Header, a.Body)
}

// recorder keeps a copy of the answer that passes through it.
type recorder struct {
	http.ResponseWriter
	status int
	whole  bool // the body is not streamed, so all of it is kept
	body   bytes.Buffer
}

// Unwrap lets http.ResponseController reach the writer below, to flush and to hijack the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) WriteHeader(status int) {
	if status >= http.StatusOK { // 1xx are not the answer yet
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.whole || r.status >= http.StatusMultipleChoices { // errors are never streams
		r.body.Write(b)
	}
	return r.ResponseWriter.Write(b)
}
