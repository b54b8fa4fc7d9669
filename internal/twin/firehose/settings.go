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
	Name     string // of the delivery stream, with which its objects' names begin
	Stream   string // name of the Kinesis stream that it reads
	Function string // ARN of the function that makes rows
	// InputBytes limits the input of one run of the function, in bytes of records.
	InputBytes int
	// Retries is the number of retries of a failed run.
	Retries int
	// Bucket receives rows below Prefix, and records that no rows could be made of below ErrorPrefix.
	Bucket, Prefix, ErrorPrefix string
	// Raw is the prefix in Bucket of the records as they came. Empty: they are not kept.
	Raw string
}

// Defaults and limits of Firehose for a function that transforms.
// https://docs.aws.amazon.com/firehose/latest/APIReference/API_ProcessorParameter.html
const (
	defaultInputMB = 1.0
	defaultRetries = 3
)

// Read takes the settings from Firehose's own description of a delivery stream from Kinesis to S3. The emulator leaves the backup of
// raw records out of its description, so its prefix is given.
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
