package firehose

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	kinesistypes "github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shards fakes a stream: the records of each shard. GetRecords returns two at a time. An iterator is "shard/position".
type shards map[string][]string

func (s shards) ListShards(context.Context, *kinesis.ListShardsInput, ...func(*kinesis.Options)) (*kinesis.ListShardsOutput, error) {
	return &kinesis.ListShardsOutput{Shards: []kinesistypes.Shard{{ShardId: aws.String("a")}, {ShardId: aws.String("b")}}}, nil
}

func (s shards) GetShardIterator(_ context.Context, in *kinesis.GetShardIteratorInput, _ ...func(*kinesis.Options)) (*kinesis.GetShardIteratorOutput, error) {
	from := 0
	if in.ShardIteratorType == kinesistypes.ShardIteratorTypeAfterSequenceNumber {
		last, err := strconv.Atoi(*in.StartingSequenceNumber)
		if err != nil {
			return nil, err
		}
		from = last + 1
	}
	return &kinesis.GetShardIteratorOutput{ShardIterator: aws.String(*in.ShardId + "/" + strconv.Itoa(from))}, nil
}

func (s shards) GetRecords(_ context.Context, in *kinesis.GetRecordsInput, _ ...func(*kinesis.Options)) (*kinesis.GetRecordsOutput, error) {
	id, at := filepath.Split(*in.ShardIterator)
	from, err := strconv.Atoi(at)
	if err != nil {
		return nil, err
	}
	all := s[filepath.Clean(id)]
	out := &kinesis.GetRecordsOutput{MillisBehindLatest: aws.Int64(0)}
	for n := from; n < min(from+2, len(all)); n++ {
		out.Records = append(out.Records, kinesistypes.Record{Data: []byte(all[n]), SequenceNumber: aws.String(strconv.Itoa(n)), PartitionKey: aws.String("k")})
	}
	out.NextShardIterator = aws.String(id + strconv.Itoa(from+len(out.Records)))
	return out, nil
}

func handed(t *testing.T, k *Kinesis) []string {
	t.Helper()
	records, err := k.Next(t.Context())
	require.NoError(t, err)
	var out []string
	for _, r := range records {
		out = append(out, r.Shard+string(r.Data))
	}
	return out
}

func TestTheStreamIsReadOnFromWhatWasNoted(t *testing.T) {
	s, file := shards{"a": {"1", "2", "3"}, "b": {"1"}}, filepath.Join(t.TempDir(), "run", "noted.json")
	k, err := open(s, "telemetry", file)
	require.NoError(t, err)
	assert.Equal(t, []string{"a1", "a2", "a3", "b1"}, handed(t, k))
	assert.Equal(t, []string{"a1", "a2", "a3", "b1"}, handed(t, k), "what was not noted comes again")
	require.NoError(t, k.Note())
	assert.Empty(t, handed(t, k))
	s["b"] = append(s["b"], "2")
	again, err := open(s, "telemetry", file)
	require.NoError(t, err)
	assert.Equal(t, []string{"b2"}, handed(t, again), "another process reads on")
}

func TestANoteThatCannotBeReadIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "noted.json")
	require.NoError(t, os.WriteFile(file, []byte("{"), 0o600))
	_, err := open(shards{}, "telemetry", file)
	assert.ErrorContains(t, err, file)
}

// described is Firehose's description of the lake's delivery stream.
func described() *types.DeliveryStreamDescription {
	parameter := func(name types.ProcessorParameterName, value string) types.ProcessorParameter {
		return types.ProcessorParameter{ParameterName: name, ParameterValue: &value}
	}
	return &types.DeliveryStreamDescription{
		DeliveryStreamName: aws.String("lake"),
		Source: &types.SourceDescription{KinesisStreamSourceDescription: &types.KinesisStreamSourceDescription{
			KinesisStreamARN: aws.String("arn:aws:kinesis:eu-central-1:000000000000:stream/telemetry"),
		}},
		Destinations: []types.DestinationDescription{{ExtendedS3DestinationDescription: &types.ExtendedS3DestinationDescription{
			BucketARN: aws.String("arn:aws:s3:::lake-bucket"), Prefix: aws.String("rows/"), ErrorOutputPrefix: aws.String("errors/"),
			ProcessingConfiguration: &types.ProcessingConfiguration{Processors: []types.Processor{{Type: types.ProcessorTypeLambda, Parameters: []types.ProcessorParameter{
				parameter(types.ProcessorParameterNameLambdaArn, "arn:f"), parameter(types.ProcessorParameterNameBufferSizeInMb, "0.5"),
				parameter(types.ProcessorParameterNameLambdaNumberOfRetries, "5"),
			}}}},
		}}},
	}
}

func TestSettingsAreThoseOfTheDeliveryStream(t *testing.T) {
	s, err := Read(described(), "raw/")
	require.NoError(t, err)
	assert.Equal(t, Settings{
		Name: "lake", Stream: "telemetry", Function: "arn:f", InputBytes: 1 << 19, Retries: 5, Bucket: "lake-bucket", Prefix: "rows/", ErrorPrefix: "errors/", Raw: "raw/",
	}, s)
}

func TestADeliveryStreamOfAnotherKindIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*types.DeliveryStreamDescription)
		want   string
	}{
		"one that reads no stream":  {func(d *types.DeliveryStreamDescription) { d.Source = nil }, "does not read"},
		"one that writes elsewhere": {func(d *types.DeliveryStreamDescription) { d.Destinations = nil }, "does not write to S3"},
		"one without a function": {func(d *types.DeliveryStreamDescription) {
			d.Destinations[0].ExtendedS3DestinationDescription.ProcessingConfiguration = nil
		}, "one processor"},
		"one with a batch of nothing": {func(d *types.DeliveryStreamDescription) {
			d.Destinations[0].ExtendedS3DestinationDescription.ProcessingConfiguration.Processors[0].Parameters[1].ParameterValue = aws.String("0")
		}, "0.2 to 3"},
	} {
		t.Run(name, func(t *testing.T) {
			d := described()
			tc.change(d)
			_, err := Read(d, "raw/")
			assert.ErrorContains(t, err, tc.want)
		})
	}
}
