package dynamodb

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/certificate"
)

// AllCertificates reads the table of certificates by certificate authority. As the table has no such index, that takes a scan.
type AllCertificates struct {
	*Certificates
	scans dynamodb.ScanAPIClient
}

// NewAllCertificates uses the table of that name.
func NewAllCertificates(client *dynamodb.Client, table string) *AllCertificates {
	return &AllCertificates{NewCertificates(client, table), client}
}

// OfAuthority calls do for each certificate of a CA that is not revoked. It scans the whole table: that is for an operator after a leak of
// the CA's key, not for functions.
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
