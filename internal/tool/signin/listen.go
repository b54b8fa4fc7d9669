package signin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// done is the page that the browser shows at the end.
const done = "<!doctype html><html lang=en><title>Signed in</title><p>%s You can close this page.</p></html>\n"

// Listener waits on this machine for the redirect that ends a sign-in.
type Listener struct {
	flow      *Flow
	listeners []net.Listener
	server    *http.Server
	codes     chan result
}

type result struct {
	code string
	err  error
}

// Listen waits at the flow's redirect URL, which must name this machine. Close ends it.
func (f *Flow) Listen(ctx context.Context) (*Listener, error) {
	u, err := url.Parse(f.app.RedirectURL)
	if err != nil {
		return nil, fmt.Errorf("redirect URL: %w", err)
	}
	l := &Listener{flow: f, codes: make(chan result, 1)}
	// A browser takes localhost for either address.
	for _, host := range loopbacks(u.Hostname()) {
		var config net.ListenConfig
		listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, u.Port()))
		if err == nil {
			l.listeners = append(l.listeners, listener)
			continue
		}
		if host == "127.0.0.1" { // machines without IPv6 do without
			_ = l.Close()
			return nil, fmt.Errorf("wait for the sign-in on this machine: %w", err)
		}
	}
	if len(l.listeners) == 0 {
		return nil, fmt.Errorf("redirect URL %s: allowed are localhost and loopback addresses", f.app.RedirectURL)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+u.Path, l.redirected)
	l.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	for _, listener := range l.listeners {
		go func() { _ = l.server.Serve(listener) }() // ends with Close
	}
	return l, nil
}

func loopbacks(host string) []string {
	if host == "localhost" {
		return []string{"127.0.0.1", "::1"}
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return []string{host}
	}
	return nil
}

// redirected takes the redirect. One of another sign-in, or of a page that tries its luck, is refused and changes nothing.
func (l *Listener) redirected(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer") // the address has the code
	code, err := l.flow.Code(r.URL.String())
	switch {
	case errors.Is(err, ErrNotOurs):
		http.Error(w, "This is not the sign-in that carctl is waiting for.", http.StatusBadRequest)
		return
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, done, "The sign-in did not succeed; carctl says why.")
	default:
		fmt.Fprintf(w, done, "You are signed in.")
	}
	select {
	case l.codes <- result{code, err}:
	default: // the browser loaded the page again
	}
}

// Code waits for the redirect and returns its code.
func (l *Listener) Code(ctx context.Context) (string, error) {
	select {
	case r := <-l.codes:
		return r.code, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// grace is the time that the browser gets to load the last page.
const grace = time.Second

// Close stops waiting, once the browser has its page.
func (l *Listener) Close() error {
	if l.server == nil {
		for _, listener := range l.listeners {
			_ = listener.Close()
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := l.server.Shutdown(ctx); err != nil {
		return l.server.Close()
	}
	return nil
}
