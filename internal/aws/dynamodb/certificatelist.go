package dynamodb

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Records lists the records of the car's certificates, by id.
func (s *Certificates) Records(ctx context.Context, v vin.VIN, p paging.Request) (paging.Page[certificate.Record], error) {
	rows, next, err := query(ctx, s.api, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("vin = :vin"),
		ExpressionAttributeValues: item{":vin": text(string(v))},
	}, p)
	if err != nil {
		return paging.Page[certificate.Record]{}, err
	}
	out := paging.Page[certificate.Record]{Next: next}
	for _, it := range rows {
		r, err := recordOf(it)
		if err != nil {
			return paging.Page[certificate.Record]{}, err
		}
		out.Items = append(out.Items, r)
	}
	return out, nil
}
