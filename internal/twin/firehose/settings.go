package firehose

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"
)

// Settings are a delivery stream's settings.
type Settings struct {
	Name     string // name of the delivery stream; object names begin with it
	Stream   string // name of the Kinesis stream that it reads
	Function string // ARN of the function that transforms records
	// InputBytes is the largest input of one call of the function, in bytes of records.
	InputBytes int
	// Retries is the number of retries of a failed call.
	Retries int
	// Bucket receives rows under Prefix, and records that could not be transformed under ErrorPrefix.
	Bucket, Prefix, ErrorPrefix string
	// Raw is the prefix for unchanged records in Bucket. Empty: they are not stored.
	Raw string
}

// Defaults and limits of Firehose for a function that transforms.
// https://docs.aws.amazon.com/firehose/latest/APIReference/API_ProcessorParameter.html
const (
	defaultInputMB = 1.0
	defaultRetries = 3
)

// Read converts Firehose's description of a delivery stream from Kinesis to S3. raw is the prefix of the backup of raw records, which the
// emulator's description lacks. Read fails if the description lacks a setting or has an unsupported one.
func Read(d *types.DeliveryStreamDescription, raw string) (Settings, error) {
	s := Settings{Name: aws.ToString(d.DeliveryStreamName), Raw: raw, Retries: defaultRetries, InputBytes: defaultInputMB * (1 << 20)}
	if d.Source == nil || d.Source.KinesisStreamSourceDescription == nil {
		return Settings{}, fmt.Errorf("delivery stream %s does not read a Kinesis stream", s.Name)
	}
	_, s.Stream, _ = strings.Cut(aws.ToString(d.Source.KinesisStreamSourceDescription.KinesisStreamARN), ":stream/")
	if len(d.Destinations) != 1 || d.Destinations[0].ExtendedS3DestinationDescription == nil {
		return Settings{}, fmt.Errorf("delivery stream %s does not write to S3", s.Name)
	}
	to := d.Destinations[0].ExtendedS3DestinationDescription
	_, s.Bucket, _ = strings.Cut(aws.ToString(to.BucketARN), ":::")
	s.Prefix, s.ErrorPrefix = aws.ToString(to.Prefix), aws.ToString(to.ErrorOutputPrefix)
	if err := s.readProcessor(to.ProcessingConfiguration); err != nil {
		return Settings{}, fmt.Errorf("delivery stream %s: %w", s.Name, err)
	}
	if s.Stream == "" || s.Bucket == "" || s.Function == "" {
		return Settings{}, fmt.Errorf("delivery stream %s names no stream, no bucket or no function: %+v", s.Name, s)
	}
	return s, nil
}

func (s *Settings) readProcessor(p *types.ProcessingConfiguration) error {
	if p == nil || len(p.Processors) != 1 || p.Processors[0].Type != types.ProcessorTypeLambda {
		return errors.New("it needs one processor, a function")
	}
	for _, parameter := range p.Processors[0].Parameters {
		value := aws.ToString(parameter.ParameterValue)
		switch parameter.ParameterName {
		case types.ProcessorParameterNameLambdaArn:
			s.Function = value
		case types.ProcessorParameterNameBufferSizeInMb:
			mb, err := strconv.ParseFloat(value, 64)
			if err != nil || mb < 0.2 || mb > 3 {
				return fmt.Errorf("BufferSizeInMBs %q: allowed are 0.2 to 3", value)
			}
			s.InputBytes = int(mb * (1 << 20))
		case types.ProcessorParameterNameLambdaNumberOfRetries:
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 || n > 300 {
				return fmt.Errorf("NumberOfRetries %q: allowed are 0 to 300", value)
			}
			s.Retries = n
		}
	}
	return nil
}
