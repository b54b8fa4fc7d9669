package main

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"connectedcar/internal/domain/session"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/env"
	"connectedcar/internal/token"
)

// settings are the settings of the console from environment variables. docs/console.md lists them.
type settings struct {
	listen, metrics string
	origin, api     string
	pool, client    string
	pages           string // empty: the console itself prompts for passwords
	use             token.Use
	table           string
	sealer          *session.Sealer
	idle, absolute  time.Duration
	proxies         int
}

func read(get func(string) string) (settings, error) {
	r := env.New(get)
	s := settings{
		listen: or(get(names.EnvConsoleListen), "127.0.0.1:5000"), metrics: get(names.EnvConsoleMetrics),
		origin: r.Text(names.EnvConsoleURL), api: r.Text(names.EnvConsoleAPI), pool: r.Text(names.EnvUserPoolID), client: r.Text(names.EnvConsoleClient),
		pages: get(names.EnvConsolePages), use: token.Use(or(get(names.EnvTokenUse), string(token.Access))), table: r.Text(names.EnvSessionsTable),
	}
	var errs []error
	if keys := r.Text(names.EnvSessionKeys); keys != "" {
		var err error
		if s.sealer, err = session.ParseSealer(keys); err != nil {
			errs = append(errs, fmt.Errorf("environment variable %s: %w", names.EnvSessionKeys, err))
		}
	}
	for name, u := range map[string]string{names.EnvConsoleURL: s.origin, names.EnvConsoleAPI: s.api, names.EnvConsolePages: s.pages} {
		if u != "" && !isURL(u, name == names.EnvConsoleURL) {
			errs = append(errs, fmt.Errorf("environment variable %s is %q; allowed is an https address, or an http one", name, u))
		}
	}
	duration := func(name string, otherwise time.Duration) time.Duration {
		if get(name) == "" {
			return otherwise
		}
		return r.Duration(name)
	}
	s.idle, s.absolute = duration(names.EnvSessionIdle, 30*time.Minute), duration(names.EnvSessionAbsolute, 12*time.Hour)
	var err error
	if s.proxies, err = strconv.Atoi(or(get(names.EnvProxies), "0")); err != nil || s.proxies < 0 {
		errs = append(errs, fmt.Errorf("environment variable %s is %q; allowed is a number of proxies", names.EnvProxies, get(names.EnvProxies)))
	}
	return s, errors.Join(append(errs, r.Err())...)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// isURL reports whether text is an http or https URL; an origin must have nothing after the host.
func isURL(text string, origin bool) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return false
	}
	return !origin || u.Path == "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}
