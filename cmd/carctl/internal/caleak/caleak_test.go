package caleak_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"connectedcar/cmd/carctl/internal/caleak"
	"connectedcar/internal/domain/certificate"
)

// cloud is a fake of AWS IoT's registry and the platform's records, with one CA.
type cloud struct {
	ca       iot.UpdateCACertificateInput
	ids      []string
	statuses map[string]types.CertificateStatus
	records  map[string]certificate.Record
	updated  int // number of calls
	broken   int // number of the call from which on calls fail; 0: never
	times    []time.Time
}

func newCloud(certificates int) *cloud {
	c := &cloud{statuses: map[string]types.CertificateStatus{}, records: map[string]certificate.Record{}}
	for n := range certificates {
		id := fmt.Sprintf("%064d", n)
		c.ids = append(c.ids, id)
		c.statuses[id] = []types.CertificateStatus{types.CertificateStatusActive, types.CertificateStatusPendingActivation, types.CertificateStatusInactive}[n%3]
		c.records[id] = certificate.Record{VIN: "WVWZZZ1JZXW000001", CertificateID: id, CACertificateID: "ca", Status: certificate.Active}
	}
	return c
}

func (c *cloud) UpdateCACertificate(_ context.Context, in *iot.UpdateCACertificateInput, _ ...func(*iot.Options)) (*iot.UpdateCACertificateOutput, error) {
	c.ca = *in
	return &iot.UpdateCACertificateOutput{}, nil
}

func (c *cloud) ListCertificatesByCA(_ context.Context, in *iot.ListCertificatesByCAInput, _ ...func(*iot.Options)) (*iot.ListCertificatesByCAOutput, error) {
	from := 0
	if in.Marker != nil {
		_, _ = fmt.Sscan(*in.Marker, &from)
	}
	out := &iot.ListCertificatesByCAOutput{}
	to := min(from+int(*in.PageSize), len(c.ids))
	for _, id := range c.ids[from:to] {
		out.Certificates = append(out.Certificates, types.Certificate{CertificateId: &id, Status: c.statuses[id]})
	}
	if to < len(c.ids) {
		out.NextMarker = aws.String(fmt.Sprint(to))
	}
	return out, nil
}

func (c *cloud) UpdateCertificate(_ context.Context, in *iot.UpdateCertificateInput, _ ...func(*iot.Options)) (*iot.UpdateCertificateOutput, error) {
	c.updated++
	c.times = append(c.times, time.Now())
	if c.broken > 0 && c.updated >= c.broken {
		return nil, errors.New("connection reset")
	}
	c.statuses[*in.CertificateId] = in.NewStatus
	return &iot.UpdateCertificateOutput{}, nil
}

func (c *cloud) OfAuthority(_ context.Context, ca string, do func(certificate.Record) error) error {
	for _, r := range c.records {
		if r.CACertificateID == ca && r.Status != certificate.Revoked {
			if err := do(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *cloud) PutRecord(_ context.Context, r certificate.Record) error {
	c.records[r.CertificateID] = r
	return nil
}

func (c *cloud) cleanup(perSecond float64, progress func(done, all int)) *caleak.Cleanup {
	return &caleak.Cleanup{Registry: c, Records: c, Calls: rate.NewLimiter(rate.Limit(perSecond), 1), Progress: progress}
}

func (c *cloud) requireAllRevoked(t *testing.T) {
	t.Helper()
	for _, id := range c.ids {
		require.Equal(t, types.CertificateStatusRevoked, c.statuses[id])
		require.Equal(t, certificate.Revoked, c.records[id].Status)
		require.Equal(t, "key leaked", c.records[id].Reason)
	}
}

func TestEveryCertificateOfALeakedAuthorityIsRevoked(t *testing.T) {
	c, last := newCloud(600), [2]int{}
	n, err := c.cleanup(1e6, func(done, all int) { last = [2]int{done, all} }).Revoke(t.Context(), "ca", "key leaked")
	require.NoError(t, err)
	assert.Equal(t, 600, n)
	assert.Equal(t, [2]int{600, 600}, last)
	c.requireAllRevoked(t)
	assert.Equal(t, types.CACertificateStatusInactive, c.ca.NewStatus)
	assert.Equal(t, types.AutoRegistrationStatusDisable, c.ca.NewAutoRegistrationStatus, "no more of its certificates register")
}

func TestACleanupGoesOnWhereItWasInterrupted(t *testing.T) {
	c := newCloud(300)
	c.broken = 101
	n, err := c.cleanup(1e6, func(int, int) {}).Revoke(t.Context(), "ca", "key leaked")
	require.ErrorContains(t, err, "connection reset")
	assert.Equal(t, 100, n)
	c.broken, c.updated = 0, 0
	n, err = c.cleanup(1e6, func(int, int) {}).Revoke(t.Context(), "ca", "key leaked")
	require.NoError(t, err)
	assert.Equal(t, 200, n)
	assert.Equal(t, 200, c.updated, "none is revoked twice")
	c.requireAllRevoked(t)
}

func TestACleanupKeepsToTheRateOfCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, begun := newCloud(50), time.Now()
		_, err := c.cleanup(5, func(int, int) {}).Revoke(t.Context(), "ca", "key leaked")
		require.NoError(t, err)
		assert.InDelta(t, 10, time.Since(begun).Seconds(), 1, "50 calls at 5 a second, and two before")
		for n := 1; n < len(c.times); n++ {
			assert.GreaterOrEqual(t, c.times[n].Sub(c.times[n-1]), 199*time.Millisecond)
		}
	})
}
