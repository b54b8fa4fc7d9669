package kinesis

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/lake"
	"connectedcar/internal/errs"
)

// calls is a fake Kinesis that rejects records with the data "refused" and fails calls whose first record is "broken".
type calls struct{ sizes []int }

func (c *calls) PutRecords(_ context.Context, in *kinesis.PutRecordsInput, _ ...func(*kinesis.Options)) (*kinesis.PutRecordsOutput, error) {
	c.sizes = append(c.sizes, len(in.Records))
	if string(in.Records[0].Data) == "broken" {
		return nil, errors.New("boom")
	}
	out := &kinesis.PutRecordsOutput{}
	for _, r := range in.Records {
		var e types.PutRecordsResultEntry
		if string(r.Data) == "refused" {
			e.ErrorCode = aws.String("ProvisionedThroughputExceededException")
		}
		out.Records = append(out.Records, e)
	}
	return out, nil
}

func TestPutBack(t *testing.T) {
	record := func(data string) lake.Record { return lake.Record{Data: []byte(data), PartitionKey: "k"} }
	many := func(n int, data string) []lake.Record {
		var list []lake.Record
		for range n {
			list = append(list, record(data))
		}
		return list
	}
	for name, tc := range map[string]struct {
		records  []lake.Record
		calls    []int
		lost     []int
		category errs.Category
	}{
		"nothing makes no call":           {nil, nil, nil, 0},
		"records go together":             {many(3, "x"), []int{3}, nil, 0},
		"500 a call":                      {many(1001, "x"), []int{500, 500, 1}, nil, 0},
		"5 MiB a call with the keys":      {many(3, strings.Repeat("x", 2<<20)), []int{2, 1}, nil, 0},
		"refused ones are named":          {append(many(500, "x"), record("y"), record("refused")), []int{500, 2}, []int{501}, errs.Throttled},
		"a call that fails loses its own": {append(many(500, "x"), record("broken"), record("y")), []int{500, 2}, []int{500, 501}, errs.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			c := &calls{}
			lost, err := (&Telemetry{client: c, name: "s"}).PutBack(t.Context(), tc.records)
			assert.Equal(t, tc.calls, c.sizes)
			assert.Equal(t, tc.lost, lost)
			if tc.lost == nil {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.Equal(t, tc.category, errs.Of(err))
		})
	}
}
