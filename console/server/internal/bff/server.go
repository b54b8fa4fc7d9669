// Package bff is the console's backend for frontend: it signs users in, keeps their tokens on the server, serves the pages, forwards
// requests to the REST API with the user's token, and sends live updates. The browser holds only a cookie and no token.
package bff

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"

	"connectedcar/console/server/internal/contract"
	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/session"
	"connectedcar/internal/token"
	"connectedcar/internal/tool/signin"
)

// pool signs users in and refreshes their tokens.
type pool interface {
	Begin(ctx context.Context, username, password string) (token.Set, *cognito.Challenge, error)
	Respond(ctx context.Context, to cognito.Challenge, answer string) (token.Set, *cognito.Challenge, error)
	Refresh(ctx context.Context, refresh string) (token.Set, error)
	Revoke(ctx context.Context, refresh string) error
}

// verifier checks the pool's tokens.
type verifier interface {
	Verify(ctx context.Context, raw string) (authz.Principal, error)
}

// Config configures the server. Fields are required unless their comments give a default.
type Config struct {
	// Origin is the console's public origin, such as https://console.example.com.
	Origin string
	// API is the REST API's base URL, without /v1.
	API  string
	HTTP *http.Client // for calls of the API
	// Pages are the user pool's sign-in pages. Default: the console itself prompts for passwords.
	Pages    *signin.App
	Pool     pool
	Tokens   verifier
	TokenUse token.Use // the kind of token that the API accepts
	Sessions *session.Service
	// Flows seals the cookie of an unfinished sign-in.
	Flows    *session.Sealer
	Contract *contract.Contract
	// Web is the built front end, with a folder for each language.
	Web fs.FS
	// Proxies is the number of proxies in front of this server that append to X-Forwarded-For.
	Proxies  int
	Registry *prometheus.Registry
	Log      *slog.Logger
	Now      func() time.Time
	// Live sets the intervals of live updates. Default: DefaultPace.
	Live Pace
}

// server holds the state that the handlers share.
type server struct {
	Config
	secure   bool // the public origin is https
	site     *site
	refresh  singleflight.Group // one concurrent refresh for each session
	limits   limits
	metrics  metrics
	streams  streams
	draining atomic.Bool
}

// Server is the console's HTTP handler.
type Server struct {
	http.Handler
	s *server
}

// New makes the server. It fails if the built front end cannot be read.
func New(c Config) (*Server, error) {
	if c.Live == (Pace{}) {
		c.Live = DefaultPace
	}
	site, err := newSite(c.Web)
	if err != nil {
		return nil, err
	}
	s := &server{Config: c, secure: isHTTPS(c.Origin), site: site, limits: newLimits(c.Now), metrics: newMetrics(c.Registry)}
	s.streams.ended = make(chan struct{})
	return &Server{Handler: s.routes(), s: s}, nil
}

// Drain ends the live streams, so that their browsers reconnect to another instance, and makes the health check fail.
func (s *Server) Drain() {
	if !s.s.draining.Swap(true) {
		close(s.s.streams.ended)
	}
}

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /auth/session", s.showSession)
	mux.HandleFunc("POST /auth/password", s.signInByPassword)
	mux.HandleFunc("POST /auth/answer", s.answerChallenge)
	mux.HandleFunc("GET /auth/login", s.goToPages)
	mux.HandleFunc("GET /auth/callback", s.comeBack)
	mux.HandleFunc("POST /auth/signout", s.signOut)
	mux.HandleFunc("/auth/", notFound)
	mux.HandleFunc("GET /live", s.live)
	mux.HandleFunc("/", s.site.serve)
	// API paths are matched with the contract instead of http.ServeMux, which would clean them first.
	all := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isAPI(r) {
			s.passOn(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
	return s.observe(s.harden(crossOrigin(s.Origin).Handler(all)))
}

// crossOrigin rejects state-changing requests from pages of other origins.
func crossOrigin(origin string) *http.CrossOriginProtection {
	p := http.NewCrossOriginProtection()
	if err := p.AddTrustedOrigin(origin); err != nil { // behind a proxy the Host header may differ from the origin
		panic("bff: origin " + origin + ": " + err.Error()) // the settings have been validated
	}
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusForbidden, "the request comes from a page of another origin")
	}))
	return p
}

func (s *server) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if s.draining.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"status":"draining"}` + "\n"))
		return
	}
	_, _ = w.Write([]byte(`{"status":"ok"}` + "\n"))
}

func notFound(w http.ResponseWriter, _ *http.Request) {
	problem(w, http.StatusNotFound, "there is no such page")
}
