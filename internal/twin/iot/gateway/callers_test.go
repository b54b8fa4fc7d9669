package gateway

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNoWebPageReachesTheDataAPI(t *testing.T) {
	handler := fromPrograms(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), []string{"gateway.test"})
	for name, tc := range map[string]struct {
		host   string
		header [2]string
		want   int
	}{
		"a program by address":               {host: "127.0.0.1:8443", want: http.StatusNoContent},
		"a program by address of IPv6":       {host: "[::1]:8443", want: http.StatusNoContent},
		"a program by localhost":             {host: "localhost:8443", want: http.StatusNoContent},
		"a program by a name of --host":      {host: "Gateway.test", want: http.StatusNoContent},
		"a name that leads here (rebinding)": {host: "attacker.example:8443", want: http.StatusForbidden},
		"a name that begins like localhost":  {host: "localhost.attacker.example", want: http.StatusForbidden},
		"a page of another origin":           {host: "127.0.0.1:8443", header: [2]string{"Origin", "https://attacker.example"}, want: http.StatusForbidden},
		"a page without one":                 {host: "localhost:8443", header: [2]string{"Origin", "null"}, want: http.StatusForbidden},
		"an image of a page":                 {host: "localhost:8443", header: [2]string{"Sec-Fetch-Site", "cross-site"}, want: http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/topics/dt/cars/x/telemetry", nil)
			r.Host = tc.host
			if tc.header[0] != "" {
				r.Header.Set(tc.header[0], tc.header[1])
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			assert.Equal(t, tc.want, w.Code)
		})
	}
}
