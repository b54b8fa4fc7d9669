// Package caleak revokes every certificate of a certificate authority whose key has leaked.
package caleak

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"golang.org/x/time/rate"

	"connectedcar/internal/domain/certificate"
)

// Registry is AWS IoT's registry of certificates.
type Registry interface {
	UpdateCACertificate(context.Context, *iot.UpdateCACertificateInput, ...func(*iot.Options)) (*iot.UpdateCACertificateOutput, error)
	ListCertificatesByCA(context.Context, *iot.ListCertificatesByCAInput, ...func(*iot.Options)) (*iot.ListCertificatesByCAOutput, error)
	UpdateCertificate(context.Context, *iot.UpdateCertificateInput, ...func(*iot.Options)) (*iot.UpdateCertificateOutput, error)
}

// Records are the platform's own records of certificates.
type Records interface {
	// OfAuthority calls do for each certificate of a CA that is not revoked.
	OfAuthority(ctx context.Context, ca string, do func(certificate.Record) error) error
	PutRecord(ctx context.Context, r certificate.Record) error
}

// Cleanup revokes the certificates of a CA. After an interruption, another run continues with the remaining certificates, as the registry
// and the records store which ones are revoked. All fields are required.
type Cleanup struct {
	Registry Registry
	Records  Records
	// Calls limits the rate of calls to AWS IoT's control plane, because registrations of other manufacturers' cars share its quota.
	Calls *rate.Limiter
	// Progress is called after each revocation with the number of revoked certificates and the number to revoke.
	Progress func(done, all int)
}

// Revoke first closes the CA to new certificates, then revokes its certificates, and then records the revocations with the reason. It
// returns the number of revoked certificates, also with an error.
func (c *Cleanup) Revoke(ctx context.Context, ca, reason string) (revoked int, err error) {
	if err := c.close(ctx, ca); err != nil {
		return 0, err
	}
	left, err := c.left(ctx, ca)
	if err != nil {
		return 0, err
	}
	for n, id := range left {
		if err := c.Calls.Wait(ctx); err != nil {
			return n, fmt.Errorf("revoke certificate %s: %w", id, err)
		}
		_, err := c.Registry.UpdateCertificate(ctx, &iot.UpdateCertificateInput{CertificateId: &id, NewStatus: types.CertificateStatusRevoked})
		if err != nil {
			return n, fmt.Errorf("revoke certificate %s: %w", id, err)
		}
		c.Progress(n+1, len(left))
	}
	return len(left), c.note(ctx, ca, reason)
}

// close stops AWS IoT from registering more certificates of the CA. Besides deactivating the CA, that requires turning automatic
// registration off.
// https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateCACertificate.html
func (c *Cleanup) close(ctx context.Context, ca string) error {
	if err := c.Calls.Wait(ctx); err != nil {
		return fmt.Errorf("close CA %s: %w", ca, err)
	}
	_, err := c.Registry.UpdateCACertificate(ctx, &iot.UpdateCACertificateInput{
		CertificateId: &ca, NewStatus: types.CACertificateStatusInactive, NewAutoRegistrationStatus: types.AutoRegistrationStatusDisable,
	})
	if err != nil {
		return fmt.Errorf("close CA %s: %w", ca, err)
	}
	return nil
}

const pageSize = 250 // limit of ListCertificatesByCA

// left lists the CA's certificates that are not revoked: active, inactive and pending ones.
func (c *Cleanup) left(ctx context.Context, ca string) ([]string, error) {
	var ids []string
	for marker := (*string)(nil); ; {
		if err := c.Calls.Wait(ctx); err != nil {
			return nil, fmt.Errorf("list the certificates of CA %s: %w", ca, err)
		}
		page, err := c.Registry.ListCertificatesByCA(ctx, &iot.ListCertificatesByCAInput{CaCertificateId: &ca, PageSize: aws.Int32(pageSize), Marker: marker})
		if err != nil {
			return nil, fmt.Errorf("list the certificates of CA %s: %w", ca, err)
		}
		for _, one := range page.Certificates {
			if one.Status != types.CertificateStatusRevoked {
				ids = append(ids, aws.ToString(one.CertificateId))
			}
		}
		if marker = page.NextMarker; marker == nil {
			return ids, nil
		}
	}
}

func (c *Cleanup) note(ctx context.Context, ca, reason string) error {
	err := c.Records.OfAuthority(ctx, ca, func(r certificate.Record) error {
		r.Status, r.Reason = certificate.Revoked, reason
		return c.Records.PutRecord(ctx, r)
	})
	if err != nil {
		return fmt.Errorf("note that the certificates of CA %s are revoked: %w", ca, err)
	}
	return nil
}

// Left returns the time that n calls take at a rate of calls per second, rounded to seconds.
func Left(n int, perSecond float64) time.Duration {
	return (time.Duration(float64(n)/perSecond) * time.Second).Round(time.Second)
}
