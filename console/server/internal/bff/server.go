// Package bff is the console's backend-for-frontend: it signs people in, keeps their tokens on the server, serves the pages, passes
// requests on to the REST API with the person's token and sends live updates. The browser holds one cookie and no token.
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

// pool signs people in and refreshes their tokens.
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

// Config configures the server. All are required unless they say otherwise.
type Config struct {
	// Origin is the address that browsers know the console by, like https://console.example.com.
	Origin string
	// API is the REST API's address, without /v1.
	API  string
	HTTP *http.Client // for the API
	// Pages are the user pool's sign-in pages. Default: the console asks for passwords itself.
	Pages    *signin.App
	Pool     pool
	Tokens   verifier
	TokenUse token.Use // which of a person's tokens the API takes
	Sessions *session.Service
	// Flows seals the cookie of a sign-in that is under way.
	Flows    *session.Sealer
	Contract *contract.Contract
	// Web is the built front end, a folder for each language.
	Web fs.FS
	// Proxies is the number of proxies before this server that add to X-Forwarded-For.
	Proxies  int
	Registry *prometheus.Registry
	Log      *slog.Logger
	Now      func() time.Time
	// Live sets the pace of live updates. Default: DefaultPace.
	Live Pace
}

// server has what the handlers share.
type server struct {
	Config
	secure   bool // browsers come by https
	site     *site
	refresh  singleflight.Group // one refresh of a session's tokens at a time
	limits   limits
	metrics  metrics
	streams  streams
	draining atomic.Bool
}

// Server is the console's handler.
type Server struct {
	http.Handler
	s *server
}

// New makes the server.
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

// Drain ends the live streams, whose browsers then connect to another instance, and fails the health check.
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
	// The API's paths are matched by the contract: http.ServeMux would clean them first.
	all := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isAPI(r) {
			s.passOn(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
	return s.observe(s.harden(crossOrigin(s.Origin).Handler(all)))
}

// crossOrigin refuses requests that change something and come from another origin's page.
func crossOrigin(origin string) *http.CrossOriginProtection {
	p := http.NewCrossOriginProtection()
	if err := p.AddTrustedOrigin(origin); err != nil { // behind a proxy the Host header may be another
		panic("bff: origin " + origin + ": " + err.Error()) // the settings were checked
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
