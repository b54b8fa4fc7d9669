package gateway

import (
	"log/slog"
	"sync"
)

// Health logs once when a service becomes unavailable, and once when it is available again.
type Health struct {
	log  *slog.Logger
	mu   sync.Mutex
	down map[string]bool
}

// NewHealth returns a Health in which every service is available.
func NewHealth(log *slog.Logger) *Health { return &Health{log: log, down: map[string]bool{}} }

// RegistryService names the IoT registry in Health.
const RegistryService = "IoT registry"

// Report records the outcome of a call to a service: nil if the service responded.
func (h *Health) Report(service string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err != nil && !h.down[service]:
		h.down[service] = true
		h.log.Error("service does not answer: trying again until it does", "service", service, "error", err)
	case err == nil && h.down[service]:
		delete(h.down, service)
		h.log.Info("service answers again", "service", service)
	}
}

// Down returns the number of unavailable services.
func (h *Health) Down() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.down)
}
