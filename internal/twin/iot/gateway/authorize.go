package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"connectedcar/internal/twin/iot/gateway/principal"
	"connectedcar/internal/twin/iot/gateway/sigv4"
	"connectedcar/internal/twin/iot/policy"
)

// finder identifies the caller of a request; nil for a caller who needs no identity.
type finder func(r *http.Request, body []byte) (*identity, error)

// need lists the policy requests that must be allowed for a call.
type need func(*http.Request) []policy.Request

// authorized passes a call on if the caller's policies allow it.
func (g *Gateway) authorized(who finder, n need, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
		if err != nil {
			writeError(w, badRequest("read the request: %v", err))
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if len(body) <= maxPayload { // larger bodies get an error in next
			err = g.authorize(who, n, r, body)
		}
		if err != nil {
			g.refused(tcpAddress(r.RemoteAddr), fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err))
			writeForbidden(w)
			return
		}
		next(w, r)
	}
}

func (g *Gateway) authorize(who finder, n need, r *http.Request, body []byte) error {
	id, err := who(r, body)
	if id == nil || err != nil {
		return err
	}
	now := time.Now()
	refused := g.refuse(id, n(r))
	if refused == nil {
		return nil
	}
	// A refusal is decided again with newly read policies, as at CONNECT: a registration that has just finished may have attached policies
	// that the snapshot lacks.
	if _, err := g.registry.Since(r.Context(), now); err != nil {
		return refused
	}
	return g.refuse(id, n(r))
}

func (g *Gateway) refuse(id *identity, requests []policy.Request) error {
	for _, r := range requests {
		if d := g.decide(id, r); !d.Allowed {
			return errors.New(d.Reason())
		}
	}
	return nil
}

// signed is the finder of callers who sign requests. A caller without a known key passes unless signatures are required, because an
// emulator issues keys that the gateway never sees, for example those of functions.
func (g *Gateway) signed(r *http.Request, body []byte) (*identity, error) {
	id, err := g.signer(r, body, dataServices)
	unknown := errors.Is(err, sigv4.ErrUnsigned) || errors.Is(err, principal.ErrUnknown) || errors.Is(err, errNoKeys)
	if unknown && !g.config.RequireSignatures {
		return nil, nil
	}
	return id, err
}

// decide evaluates the policies for a call outside an MQTT connection.
func (g *Gateway) decide(id *identity, r policy.Request) policy.Decision {
	c := &policy.Connection{Certificate: id.attributes, SourceIP: id.sourceIP, DomainName: id.serverName, At: g.now()}
	if by := id.signer; by != nil {
		c.Identity, r.Connection = by.Identity, c
		if d := by.IAM.Decide(r); !d.Allowed || !by.Attached {
			return d
		}
	}
	r.Connection = c
	return g.registry.Current().PoliciesOf(id.target(), "").Decide(r)
}

func (g *Gateway) needPublish(r *http.Request) []policy.Request {
	topic := g.arns.Topic(r.PathValue("topic"))
	out := []policy.Request{{Action: policy.Publish, Resource: topic}}
	if r.URL.Query().Get("retain") == "true" {
		out = append(out, policy.Request{Action: policy.RetainPublish, Resource: topic})
	}
	return out
}

func (g *Gateway) needTopic(action string) need {
	return func(r *http.Request) []policy.Request {
		return []policy.Request{{Action: action, Resource: g.arns.Topic(r.PathValue("topic"))}}
	}
}

func (g *Gateway) needThing(action string) need {
	return func(r *http.Request) []policy.Request {
		return []policy.Request{{Action: action, Resource: g.arns.Thing(r.PathValue("thing"))}}
	}
}

func (g *Gateway) needClient(r *http.Request) []policy.Request {
	return []policy.Request{{Action: policy.DeleteConnection, Resource: g.arns.Client(r.PathValue("client"))}}
}

// shadowActions maps the API's methods on a shadow to policy actions. Other methods are refused.
var shadowActions = map[string]string{
	http.MethodGet: policy.GetThingShadow, http.MethodPost: policy.UpdateThingShadow, http.MethodDelete: policy.DeleteThingShadow,
}

func (g *Gateway) needShadow(r *http.Request) []policy.Request {
	action, ok := shadowActions[r.Method]
	if !ok {
		return nil
	}
	resource := g.arns.Thing(r.PathValue("thing"))
	if name := r.URL.Query().Get("name"); name != "" {
		resource = g.arns.NamedShadow(r.PathValue("thing"), name)
	}
	return []policy.Request{{Action: action, Resource: resource}}
}
