// Package alerting makes the alert service for Lambda functions. The service limits the new alerts of a car and counts the dropped ones in
// a metric.
package alerting

import (
	"log/slog"
	"os"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/emf"
)

// New returns the service. It logs every alert that is dropped because of the limit.
func New(store alert.Store, cars alert.Cars, log *slog.Logger) *alert.Service {
	return alert.NewService(store, cars).Limited(alert.Limit{Now: time.Now, Full: func(n alert.Notice) {
		log.Warn("alert dropped: its car has made as many as are kept of an hour", "kind", string(n.Kind))
		line := emf.Line{Namespace: names.MetricNamespace, Values: []emf.Value{{Name: names.MetricAlertsDropped, Unit: emf.Count, Value: 1}}}
		if err := line.Write(os.Stdout, time.Now()); err != nil {
			log.Error("metrics lost", "error", err)
		}
	}})
}
