// Package front is a proxy between all programs that call AWS on the local platform and the emulator. Its checks refuse calls that AWS
// would refuse and the emulator accepts, and its observers receive every call with its answer.
package front

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/google/uuid"

	"connectedcar/cmd/localcloud/internal/front/awsmodel"
	"connectedcar/cmd/localcloud/internal/front/wire"
)

// Refusal is an error that the front returns instead of forwarding the call.
type Refusal struct {
	wire.Fault
	// Rule is the name of the check, for the log.
	Rule string
}

// A Check inspects a call before the front forwards it. A nil refusal lets the call pass.
type Check func(context.Context, *Call) *Refusal

// An Observer receives every call to a service with its answer, refused or not, after the caller has the answer.
type Observer func(*Call, *Answer)

// Answer is the response to a call.
type Answer struct {
	Status int
	Header http.Header
	// Body is nil if the answer was streamed.
	Body []byte
	// Refused is the front's refusal; nil if the emulator answered.
	Refused *Refusal
}

// Config holds the front's dependencies.
type Config struct {
	// Emulator receives every call except those to AWS IoT's data plane.
	Emulator *url.URL
	// DataPlane is the device gateway's HTTP API, which receives the calls to AWS IoT's data plane.
	DataPlane *url.URL
	Checks    []Check
	Observers []Observer
	// Rewrite changes the request to the emulator, after all other changes; nil changes nothing.
	Rewrite func(*httputil.ProxyRequest)
	Log     *slog.Logger
}

// Front is the reverse proxy.
type Front struct {
	Config
	proxy *httputil.ReverseProxy
}

// New returns a front with that configuration.
func New(c Config) *Front {
	awsmodel.All() // load the models here, or the first call would wait for them
	f := &Front{Config: c}
	f.proxy = &httputil.ReverseProxy{
		Rewrite:       f.rewrite,
		Transport:     gatewayFirst{transport(), c.Emulator},
		FlushInterval: -1, // flush at once: some answers are streams
		ErrorHandler:  f.unreachable,
		ErrorLog:      slog.NewLogLogger(c.Log.Handler(), slog.LevelWarn),
	}
	return f
}

// Server returns an HTTP server of the front. It also speaks HTTP/2 without TLS, which the SDK for Java uses for its first calls to
// Kinesis.
func (f *Front) Server() *http.Server {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{Handler: f, Protocols: protocols, ReadHeaderTimeout: time.Minute}
}

// transport closes idle connections earlier than the emulator does (75 s), so that no request meets a closing connection.
func transport() *http.Transport {
	return &http.Transport{
		MaxIdleConnsPerHost: 256,
		IdleConnTimeout:     30 * time.Second,
		DisableCompression:  true, // forward the compression that the caller requested
	}
}

func (f *Front) rewrite(p *httputil.ProxyRequest) {
	target := f.Emulator
	if c, ok := p.In.Context().Value(callKey{}).(*Call); ok && f.DataPlane != nil && (c.Service == "iot-data" || c.issuesKey()) {
		target = f.DataPlane
	}
	p.SetURL(target)
	p.Out.Host = p.In.Host // signatures cover the host, and the emulator writes it into addresses
	p.Out.URL.RawQuery = p.In.URL.RawQuery
	p.Out.Header.Del("Expect") // this server has already sent 100 Continue
	if f.Rewrite != nil {
		f.Rewrite(p)
	}
}

// unreachable answers when the emulator does not respond, with a status that SDKs retry.
func (f *Front) unreachable(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, context.Canceled) && r.URL.Path != "/_localstack/health" { // the health page is polled until the emulator responds
		f.Log.Warn("emulator unreachable", "path", r.URL.Path, "error", err)
	}
	w.WriteHeader(http.StatusBadGateway)
}

type callKey struct{}

func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call, err := newCall(r)
	if err == nil {
		err = settleBody(w, r)
	}
	if err != nil {
		f.refuse(w, call, undecodable(err))
		return
	}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, call))
	for _, check := range f.Checks {
		if refusal := check(r.Context(), call); refusal != nil {
			f.refuse(w, call, refusal)
			return
		}
	}
	if call.Service == "" || len(f.Observers) == 0 {
		f.proxy.ServeHTTP(w, r)
		return
	}
	rec := &recorder{ResponseWriter: w, status: http.StatusOK, whole: call.Op != nil && !streams(call.Model, call.Op.Output)}
	f.proxy.ServeHTTP(rec, r)
	f.observe(call, &Answer{Status: rec.status, Header: w.Header(), Body: rec.body.Bytes()})
}

// shortBody is the maximum length in bytes of a body that the front reads completely before it forwards the call.
const shortBody = 1 << 20

// settleBody keeps an early answer from breaking the connection to the emulator: Go's server closes the request's body at the first byte of
// the answer, which the emulator may send before it has read the body.
func settleBody(w http.ResponseWriter, r *http.Request) error {
	if r.ContentLength > 0 && r.ContentLength <= shortBody {
		_, err := readBody(r)
		return err
	}
	if err := http.NewResponseController(w).EnableFullDuplex(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("let the answer begin before the body ends: %w", err)
	}
	return nil
}

func (f *Front) observe(call *Call, a *Answer) {
	for _, o := range f.Observers {
		o(call, a)
	}
}

func (f *Front) refuse(w http.ResponseWriter, call *Call, refusal *Refusal) {
	f.Log.Info("refused", "service", call.Service, "operation", call.Operation, "caller", call.AppID, "rule", refusal.Rule,
		"code", refusal.Code, "message", refusal.Message)
	if call.Model == nil {
		http.Error(w, refusal.Message, refusal.Status)
		return
	}
	refusal.Write(w, call.Model, uuid.NewString())
	f.observe(call, &Answer{Status: refusal.Status, Header: w.Header(), Refused: refusal})
}

// undecodable is the refusal of a body that the service could not decode either.
func undecodable(err error) *Refusal {
	if errors.Is(err, errBodyTooLarge) {
		return &Refusal{Rule: "body", Fault: wire.Fault{Status: http.StatusRequestEntityTooLarge, Code: "RequestEntityTooLargeException", Message: err.Error()}}
	}
	return &Refusal{Rule: "protocol", Fault: wire.Fault{Status: http.StatusBadRequest, Code: "SerializationException", Message: err.Error()}}
}
