package registration

import (
	"context"
	"fmt"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

type lister interface {
	Records(ctx context.Context, v vin.VIN, p paging.Request) (paging.Page[certificate.Record], error)
}

type resolver interface {
	Resolve(ctx context.Context, vin, dedupKey string, at time.Time) (alert.Alert, bool, error)
}

// ResolveSecond resolves the alert of a car's second certificate once it has at most one live one. Call it after revoking a certificate.
func ResolveSecond(ctx context.Context, records lister, alerts resolver, v vin.VIN, now time.Time) error {
	live, err := liveCertificates(ctx, records, v, now)
	if err != nil || live > 1 {
		return err
	}
	if _, _, err := alerts.Resolve(ctx, string(v), string(alert.SecondCertificate), now); err != nil {
		return fmt.Errorf("end the alert of the second certificate of %s: %w", v.Redacted(), err)
	}
	return nil
}

// liveCertificates counts the certificates with which a car may connect.
func liveCertificates(ctx context.Context, records lister, v vin.VIN, now time.Time) (int, error) {
	live := 0
	for p := (paging.Request{Limit: paging.MaxLimit}); ; {
		list, err := records.Records(ctx, v, p)
		if err != nil {
			return 0, fmt.Errorf("list the certificates of %s: %w", v.Redacted(), err)
		}
		for _, record := range list.Items {
			if record.Status == certificate.Active && record.NotAfter.After(now) {
				live++
			}
		}
		if p.After = list.Next; p.After == "" {
			return live, nil
		}
	}
}
