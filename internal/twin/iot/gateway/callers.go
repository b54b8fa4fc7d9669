package gateway

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// fromPrograms accepts calls of programs and refuses calls of web pages. Callers are not authenticated, so a page in a browser on this
// machine must not reach the API. A browser sends the page's origin, and with DNS rebinding Host holds the page's own name. Addresses,
// localhost and the given names never belong to a page.
// https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Origin
func fromPrograms(next http.Handler, names []string) http.Handler {
	return fromKnownHosts(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
			writeError(w, apiError{http.StatusForbidden, "ForbiddenException", "the request comes from a web page: allowed are programs"})
			return
		}
		next.ServeHTTP(w, r)
	}), names)
}

// fromKnownHosts accepts calls whose Host is an address, localhost or one of the names. It accepts web pages too, for endpoints that
// identify the caller by a signature.
func fromKnownHosts(next http.Handler, names []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !knownHost(r.Host, names) {
			writeError(w, apiError{http.StatusForbidden, "ForbiddenException", "Host is not one of this gateway: allowed are addresses, localhost and the names of --host"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func knownHost(hostport string, names []string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	return host == "localhost" || net.ParseIP(host) != nil || slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, host) })
}
