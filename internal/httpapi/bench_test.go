package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkRequest measures whole requests over stores in memory: token, contract, policies, operation and response. In addition to the
// mean it reports the median and the 99th percentile, in microseconds.
func BenchmarkRequest(b *testing.B) {
	const car = "/v1/vehicles/" + string(theCar)
	for _, bm := range []struct{ operation, name, method, path, body string }{
		{"getState", "owner", "GET", car + "/state", ""},
		{"listVehicles", "dealer", "GET", "/v1/vehicles", ""},
		{"listDiagnostics", "friend", "GET", car + "/diagnostics", ""},
		{"updateShadow", "owner", "PATCH", car + "/shadow/climate", `{"desired":{"targetTemperatureC":21.5}}`},
		{"not theirs", "stranger", "GET", car + "/state", ""},
	} {
		b.Run(bm.operation, func(b *testing.B) {
			w := newWhole(b, newPool(b))
			token, took := "Bearer "+w.tokens(bm.name), make([]time.Duration, 0, 1<<16)
			ask := func() int {
				r := httptest.NewRequestWithContext(b.Context(), bm.method, bm.path, strings.NewReader(bm.body))
				r.Header.Set("Authorization", token)
				r.Header.Set("Content-Type", "application/json")
				out := httptest.NewRecorder()
				w.handler.ServeHTTP(out, r)
				return out.Code
			}
			want := http.StatusOK
			if bm.name == "stranger" {
				want = http.StatusNotFound
			}
			if got := ask(); got != want { // not measured: the first request parses the contract and loads the pool's keys
				b.Fatalf("%s answers %d", bm.operation, got)
			}
			for b.Loop() {
				start := time.Now()
				ask()
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-us")
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-us")
		})
	}
}
