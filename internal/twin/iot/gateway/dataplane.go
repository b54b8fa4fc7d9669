package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"connectedcar/internal/twin/iot/mqtt/packet"
	"connectedcar/internal/twin/iot/policy"
	"connectedcar/internal/twin/iot/sql"
)

// Handler serves the IoT data API of AWS IoT over HTTP, MQTT over WebSocket on /mqtt, and the gateway's metrics on /metrics. A caller
// without a known key is not authenticated, so it must be reachable from this machine only. It refuses web pages without a signature. names
// are the host names of this machine, beside localhost.
func (g *Gateway) Handler(names ...string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", fromPrograms(g.api(g.signed), names))
	mux.Handle("GET /metrics", fromPrograms(promhttp.HandlerFor(g.metrics.registry, promhttp.HandlerOpts{}), names))
	mux.Handle("GET /healthz", fromPrograms(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }), names))
	mux.Handle("GET "+websocketPath, fromKnownHosts(http.HandlerFunc(g.serveWebSocket), names))
	if g.config.Callers != nil {
		mux.Handle("POST /{$}", fromKnownHosts(http.HandlerFunc(g.issueKeys), names))
	}
	return mux
}

// issueKeys passes calls that issue keys on to Callers. Web pages may make such calls, as with AWS: the emulator authenticates them.
func (g *Gateway) issueKeys(w http.ResponseWriter, r *http.Request) {
	if !g.config.Callers.Handles(r) {
		noOperation(w, r)
		return
	}
	g.config.Callers.ServeHTTP(w, r)
}

func noOperation(w http.ResponseWriter, r *http.Request) {
	writeError(w, apiError{http.StatusNotFound, "ResourceNotFoundException", "no operation " + r.Method + " " + r.URL.Path})
}

// api serves the IoT data API to callers whom the finder identifies.
// https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT_Data_Plane.html
func (g *Gateway) api(who finder) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, n need, next http.HandlerFunc) {
		mux.HandleFunc(pattern, g.authorized(who, n, next))
	}
	handle("POST /topics/{topic...}", g.needPublish, g.postTopic)
	handle("/things/{thing}/shadow", g.needShadow, g.thingShadowHTTP)
	handle("GET /api/things/shadow/ListNamedShadowsForThing/{thing}", g.needThing(policy.ListNamedShadowsForThing), g.listShadows)
	handle("DELETE /connections/{client...}", g.needClient, g.deleteConnection)
	handle("GET /retainedMessage/{topic...}", g.needTopic(policy.GetRetainedMessage), g.getRetained)
	handle("GET /retainedMessage", func(*http.Request) []policy.Request {
		return []policy.Request{{Action: policy.ListRetainedMessages, Resource: "*"}}
	}, g.listRetained)
	mux.HandleFunc("/", noOperation)
	return mux
}

// apiError is an error response of the IoT data API.
type apiError struct {
	status  int
	code    string // exception name in the API's model
	message string
}

func (e apiError) Error() string { return e.message }

func writeError(w http.ResponseWriter, err error) {
	e := apiError{http.StatusServiceUnavailable, "ServiceUnavailableException", err.Error()}
	errors.As(err, &e)
	w.Header().Set("x-amzn-ErrorType", e.code)
	writeJSON(w, e.status, map[string]string{"message": e.message})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// maxPublishTime is the longest time of a Publish call, including the rules' actions.
const maxPublishTime = time.Minute

// postTopic implements Publish. It responds when the rules' actions have taken the message.
func (g *Gateway) postTopic(w http.ResponseWriter, r *http.Request) {
	topic := r.PathValue("topic")
	payload, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	if err == nil && len(payload) > maxPayload {
		err = apiError{http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "payload: allowed are " + strconv.Itoa(maxPayload) + " bytes"}
	}
	if err == nil {
		if bad := errors.Join(checkTopic(topic), checkReserved(topic)); bad != nil {
			err = apiError{http.StatusBadRequest, "InvalidRequestException", bad.Error()}
		}
	}
	var p *packet.Message
	var m sql.Message
	if err == nil {
		p, m, err = g.httpMessage(r, topic, payload)
	}
	if err != nil {
		writeError(w, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), maxPublishTime)
	defer cancel()
	err = g.publishLocal(ctx, p, m)
	if err != nil {
		g.log.Warn("publish over HTTP", "topic", topic, "error", err)
		writeError(w, apiError{http.StatusInternalServerError, "InternalFailureException", err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"message": "OK", "traceId": m.TraceID})
}

// httpMessage converts the query and headers of a Publish call to a message.
func (g *Gateway) httpMessage(r *http.Request, topic string, payload []byte) (*packet.Message, sql.Message, error) {
	p := &packet.Message{Topic: topic, Payload: payload}
	q, h := r.URL.Query(), r.Header
	switch qos := q.Get("qos"); qos {
	case "", "0":
	case "1":
		p.QoS = 1
	default:
		return p, sql.Message{}, badRequest("qos %q: allowed are 0 and 1", qos)
	}
	p.Retain = q.Get("retain") == "true"
	p.ContentType, p.ResponseTopic = q.Get("contentType"), q.Get("responseTopic")
	if text := q.Get("messageExpiry"); text != "" {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return p, sql.Message{}, badRequest("messageExpiry %q: allowed is a number of seconds", text)
		}
		p.Expiry, p.HasExpiry = uint32(n), true
	}
	if text := h.Get("x-amz-mqtt5-correlation-data"); text != "" {
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return p, sql.Message{}, badRequest("correlation data is not base64")
		}
		p.CorrelationData = data
	}
	if h.Get("x-amz-mqtt5-payload-format-indicator") == "UTF8_DATA" {
		p.Format = packet.FormatUTF8
	}
	var err error
	p.User, err = userProperties(h.Get("x-amz-mqtt5-user-properties"))
	m := sql.Message{
		Topic: topic, Payload: payload, SourceIP: hostOf(r.RemoteAddr), TraceID: new(traceIDs).next(), AccountID: g.config.Account,
		Properties: propertiesOf(p), At: g.now(),
	}
	return p, m, err
}
