package dynamodb

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// States is the table of vehicle states, by vin. A row has version; ts, bootId, seq, tripId, clockOffsetMs and clockSkewed of the newest
// message; signals, a map from path to {v: value, t: milliseconds since 1970}; watch, the encoded anomaly.Memory; and dismissed, a set of
// anomaly.Dismissals. Other attributes of the row, such as a presence, are left unchanged.
type States struct {
	api   API
	table string
}

// NewStates uses the table of that name.
func NewStates(api API, table string) *States { return &States{api: api, table: table} }

// getLimit is the largest number of keys of one BatchGetItem.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
const getLimit = 100

// States reads the states of those cars, consistently, 100 in a call.
func (s *States) States(ctx context.Context, cars []vin.VIN) (map[vin.VIN]*vehicle.State, error) {
	states := make(map[vin.VIN]*vehicle.State, len(cars))
	for _, v := range cars {
		states[v] = vehicle.NewState(v)
	}
	for from := 0; from < len(cars); from += getLimit {
		keys := make([]item, 0, getLimit)
		for _, v := range cars[from:min(from+getLimit, len(cars))] {
			keys = append(keys, item{"vin": text(string(v))})
		}
		if err := s.read(ctx, keys, states); err != nil {
			return nil, err
		}
	}
	return states, nil
}

func (s *States) read(ctx context.Context, keys []item, into map[vin.VIN]*vehicle.State) error {
	for attempt := 1; len(keys) > 0; attempt++ {
		out, err := s.api.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
			s.table: {Keys: keys, ConsistentRead: aws.Bool(true)},
		}})
		if err != nil {
			return awsconfig.Sort(err)
		}
		for _, it := range out.Responses[s.table] {
			state, err := stateOf(it)
			if err != nil {
				return err
			}
			into[state.VIN] = state
		}
		if keys = out.UnprocessedKeys[s.table].Keys; len(keys) == 0 {
			return nil
		}
		if err := backoff(ctx, attempt); err != nil {
			return fmt.Errorf("%d states not read: %w", len(keys), err)
		}
	}
	return nil
}

// PutState writes a state if the stored one has the same version, and increments the version; otherwise ingest.ErrStale.
func (s *States) PutState(ctx context.Context, state *vehicle.State) error {
	n := state.Newest
	values := item{
		":signals": signalsAttribute(state.Signals), ":next": integer(state.Version + 1), ":ts": instant(time.UnixMilli(n.At)),
		":boot": text(n.BootID), ":seq": integer(int64(n.Seq)), ":trip": text(n.TripID),
		":offset": integer(n.OffsetMs), ":skewed": &types.AttributeValueMemberBOOL{Value: n.Skewed()},
	}
	watch := ""
	if len(state.Watch) > 0 { // an empty value is not stored
		watch = ", watch = :watch"
		values[":watch"] = &types.AttributeValueMemberB{Value: state.Watch}
	}
	condition := "attribute_not_exists(version)"
	if state.Version > 0 {
		condition = "version = :version"
		values[":version"] = integer(state.Version)
	}
	_, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: item{"vin": text(string(state.VIN))},
		UpdateExpression: aws.String("SET signals = :signals, version = :next, ts = :ts, bootId = :boot, seq = :seq, " +
			"tripId = :trip, clockOffsetMs = :offset, clockSkewed = :skewed" + watch),
		ConditionExpression: &condition, ExpressionAttributeValues: values,
	})
	if conditionFailed(err) {
		return ingest.ErrStale
	}
	return awsconfig.Sort(err)
}

func stateOf(it item) (*vehicle.State, error) {
	state := vehicle.NewState(vin.VIN(textOf(it, "vin")))
	state.Version = integerOf(it, "version")
	if watch, ok := it["watch"].(*types.AttributeValueMemberB); ok {
		state.Watch = watch.Value
	}
	state.Dismissed = textsOf(it, "dismissed")
	at, err := instantOf(it, "ts")
	if err != nil {
		return nil, fmt.Errorf("state of %s: %w", state.VIN.Redacted(), err)
	}
	if !at.IsZero() {
		state.Newest = vehicle.Source{
			At: at.UnixMilli(), BootID: textOf(it, "bootId"), Seq: uint64(max(0, integerOf(it, "seq"))), // not negative, so it fits
			TripID: textOf(it, "tripId"), OffsetMs: integerOf(it, "clockOffsetMs"),
		}
	}
	signals, _ := it["signals"].(*types.AttributeValueMemberM)
	if signals == nil {
		return state, nil
	}
	for path, attribute := range signals.Value {
		reading, ok := attribute.(*types.AttributeValueMemberM)
		if !ok {
			return nil, fmt.Errorf("state of %s: signal %s is no map", state.VIN.Redacted(), path)
		}
		value, err := valueOf(reading.Value["v"])
		if err != nil {
			return nil, fmt.Errorf("state of %s: signal %s: %w", state.VIN.Redacted(), path, err)
		}
		state.Signals[path] = vehicle.Reading{Value: value, At: integerOf(reading.Value, "t")}
	}
	return state, nil
}

func signalsAttribute(signals map[string]vehicle.Reading) types.AttributeValue {
	m := make(item, len(signals))
	for path, r := range signals {
		m[path] = &types.AttributeValueMemberM{Value: item{"v": valueAttribute(r.Value), "t": integer(r.At)}}
	}
	return &types.AttributeValueMemberM{Value: m}
}
