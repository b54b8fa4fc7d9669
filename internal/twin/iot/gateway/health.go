package gateway

import (
	"log/slog"
	"sync"
)

// Health logs once when a service stops answering, and once when it answers again.
type Health struct {
	log  *slog.Logger
	mu   sync.Mutex
	down map[string]bool
}

// NewHealth makes one that takes every service for healthy.
func NewHealth(log *slog.Logger) *Health { return &Health{log: log, down: map[string]bool{}} }

// RegistryService names the IoT registry in Health.
const RegistryService = "IoT registry"

// Report tells the outcome of a call to a service.
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

// Down lists how many services do not answer.
func (h *Health) Down() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.down)
}
