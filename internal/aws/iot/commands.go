package iot

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

type dataAPI interface {
	Publish(context.Context, *iotdataplane.PublishInput, ...func(*iotdataplane.Options)) (*iotdataplane.PublishOutput, error)
}

// Commands sends commands through AWS IoT Core.
type Commands struct {
	api         dataAPI
	application names.Application
}

// NewCommands sends to the cars of that application.
func NewCommands(cfg aws.Config, application names.Application) *Commands {
	return &Commands{api: iotdataplane.NewFromConfig(cfg), application: application}
}

// SendCommand publishes the message with QoS 1 on the car's topic for that command.
func (d *Commands) SendCommand(ctx context.Context, v vin.VIN, commandID string, message []byte) error {
	_, err := d.api.Publish(ctx, &iotdataplane.PublishInput{
		Topic: aws.String(d.application.CommandRequest(v.ThingName(), commandID)), Qos: 1, Payload: message,
		ContentType: aws.String("application/json"),
	})
	if err != nil {
		return fmt.Errorf("publish to %s: %w", v.Redacted(), awsconfig.Sort(err))
	}
	return nil
}
