package httpapi

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/domain/registration"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// CertificateStore stores the records of certificates.
type CertificateStore interface {
	Record(ctx context.Context, v, certificateID string) (certificate.Record, error)
	PutRecord(ctx context.Context, r certificate.Record) error
	Records(ctx context.Context, v vin.VIN, p paging.Request) (paging.Page[certificate.Record], error)
}

// CertificateRegistry changes certificates in AWS IoT.
type CertificateRegistry interface {
	SetStatus(ctx context.Context, id string, status registration.Status) error
}

// CertificateAlerts resolves alerts about cars' certificates.
type CertificateAlerts interface {
	Resolve(ctx context.Context, vin, dedupKey string, at time.Time) (alert.Alert, bool, error)
}

// Certificates implements the operations about cars' certificates. All fields are required.
type Certificates struct {
	Store    CertificateStore
	Registry CertificateRegistry
	Alerts   CertificateAlerts
	Visit    visits
	Now      func() time.Time
}

// ListCertificates lists every certificate that the car has ever had.
func (h *Certificates) ListCertificates(ctx context.Context, in oapi.ListCertificatesRequestObject) (oapi.ListCertificatesResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	list, err := h.Store.Records(ctx, visit.VIN, pageOf(in.Params.Limit, in.Params.NextToken))
	if err != nil {
		return nil, fmt.Errorf("list certificates: %w", err)
	}
	out := oapi.ListCertificates200JSONResponse{Items: []oapi.Certificate{}, NextToken: given(list.Next)}
	for _, r := range list.Items {
		out.Items = append(out.Items, certificateAnswer(r))
	}
	return out, nil
}

// RevokeCertificate revokes a certificate, in AWS IoT first: a record alone would not disconnect the car. Repeating it changes nothing.
func (h *Certificates) RevokeCertificate(ctx context.Context, in oapi.RevokeCertificateRequestObject) (oapi.RevokeCertificateResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	r, err := h.Store.Record(ctx, string(visit.VIN), in.CertificateId)
	if errors.Is(err, certificate.ErrNotFound) {
		return nil, errs.As(errs.NotFound, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	if r.Status != certificate.Revoked {
		if err := h.Registry.SetStatus(ctx, r.CertificateID, registration.Revoked); err != nil {
			return nil, fmt.Errorf("revoke certificate %s: %w", r.CertificateID, err)
		}
		r.Status, r.Reason = certificate.Revoked, in.Body.Reason
		if err := h.Store.PutRecord(ctx, r); err != nil {
			return nil, fmt.Errorf("note that certificate %s is revoked: %w", r.CertificateID, err)
		}
	}
	if err := registration.ResolveSecond(ctx, h.Store, h.Alerts, visit.VIN, h.Now()); err != nil {
		return nil, err
	}
	return oapi.RevokeCertificate200JSONResponse(certificateAnswer(r)), nil
}

func certificateAnswer(r certificate.Record) oapi.Certificate {
	return oapi.Certificate{
		CertificateId: r.CertificateID, CaCertificateId: given(r.CACertificateID), Status: oapi.CertificateStatus(r.Status), Reason: given(r.Reason),
		Serial: given(r.Serial), NotBefore: instantOf(r.NotBefore), NotAfter: instantOf(r.NotAfter), RegisteredAt: r.RegisteredAt,
	}
}
