package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"connectedcar/api"
	"connectedcar/console/server/internal/bff"
	"connectedcar/console/server/internal/contract"
	"connectedcar/console/web"
	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/session"
	"connectedcar/internal/names"
	"connectedcar/internal/token"
	"connectedcar/internal/tool/signin"
)

// timeouts of the listener, which bound the time for which a slow browser holds a connection. Idle connections live longer than the load
// balancer's 60 s, so that the load balancer never sends a request on a connection that the server closes.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
type timeouts struct {
	header, request time.Duration
	answer          time.Duration // longer than the API's timeout; live streams extend it with each update
	rest, drain     time.Duration
}

var defaultTimeouts = timeouts{header: 5 * time.Second, request: 20 * time.Second, answer: 40 * time.Second, rest: 75 * time.Second, drain: 20 * time.Second}

const maxHeader = 16 << 10

func run(ctx context.Context, log *slog.Logger) error {
	s, err := read(os.Getenv)
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	handler, err := wire(ctx, s, registry, log)
	if err != nil {
		return err
	}
	if s.metrics != "" {
		stop, err := serveMetrics(s.metrics, registry, log)
		if err != nil {
			return err
		}
		defer stop()
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	log.Info("the console is up", "listen", listener.Addr().String(), "origin", s.origin)
	return serve(ctx, listener, handler, defaultTimeouts, log)
}

// console is a handler whose live streams end when the server shuts down.
type console interface {
	http.Handler
	Drain()
}

// wire makes the server from the settings.
func wire(ctx context.Context, s settings, registry *prometheus.Registry, log *slog.Logger) (*bff.Server, error) {
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tokens, err := verifier(cfg, s)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	operations, err := contract.Read(api.Contract)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	client := &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if cfg.BaseEndpoint != nil {
		client.Transport = awsconfig.HTTPClient(*cfg.BaseEndpoint).Transport
	}
	return bff.New(bff.Config{
		Origin: s.origin, API: s.api, HTTP: client, Pages: pages(s, client), Pool: cognito.NewClient(cfg, s.client), Tokens: tokens, TokenUse: s.use,
		Sessions: &session.Service{
			Store: dynamodb.NewSessions(dynamodb.NewClient(cfg), s.table), Sealer: s.sealer, Now: time.Now, Idle: s.idle, Absolute: s.absolute,
		},
		Flows: s.sealer, Contract: operations, Web: web.Pages(), Proxies: s.proxies, Registry: registry, Log: log, Now: time.Now,
	})
}

func verifier(cfg aws.Config, s settings) (*token.Verifier, error) {
	issuer, keys, err := cognito.Signed(cfg, s.pool)
	if err != nil {
		return nil, err
	}
	return token.New(token.Config{Issuer: issuer, Clients: []string{s.client}, Use: s.use, KeysURL: keys})
}

// pages configures the user pool's sign-in pages, with the scopes that the console's app client may request.
func pages(s settings, client *http.Client) *signin.App {
	if s.pages == "" {
		return nil
	}
	return &signin.App{
		Pages: s.pages, ClientID: s.client, RedirectURL: s.origin + "/auth/callback", HTTP: client,
		Scopes: []string{"openid", "email", "profile", names.ScopeRead, names.ScopeWrite},
	}
}

// serve serves until the context ends, then waits for open requests.
func serve(ctx context.Context, listener net.Listener, handler console, limit timeouts, log *slog.Logger) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: limit.header, ReadTimeout: limit.request, WriteTimeout: limit.answer, IdleTimeout: limit.rest,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	handler.Drain()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit.drain)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}

// serveMetrics serves metrics on a separate address, which no proxy exposes to browsers.
func serveMetrics(address string, registry *prometheus.Registry, log *slog.Logger) (stop func(), err error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: defaultTimeouts.header}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("serve metrics", "error", err)
		}
	}()
	return func() { _ = server.Close() }, nil
}
