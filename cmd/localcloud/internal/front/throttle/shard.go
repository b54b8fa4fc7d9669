package throttle

import (
	"context"
	"crypto/md5" // Kinesis maps partition keys to shards by their MD5 hash
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"connectedcar/cmd/localcloud/internal/front"
)

// bytesPerRecord scales a limit in records a second to bytes: Kinesis accepts 1,000 records and 1 MiB a second per shard.
// https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
const bytesPerRecord = (1 << 20) / 1000

// Ask calls an operation of the emulator, as in package rules.
type Ask func(ctx context.Context, region, service, operation string, input map[string]any) (map[string]any, error)

// shardLimits are the rate limiters of every shard that has been written to.
type shardLimits struct {
	perSecond float64
	ask       Ask
	now       func() time.Time

	mu     sync.Mutex
	open   map[string]uint64 // number of open shards by stream
	shards map[string]*shardLimit
}

type shardLimit struct{ records, bytes *rate.Limiter }

// check refuses a request if one of its records exceeds the limit of its shard. AWS rejects single records of a PutRecords call; the front
// refuses the whole request, which producers retry in the same way.
func (s *shardLimits) check(ctx context.Context, c *front.Call) *front.Refusal {
	if !c.Is("kinesis", "PutRecord", "PutRecords") {
		return nil
	}
	stream := fmt.Sprint(c.Input["StreamName"], c.Input["StreamARN"])
	records, _ := c.Input["Records"].([]any)
	if c.Operation == "PutRecord" {
		records = []any{c.Input}
	}
	open := s.openShards(ctx, c, stream)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, record := range records {
		members, _ := record.(map[string]any)
		key, _ := members["PartitionKey"].(string)
		data, _ := members["Data"].([]byte)
		if !s.shard(stream, shardOf(key, open)).allow(s.now(), len(key)+len(data)) {
			return refusal(c)
		}
	}
	return nil
}

// shardOf is the shard of a partition key in a stream whose shards have equal hash ranges.
func shardOf(key string, open uint64) uint64 {
	sum := md5.Sum([]byte(key)) // for the mapping, not for security
	high := binary.BigEndian.Uint32(sum[:4])
	return uint64(high) * open >> 32
}

func (s *shardLimits) shard(stream string, n uint64) *shardLimit {
	name := fmt.Sprintf("%s/%d", stream, n)
	if s.shards[name] == nil {
		bytes := s.perSecond * bytesPerRecord
		s.shards[name] = &shardLimit{
			records: rate.NewLimiter(rate.Limit(s.perSecond), max(1, int(s.perSecond))),
			bytes:   rate.NewLimiter(rate.Limit(bytes), max(1, int(bytes))),
		}
	}
	return s.shards[name]
}

func (l *shardLimit) allow(now time.Time, size int) bool {
	return l.records.AllowN(now, 1) && l.bytes.AllowN(now, size)
}

// openShards returns the number of a stream's open shards, and reads it once.
func (s *shardLimits) openShards(ctx context.Context, c *front.Call, stream string) uint64 {
	s.mu.Lock()
	open, known := s.open[stream]
	s.mu.Unlock()
	if known {
		return open
	}
	input := map[string]any{}
	for _, name := range []string{"StreamName", "StreamARN"} {
		if c.Input[name] != nil {
			input[name] = c.Input[name]
		}
	}
	open = 1
	out, err := s.ask(ctx, c.Region, "kinesis", "DescribeStreamSummary", input)
	if summary, ok := out["StreamDescriptionSummary"].(map[string]any); ok && err == nil {
		if _, err := fmt.Sscan(fmt.Sprint(summary["OpenShardCount"]), &open); err != nil || open == 0 {
			open = 1
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[stream] = open
	return open
}
