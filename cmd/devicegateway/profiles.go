package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"time"
)

// serveProfiles serves Go's profiles (net/http/pprof) until the context ends. It does nothing if no address is set.
func (s settings) serveProfiles(ctx context.Context, log *slog.Logger) error {
	if s.pprof == "" {
		return nil
	}
	l, err := listen("pprof", s.pprof)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(l) }() // Serve returns when the context ends
	log.Info("profiles are served", "address", "http://"+l.Addr().String()+"/debug/pprof/")
	return nil
}
