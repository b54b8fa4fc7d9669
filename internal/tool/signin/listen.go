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

// done is the final page that the browser shows.
const done = "<!doctype html><html lang=en><title>Signed in</title><p>%s You can close this page.</p></html>\n"

// Listener waits, on the user's machine, for the redirect that ends a sign-in.
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

// Listen listens at the flow's redirect URL, whose host must be this machine. The caller must call Close.
func (f *Flow) Listen(ctx context.Context) (*Listener, error) {
	u, err := url.Parse(f.app.RedirectURL)
	if err != nil {
		return nil, fmt.Errorf("redirect URL: %w", err)
	}
	l := &Listener{flow: f, codes: make(chan result, 1)}
	// Browsers resolve localhost to the IPv4 or the IPv6 address.
	for _, host := range loopbacks(u.Hostname()) {
		var config net.ListenConfig
		listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, u.Port()))
		if err == nil {
			l.listeners = append(l.listeners, listener)
			continue
		}
		if host == "127.0.0.1" { // without IPv6, 127.0.0.1 alone is enough
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
		go func() { _ = l.server.Serve(listener) }() // ends by Close
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

// redirected handles the redirect. It rejects, and ignores, a redirect with another state, which belongs to another sign-in or was forged
// by another page.
func (l *Listener) redirected(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer") // the address contains the code
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
	default: // the browser reloaded the page
	}
}

// Code waits for the redirect and returns its authorization code.
func (l *Listener) Code(ctx context.Context) (string, error) {
	select {
	case r := <-l.codes:
		return r.code, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// grace is the time for which Close waits until the browser has loaded the last page.
const grace = time.Second

// Close stops the listener after the browser has loaded its page.
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
