// Package front stands between everything that calls AWS on the local platform and the emulator. It passes calls through, has checks
// refuse what AWS would refuse and the emulator lets pass, and shows every call with its answer to observers.
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

// Refusal is an error that the front answers instead of the service.
type Refusal struct {
	wire.Fault
	// Rule names the check, for the log.
	Rule string
}

// A Check looks at a call before it passes. A nil refusal lets it pass.
type Check func(context.Context, *Call) *Refusal

// An Observer hears of every call to a service with its answer, refused or not, after the caller has it.
type Observer func(*Call, *Answer)

// Answer is the response to a call.
type Answer struct {
	Status int
	Header http.Header
	// Body is nil where it was a stream.
	Body []byte
	// Refused is the front's own answer, nil where the emulator gave it.
	Refused *Refusal
}

// Config is the front's surroundings.
type Config struct {
	// Emulator takes every call but those to AWS IoT's data plane.
	Emulator *url.URL
	// DataPlane is the device gateway's HTTP API, which takes those.
	DataPlane *url.URL
	Checks    []Check
	Observers []Observer
	// Rewrite changes what the emulator gets, after everything else; nil changes nothing.
	Rewrite func(*httputil.ProxyRequest)
	Log     *slog.Logger
}

// Front is the reverse proxy.
type Front struct {
	Config
	proxy *httputil.ReverseProxy
}

// New makes a front.
func New(c Config) *Front {
	awsmodel.All() // else the first call would wait for it
	f := &Front{Config: c}
	f.proxy = &httputil.ReverseProxy{
		Rewrite:       f.rewrite,
		Transport:     gatewayFirst{transport(), c.Emulator},
		FlushInterval: -1, // answers stream
		ErrorHandler:  f.unreachable,
		ErrorLog:      slog.NewLogLogger(c.Log.Handler(), slog.LevelWarn),
	}
	return f
}

// Server makes a server of the front. It speaks HTTP/2 without TLS too, with which the SDK for Java begins its calls to Kinesis.
func (f *Front) Server() *http.Server {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{Handler: f, Protocols: protocols, ReadHeaderTimeout: time.Minute}
}

// transport keeps connections open for a shorter time than the emulator (75 s), so that none is used that the other side closes.
func transport() *http.Transport {
	return &http.Transport{
		MaxIdleConnsPerHost: 256,
		IdleConnTimeout:     30 * time.Second,
		DisableCompression:  true, // what the emulator compresses, the caller asked for
	}
}

func (f *Front) rewrite(p *httputil.ProxyRequest) {
	target := f.Emulator
	if c, ok := p.In.Context().Value(callKey{}).(*Call); ok && f.DataPlane != nil && (c.Service == "iot-data" || c.issuesKey()) {
		target = f.DataPlane
	}
	p.SetURL(target)
	p.Out.Host = p.In.Host // signatures cover it, and the emulator writes it into addresses
	p.Out.URL.RawQuery = p.In.URL.RawQuery
	p.Out.Header.Del("Expect") // the server here has already told the caller to go on
	if f.Rewrite != nil {
		f.Rewrite(p)
	}
}

// unreachable answers for an emulator that is not there, with a status that SDKs try again.
func (f *Front) unreachable(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, context.Canceled) && r.URL.Path != "/_localstack/health" { // which is asked until the emulator is there
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

// shortBody is the length up to which a body is read before the call passes.
const shortBody = 1 << 20

// settleBody sees to it that an emulator which answers before it has read the body does no harm: by itself Go's server closes the
// body at the first byte of the answer, which breaks the connection to the emulator while the body still passes.
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

// undecodable is the refusal of a body that the service could not read either.
func undecodable(err error) *Refusal {
	if errors.Is(err, errBodyTooLarge) {
		return &Refusal{Rule: "body", Fault: wire.Fault{Status: http.StatusRequestEntityTooLarge, Code: "RequestEntityTooLargeException", Message: err.Error()}}
	}
	return &Refusal{Rule: "protocol", Fault: wire.Fault{Status: http.StatusBadRequest, Code: "SerializationException", Message: err.Error()}}
}
