package dynamodb

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/certificate"
)

// Certificates is the table of certificates, by vin and certificateId.
type Certificates struct {
	api   API
	table string
}

// NewCertificates uses the table of that name.
func NewCertificates(api API, table string) *Certificates {
	return &Certificates{api: api, table: table}
}

// PutRecord writes a record, but never over a revoked one: the revoked record stays, and PutRecord returns certificate.ErrRevoked if r is
// active.
func (s *Certificates) PutRecord(ctx context.Context, r certificate.Record) error {
	it := set(item{
		"vin": text(r.VIN), "certificateId": text(r.CertificateID), "registeredAt": instant(r.RegisteredAt),
	}, map[string]string{
		"caCertificateId": r.CACertificateID, "status": string(r.Status), "reason": r.Reason, "serial": r.Serial,
	})
	if !r.NotAfter.IsZero() {
		it["notBefore"], it["notAfter"] = instant(r.NotBefore), instant(r.NotAfter)
	}
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table, Item: it,
		ConditionExpression:       aws.String("attribute_not_exists(certificateId) OR #status <> :revoked"),
		ExpressionAttributeNames:  map[string]string{"#status": "status"},
		ExpressionAttributeValues: item{":revoked": text(string(certificate.Revoked))},
	})
	if !conditionFailed(err) {
		return awsconfig.Sort(err)
	}
	if r.Status == certificate.Revoked {
		return nil
	}
	return fmt.Errorf("%s: %w", r.CertificateID, certificate.ErrRevoked)
}

// Record reads the record of a certificate, consistently; certificate.ErrNotFound if there is none.
func (s *Certificates) Record(ctx context.Context, v, certificateID string) (certificate.Record, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true),
		Key: item{"vin": text(v), "certificateId": text(certificateID)},
	})
	if err != nil {
		return certificate.Record{}, awsconfig.Sort(err)
	}
	if out.Item == nil {
		return certificate.Record{}, fmt.Errorf("%s of %s: %w", certificateID, v, certificate.ErrNotFound)
	}
	return recordOf(out.Item)
}

func recordOf(it item) (certificate.Record, error) {
	r := certificate.Record{
		VIN: textOf(it, "vin"), CertificateID: textOf(it, "certificateId"), CACertificateID: textOf(it, "caCertificateId"),
		Status: certificate.Status(textOf(it, "status")), Reason: textOf(it, "reason"), Serial: textOf(it, "serial"),
	}
	var err error
	if r.RegisteredAt, err = instantOf(it, "registeredAt"); err != nil {
		return certificate.Record{}, fmt.Errorf("record of certificate %s: %w", r.CertificateID, err)
	}
	if r.NotBefore, err = instantOf(it, "notBefore"); err != nil {
		return certificate.Record{}, fmt.Errorf("record of certificate %s: %w", r.CertificateID, err)
	}
	if r.NotAfter, err = instantOf(it, "notAfter"); err != nil {
		return certificate.Record{}, fmt.Errorf("record of certificate %s: %w", r.CertificateID, err)
	}
	return r, nil
}
