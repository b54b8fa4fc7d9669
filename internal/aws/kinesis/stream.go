// Package kinesis puts records on Amazon Kinesis data streams.
package kinesis

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/lake"
	"connectedcar/internal/errs"
)

// Limits of a call of PutRecords: the number of records, and the bytes of the records with their partition keys.
const (
	maxRecords = 500
	maxBytes   = 5 << 20
)

type client interface {
	PutRecords(context.Context, *kinesis.PutRecordsInput, ...func(*kinesis.Options)) (*kinesis.PutRecordsOutput, error)
}

// Telemetry is the telemetry stream.
type Telemetry struct {
	client client
	name   string
}

// NewTelemetry puts records on the stream of that name.
func NewTelemetry(cfg aws.Config, name string) *Telemetry {
	return &Telemetry{client: kinesis.NewFromConfig(cfg), name: name}
}

// PutBack puts records on the stream again, each under its former partition key, in as few calls as possible. It returns the indexes of
// the records that the stream rejected, and the reason.
func (s *Telemetry) PutBack(ctx context.Context, records []lake.Record) ([]int, error) {
	var (
		lost     []int
		problems []error
		from     int
		bytes    int
	)
	for n, r := range records {
		size := len(r.Data) + len(r.PartitionKey)
		if n > from && (n-from == maxRecords || bytes+size > maxBytes) {
			left, err := s.put(ctx, records[from:n], from)
			lost, problems, from, bytes = append(lost, left...), append(problems, err), n, 0
		}
		bytes += size
	}
	left, err := s.put(ctx, records[from:], from)
	return append(lost, left...), errors.Join(append(problems, err)...)
}

// put makes one call of PutRecords. It returns indexes that count from first.
func (s *Telemetry) put(ctx context.Context, records []lake.Record, first int) ([]int, error) {
	if len(records) == 0 {
		return nil, nil
	}
	entries := make([]types.PutRecordsRequestEntry, len(records))
	for n, r := range records {
		entries[n] = types.PutRecordsRequestEntry{Data: r.Data, PartitionKey: aws.String(r.PartitionKey)}
	}
	out, err := s.client.PutRecords(ctx, &kinesis.PutRecordsInput{StreamName: &s.name, Records: entries})
	var lost []int
	if err != nil {
		for n := range records {
			lost = append(lost, first+n)
		}
		return lost, awsconfig.Sort(err)
	}
	var why error
	for n, r := range out.Records {
		if r.ErrorCode != nil {
			lost = append(lost, first+n)
			why = errs.As(errs.Throttled, fmt.Errorf("the stream refused %d of %d records, the last with %s: %s",
				len(lost), len(records), *r.ErrorCode, aws.ToString(r.ErrorMessage)))
		}
	}
	return lost, why
}
