package gateway

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// fromPrograms lets programs call the API and no web page. Nobody is authenticated, so a page that a person of this machine opens must
// reach nothing: a browser tells a page's origin with what the page sends, and a name of the page's own that leads here (DNS rebinding)
// stands in Host. Addresses, localhost and the names given are no page's.
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

// fromKnownHosts lets those through who know the gateway by its name. Web pages are among them, where a signature tells who is there.
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
