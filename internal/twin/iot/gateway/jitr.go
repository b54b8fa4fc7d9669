package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"

	"connectedcar/internal/twin/iot/gateway/registry"
)

// registrationEvent is AWS IoT's event about a device that presents a certificate pending activation.
// https://docs.aws.amazon.com/iot/latest/developerguide/auto-register-device-cert.html
type registrationEvent struct {
	CertificateID     string          `json:"certificateId"`
	CACertificateID   string          `json:"caCertificateId"`
	Timestamp         int64           `json:"timestamp"` // milliseconds since 1970
	CertificateStatus registry.Status `json:"certificateStatus"`
	AWSAccountID      string          `json:"awsAccountId"`
	// RegisteredAt is in milliseconds since 1970, as text. It is null if the gateway did not see the registration.
	RegisteredAt *string `json:"certificateRegistrationTimestamp"`
	SourceIP     string  `json:"sourceIp,omitempty"`
}

// registrations remembers the time at which each certificate was first seen pending.
type registrations struct {
	mu sync.Mutex
	at map[string]time.Time // by certificate id
}

// maxRemembered is the largest number of certificates to remember. Beyond it the time of registration is omitted.
const maxRemembered = 100_000

// seen returns the time at which the certificate was first seen. ok is false if that is this call.
func (r *registrations) seen(id string, now time.Time) (at time.Time, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at, ok = r.at[id]; ok {
		return at, true
	}
	if r.at == nil || len(r.at) >= maxRemembered {
		r.at = map[string]time.Time{}
	}
	r.at[id] = now
	return now, false
}

func (r *registrations) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.at, id)
}

// announce publishes the event for a certificate that is pending activation. Until the activation, it does so at every connect.
func (g *Gateway) announce(ctx context.Context, id *identity) error {
	now := g.now()
	e := registrationEvent{
		CertificateID: id.certificate.ID, CACertificateID: id.certificate.CAID, Timestamp: now.UnixMilli(),
		CertificateStatus: registry.Pending, AWSAccountID: g.config.Account, SourceIP: id.sourceIP.String(),
	}
	if at, again := g.registrations.seen(e.CertificateID, now); again {
		text := strconv.FormatInt(at.UnixMilli(), 10)
		e.RegisteredAt = &text
	}
	payload, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode the registration event: %w", err)
	}
	return g.publishEvent(ctx, "$aws/events/certificates/registered/"+e.CACertificateID, payload)
}
