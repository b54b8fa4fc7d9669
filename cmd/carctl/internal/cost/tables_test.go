package cost_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/twin/firehose"
	"connectedcar/internal/vin"
)

type item = map[string]types.AttributeValue

// tables is a fake DynamoDB for the telemetry function. It keeps states, and counts read and write units.
type tables struct {
	dynamodb.API
	mu                                                   sync.Mutex
	states                                               map[string]item
	historyBytes, historyWrites, stateReads, stateWrites int
}

// newTables ingests the records as the telemetry function does, in one batch per second.
func newTables(t *testing.T, records []firehose.Record) *tables {
	t.Helper()
	s := &tables{states: map[string]item{}}
	taking := &ingest.Service{
		States: dynamodb.NewStates(s, "states"), History: dynamodb.NewHistory(s, "history", 14*24*time.Hour),
		Failures: nobody{}, Alerts: nobody{}, Cars: nobody{}, Detector: anomaly.New(anomaly.Defaults()),
	}
	for from, to := 0, 0; from < len(records); from = to {
		second := records[from].ArrivedAt.Truncate(time.Second)
		var batch []ingest.Record
		for to = from; to < len(records) && records[to].ArrivedAt.Truncate(time.Second).Equal(second); to++ {
			r := records[to]
			batch = append(batch, ingest.Record{Data: r.Data, PartitionKey: r.PartitionKey, SequenceNumber: r.SequenceNumber, ArrivedAt: r.ArrivedAt})
		}
		result := taking.Handle(t.Context(), batch, second)
		require.Empty(t, result.Errors)
		require.Equal(t, len(batch), result.Counts.Accepted)
	}
	return s
}

// units returns the number of units of a given size in bytes that an item takes.
func units(size, unit int) int { return (size + unit - 1) / unit }

const kib = 1 << 10

func (s *tables) BatchWriteItem(_ context.Context, in *awsdynamodb.BatchWriteItemInput, _ ...func(*awsdynamodb.Options)) (*awsdynamodb.BatchWriteItemOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range in.RequestItems["history"] {
		size := sizeOf(r.PutRequest.Item)
		s.historyBytes, s.historyWrites = s.historyBytes+size, s.historyWrites+units(size, kib)
	}
	return &awsdynamodb.BatchWriteItemOutput{}, nil
}

func (s *tables) BatchGetItem(_ context.Context, in *awsdynamodb.BatchGetItemInput, _ ...func(*awsdynamodb.Options)) (*awsdynamodb.BatchGetItemOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []item
	for _, key := range in.RequestItems["states"].Keys {
		it, ok := s.states[key["vin"].(*types.AttributeValueMemberS).Value]
		if ok {
			found = append(found, it)
		}
		s.stateReads += max(1, units(sizeOf(it), 4*kib))
	}
	return &awsdynamodb.BatchGetItemOutput{Responses: map[string][]item{"states": found}}, nil
}

// UpdateItem counts units by the larger size of the item, before or after the update.
func (s *tables) UpdateItem(_ context.Context, in *awsdynamodb.UpdateItemInput, _ ...func(*awsdynamodb.Options)) (*awsdynamodb.UpdateItemOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := in.Key["vin"].(*types.AttributeValueMemberS).Value
	before := sizeOf(s.states[key])
	after := item{"vin": in.Key["vin"]}
	for assignment := range strings.SplitSeq(strings.TrimPrefix(*in.UpdateExpression, "SET "), ", ") {
		name, value, _ := strings.Cut(assignment, " = ")
		after[name] = in.ExpressionAttributeValues[value]
	}
	s.states[key] = after
	s.stateWrites += units(max(before, sizeOf(after)), kib)
	return &awsdynamodb.UpdateItemOutput{}, nil
}

// nobody ignores alerts, contains no car, and panics if a message is quarantined.
type nobody struct{}

func (nobody) Raise(context.Context, alert.Notice) (alert.Alert, bool, error) {
	return alert.Alert{}, false, nil
}
func (nobody) Resolve(context.Context, string, string, time.Time) (alert.Alert, bool, error) {
	return alert.Alert{}, false, nil
}
func (nobody) Vehicle(context.Context, vin.VIN) (vehicle.Vehicle, error) {
	return vehicle.Vehicle{}, vehicle.ErrNotFound
}
func (nobody) Keep(context.Context, []ingest.Envelope) ([]int, error) {
	panic("nothing is quarantined")
}

// sizeOf returns the size of an item in bytes as DynamoDB counts it (Developer Guide, "DynamoDB item sizes and formats").
func sizeOf(it item) int {
	size := 0
	for name, value := range it {
		size += len(name) + valueSize(value)
	}
	return size
}

func valueSize(v types.AttributeValue) int {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN: // one byte per two digits, plus one
		return (len(strings.Trim(v.Value, "-.0"))+1)/2 + 1
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberL:
		size := 3 + len(v.Value)
		for _, e := range v.Value {
			size += valueSize(e)
		}
		return size
	case *types.AttributeValueMemberM:
		return 3 + len(v.Value) + sizeOf(v.Value)
	}
	return 1 // a Boolean or null
}

func TestSizesOfItems(t *testing.T) {
	assert.Equal(t, 3+17, sizeOf(item{"vin": &types.AttributeValueMemberS{Value: "WCC00000000000000"}}))
	assert.Equal(t, 3, valueSize(&types.AttributeValueMemberM{}))
	assert.Equal(t, 3, valueSize(&types.AttributeValueMemberN{Value: "123"}))
	assert.Equal(t, 3+1+1+1, valueSize(&types.AttributeValueMemberM{Value: item{"a": &types.AttributeValueMemberBOOL{Value: true}}}))
}
