package firehose

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"connectedcar/internal/aws/awsconfig"
)

type stream interface {
	ListShards(context.Context, *kinesis.ListShardsInput, ...func(*kinesis.Options)) (*kinesis.ListShardsOutput, error)
	GetShardIterator(context.Context, *kinesis.GetShardIteratorInput, ...func(*kinesis.Options)) (*kinesis.GetShardIteratorOutput, error)
	GetRecords(context.Context, *kinesis.GetRecordsInput, ...func(*kinesis.Options)) (*kinesis.GetRecordsOutput, error)
}

// Kinesis is a stream of Amazon Kinesis. A file holds the position in each shard up to which records are delivered.
type Kinesis struct {
	client     stream
	name, file string
	noted      map[string]string // shard -> sequence number of the last delivered record
	handed     map[string]string // shard -> sequence number of the last record that Next returned
}

// NewKinesis reads the stream with that name from the position in the file, or from its oldest record if there is no file.
func NewKinesis(cfg aws.Config, name, file string) (*Kinesis, error) {
	return open(kinesis.NewFromConfig(cfg), name, file)
}

func open(client stream, name, file string) (*Kinesis, error) {
	k := &Kinesis{client: client, name: name, file: file, noted: map[string]string{}}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read how far the stream was delivered: %w", err)
	}
	if err := json.Unmarshal(b, &k.noted); err != nil {
		return nil, fmt.Errorf("read how far the stream was delivered: %s: %w", file, err)
	}
	return k, nil
}

// most is about the largest number of records per shard that Next returns: they are in memory until they are delivered.
const most = 10_000

// Next implements Source.
func (k *Kinesis) Next(ctx context.Context) ([]Record, error) {
	shards, err := k.client.ListShards(ctx, &kinesis.ListShardsInput{StreamName: &k.name})
	if err != nil {
		return nil, fmt.Errorf("list the shards of %s: %w", k.name, awsconfig.Sort(err))
	}
	var all []Record
	k.handed = maps.Clone(k.noted)
	for _, s := range shards.Shards {
		records, err := k.shard(ctx, aws.ToString(s.ShardId))
		if err != nil {
			return nil, fmt.Errorf("read shard %s of %s: %w", aws.ToString(s.ShardId), k.name, awsconfig.Sort(err))
		}
		all = append(all, records...)
	}
	return all, nil
}

func (k *Kinesis) shard(ctx context.Context, id string) ([]Record, error) {
	in := &kinesis.GetShardIteratorInput{StreamName: &k.name, ShardId: &id, ShardIteratorType: types.ShardIteratorTypeTrimHorizon}
	if last, ok := k.noted[id]; ok {
		in.ShardIteratorType, in.StartingSequenceNumber = types.ShardIteratorTypeAfterSequenceNumber, &last
	}
	at, err := k.client.GetShardIterator(ctx, in)
	if err != nil {
		return nil, err
	}
	var all []Record
	for next := at.ShardIterator; next != nil && len(all) < most; {
		out, err := k.client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: next, Limit: aws.Int32(most)})
		if err != nil {
			return nil, err
		}
		for _, r := range out.Records {
			all = append(all, Record{
				Data: r.Data, PartitionKey: aws.ToString(r.PartitionKey), SequenceNumber: aws.ToString(r.SequenceNumber), Shard: id,
				ArrivedAt: aws.ToTime(r.ApproximateArrivalTimestamp),
			})
		}
		if len(out.Records) == 0 && aws.ToInt64(out.MillisBehindLatest) == 0 {
			break
		}
		next = out.NextShardIterator
	}
	if len(all) > 0 {
		k.handed[id] = all[len(all)-1].SequenceNumber
	}
	return all, nil
}

// Note implements Source.
func (k *Kinesis) Note() error {
	b, err := json.Marshal(k.handed)
	if err != nil {
		return fmt.Errorf("note how far the stream was delivered: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(k.file), 0o755); err != nil {
		return fmt.Errorf("note how far the stream was delivered: %w", err)
	}
	whole := k.file + ".new" // write and rename, because a file that is only half written would be useless
	if err := errors.Join(os.WriteFile(whole, b, 0o600), os.Rename(whole, k.file)); err != nil {
		return fmt.Errorf("note how far the stream was delivered: %w", err)
	}
	k.noted = maps.Clone(k.handed)
	return nil
}
