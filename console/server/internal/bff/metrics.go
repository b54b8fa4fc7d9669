package bff

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the Prometheus metrics of the server.
type metrics struct {
	requests *prometheus.HistogramVec
	signIns  *prometheus.CounterVec
	streams  prometheus.Gauge
	updates  prometheus.Counter
	cut      prometheus.Counter
}

func newMetrics(r *prometheus.Registry) metrics {
	m := metrics{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "console_request_seconds", Help: "Time to answer a request, without live streams.", Buckets: []float64{.005, .025, .1, .25, 1, 2.5, 10},
		}, []string{"area", "status"}),
		signIns: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "console_sign_ins_total", Help: "Sign-ins by their end."}, []string{"result"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{Name: "console_live_streams", Help: "Open live streams."}),
		updates: prometheus.NewCounter(prometheus.CounterOpts{Name: "console_live_updates_total", Help: "Updates sent on live streams."}),
		cut:     prometheus.NewCounter(prometheus.CounterOpts{Name: "console_live_cut_total", Help: "Live streams cut because the browser did not read."}),
	}
	r.MustRegister(m.requests, m.signIns, m.streams, m.updates, m.cut)
	return m
}

// recorder records the status of a response.
type recorder struct {
	http.ResponseWriter
	status int
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// observe logs and counts requests. Query strings are not logged, because they may contain an authorization code, nor are the parameters in
// API paths.
func (s *server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, rec := s.Now(), &recorder{ResponseWriter: w}
		next.ServeHTTP(rec, r)
		took, area := s.Now().Sub(began), areaOf(r)
		if area != "live" {
			s.metrics.requests.WithLabelValues(area, strconv.Itoa(rec.status)).Observe(took.Seconds())
		}
		level := slog.LevelDebug
		if rec.status >= http.StatusInternalServerError {
			level = slog.LevelWarn
		}
		s.Log.LogAttrs(r.Context(), level, "request", slog.String("area", area), slog.String("method", r.Method), slog.Int("status", rec.status),
			slog.Int64("took_ms", took.Milliseconds()))
	})
}

func areaOf(r *http.Request) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch first {
	case "api", "auth", "live", "healthz":
		return first
	}
	return "pages"
}
