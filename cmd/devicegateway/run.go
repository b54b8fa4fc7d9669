package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/keyfile"
	"connectedcar/internal/twin/iot/gateway"
	"connectedcar/internal/twin/iot/gateway/actions"
	"connectedcar/internal/twin/iot/gateway/jobs"
	"connectedcar/internal/twin/iot/gateway/principal"
	"connectedcar/internal/twin/iot/gateway/registry"
	"connectedcar/internal/twin/iot/gateway/servercert"
)

// startTime is the longest wait for the emulator's first response.
const startTime = 15 * time.Second

// run serves until the context ends.
func run(ctx context.Context, s settings) error {
	log, err := s.logger()
	if err != nil {
		return err
	}
	devices, data, err := s.listen()
	if err != nil {
		return err
	}
	if s.endpoint == "" {
		return errNoEndpoint
	}
	server, trust, err := s.certificate()
	if err != nil {
		return err
	}
	g, err := start(ctx, s, log, devices, server)
	if err != nil {
		return err
	}
	web := &http.Server{Handler: g.Handler(s.hosts...), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	if err := s.serveProfiles(ctx, log); err != nil {
		return err
	}
	failed := make(chan error, 1)
	if data != nil {
		go func() { failed <- web.Serve(data) }()
	}
	fmt.Printf("ready mqtt=mqtts://%s http=%s trust=%s\n", devices.Addr(), urlOf(data), trust)
	select {
	case <-ctx.Done():
		log.Info("ending: messages under way are finished, clients are disconnected")
	case err = <-failed:
		err = fmt.Errorf("serve the IoT data API: %w", err)
	}
	drain, cancel := context.WithTimeout(context.Background(), s.drainTime)
	defer cancel()
	g.Close(drain)
	_ = web.Shutdown(drain)
	return err
}

func urlOf(l net.Listener) string {
	if l == nil {
		return "none"
	}
	return "http://" + l.Addr().String()
}

// listen opens the ports, before anything else is done, so that a port in use is reported at once.
func (s settings) listen() (devices, data net.Listener, err error) {
	if devices, err = listen("mqtt", s.mqtt); err != nil {
		return nil, nil, err
	}
	if s.http == "" {
		return devices, nil, nil
	}
	if data, err = listen("http", s.http); err != nil {
		_ = devices.Close()
		return nil, nil, err
	}
	return devices, data, nil
}

func listen(flag, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken by another program: stop it, or choose another address with --%s", address, flag)
	}
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	return l, nil
}

// certificate returns the server's certificate and the path of the CA file that devices must trust.
func (s settings) certificate() (server tls.Certificate, trust string, err error) {
	if s.serverCert != "" {
		if err := keyfile.Check(s.serverKey); err != nil {
			return server, "", fmt.Errorf("--server-key: %w", err)
		}
		if server, err = tls.LoadX509KeyPair(s.serverCert, s.serverKey); err != nil {
			return server, "", fmt.Errorf("read server certificate: %w", err)
		}
		return server, s.serverCert, nil
	}
	return servercert.Ensure(s.state, append([]string{"localhost", "127.0.0.1"}, s.hosts...), time.Now())
}

// start connects to the emulator and starts the gateway.
func start(ctx context.Context, s settings, log *slog.Logger, devices net.Listener, server tls.Certificate) (*gateway.Gateway, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	cfg, err := awsconfig.Local(s.endpoint, s.region, s.key)
	if err != nil {
		return nil, err
	}
	reach := transport(s.endpoint)
	cfg.HTTPClient = &http.Client{Transport: reach}
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("AWS endpoint %s does not answer: %w", s.endpoint, err)
	}
	emulator, err := url.Parse(aws.ToString(cfg.BaseEndpoint))
	if err != nil {
		return nil, fmt.Errorf("--endpoint: %w", err)
	}
	callers, err := principal.New(cfg, emulator, reach, time.Now)
	if err != nil {
		return nil, err
	}
	health := gateway.NewHealth(log)
	retrier := &actions.Retrier{Within: s.actionTime, First: 50 * time.Millisecond, Most: 2 * time.Second, Report: health.Report}
	return gateway.Start(ctx, gateway.Config{
		Source: registry.NewAWS(cfg), Account: aws.ToString(who.Account), Region: cfg.Region,
		Actions: func(r actions.Republisher) gateway.ActionBuilder { return actions.NewBuilder(cfg, retrier, r) },
		Callers: callers, Jobs: jobs.NewClient(cfg), RequireSignatures: s.requireSignatures,
		Services: actions.NewServices(cfg), State: s.state, Sync: s.fsync,
		Server: server, Devices: devices, RelaxSNI: s.relaxSNI, Poll: s.poll, PublishRate: s.publishRate, ConnectRate: s.connectRate,
		SessionExpiry: s.sessionExpiry, Log: log, Health: health,
	})
}

// transport keeps many idle connections to the emulator open, because the calls of all devices go to that one host.
func transport(endpoint string) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone() // always a *http.Transport
	awsconfig.Guard(endpoint)(t)
	t.MaxIdleConns, t.MaxIdleConnsPerHost, t.MaxConnsPerHost = 256, 256, 256
	t.ResponseHeaderTimeout = 30 * time.Second
	return t
}
