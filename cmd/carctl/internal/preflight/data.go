package preflight

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func rules(ctx context.Context, w *world) (Line, error) {
	there, err := w.Rules(ctx)
	if err != nil {
		return Line{}, err
	}
	needed := w.needs.of("AWS::IoT::TopicRule")
	for _, name := range there { // from an earlier deployment of the same environment
		for id, r := range needed {
			if r.text("RuleName") == name {
				delete(needed, id)
			}
		}
	}
	most, err := w.quota(ctx, iotRules)
	if err != nil {
		return Line{}, err
	}
	sum := float64(len(there) + len(needed))
	if sum > most {
		return fail(iotRules.increase(sum), "%d exist and %d are new, but %.0f are allowed", len(there), len(needed), most), nil
	}
	return ok("%d exist, %d are new, %.0f are allowed", len(there), len(needed), most), nil
}

func publishes(ctx context.Context, w *world) (Line, error) {
	have, err := w.quota(ctx, iotInbound)
	if err != nil {
		return Line{}, err
	}
	if rate := w.fleet.Cars / w.fleet.Interval; rate > have {
		return warn(iotInbound.increase(rate), "%.0f allowed, but %.0f cars send %.0f", have, w.fleet.Cars, rate), nil
	}
	return ok("%.0f allowed, %.0f cars send %.0f", have, w.fleet.Cars, w.fleet.Cars/w.fleet.Interval), nil
}

func connections(ctx context.Context, w *world) (Line, error) {
	most, err := w.quota(ctx, iotConnections)
	if err != nil {
		return Line{}, err
	}
	rate, err := w.quota(ctx, iotConnects)
	if err != nil {
		return Line{}, err
	}
	if w.fleet.Cars > most {
		return warn(iotConnections.increase(w.fleet.Cars), "%.0f allowed, %.0f cars", most, w.fleet.Cars), nil
	}
	return ok("%.0f allowed, %.0f cars; %.0f connect a second, all of them within %.0f s", most, w.fleet.Cars, rate, w.fleet.Cars/rate), nil
}

// streams compares the stacks with the limits that Kinesis reports: a number of on-demand streams, and a number of shards for provisioned
// streams.
// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeLimits.html
func streams(ctx context.Context, w *world) (Line, error) {
	have, err := w.KinesisLimits(ctx)
	if err != nil {
		return Line{}, err
	}
	var onDemand, shards int32
	for id, s := range w.needs.of("AWS::Kinesis::Stream") {
		deployed, err := w.deployed(ctx, id)
		if err != nil {
			return Line{}, err
		}
		if deployed {
			continue
		}
		if n, provisioned := s.number("ShardCount"); provisioned {
			shards += int32(n)
		} else {
			onDemand++
		}
	}
	open, most := aws.ToInt32(have.OnDemandStreamCount), aws.ToInt32(have.OnDemandStreamCountLimit)
	openShards, mostShards := aws.ToInt32(have.OpenShardCount), aws.ToInt32(have.ShardLimit)
	switch {
	case open+onDemand > most:
		return fail("ask AWS Support for more on-demand streams", "%d on demand exist and %d are new, but %d are allowed", open, onDemand, most), nil
	case openShards+shards > mostShards:
		return fail("ask for more: quota L-0918CF54 of kinesis", "%d shards are open and %d are new, but %d are allowed", openShards, shards, mostShards), nil
	}
	return ok("%d on demand exist, %d are new, %d are allowed; %d of %d shards, %d are new", open, onDemand, most, openShards, mostShards, shards), nil
}

func tables(ctx context.Context, w *world) (Line, error) {
	there, err := w.Tables(ctx)
	if err != nil {
		return Line{}, err
	}
	needed := 0
	for id := range w.needs.of("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable") {
		deployed, err := w.deployed(ctx, id)
		if err != nil {
			return Line{}, err
		}
		if !deployed {
			needed++
		}
	}
	most, err := w.quota(ctx, dynamoTables)
	if err != nil {
		return Line{}, err
	}
	if sum := float64(there + needed); sum > most {
		return fail(dynamoTables.increase(sum), "%d exist and %d are new, but %.0f are allowed", there, needed, most), nil
	}
	return ok("%d exist, %d are new, %.0f are allowed", there, needed, most), nil
}
