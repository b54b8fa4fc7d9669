package dynamodb

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/certificate"
)

// AllCertificates reads the table of certificates by authority, for which it has no index.
type AllCertificates struct {
	*Certificates
	scans dynamodb.ScanAPIClient
}

// NewAllCertificates uses the table of that name.
func NewAllCertificates(client *dynamodb.Client, table string) *AllCertificates {
	return &AllCertificates{NewCertificates(client, table), client}
}

// OfAuthority calls do for each record of a CA's certificates that is not revoked. It reads the whole table: an operator does so once in
// years, after a leak, and no function may.
func (s *AllCertificates) OfAuthority(ctx context.Context, ca string, do func(certificate.Record) error) error {
	pages := dynamodb.NewScanPaginator(s.scans, &dynamodb.ScanInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), FilterExpression: aws.String("caCertificateId = :ca AND #status <> :revoked"),
		ExpressionAttributeNames:  map[string]string{"#status": "status"},
		ExpressionAttributeValues: item{":ca": text(ca), ":revoked": text(string(certificate.Revoked))},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return awsconfig.Sort(err)
		}
		for _, row := range page.Items {
			r, err := recordOf(row)
			if err != nil {
				return err
			}
			if err := do(r); err != nil {
				return err
			}
		}
	}
	return nil
}
