package sns

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"

	"connectedcar/internal/errs"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

type carPublisher interface {
	Publish(context.Context, *iotdataplane.PublishInput, ...func(*iotdataplane.Options)) (*iotdataplane.PublishOutput, error)
}

// Cars publishes to cars by AWS IoT Core.
type Cars struct {
	client      carPublisher
	application names.Application
}

// NewCars publishes to the cars of that application.
func NewCars(cfg aws.Config, application names.Application) *Cars {
	return &Cars{client: iotdataplane.NewFromConfig(cfg), application: application}
}

// Show publishes a message with QoS 1 on the car's alert topic. A car that is away gets it if it has a session that lasts.
func (c *Cars) Show(ctx context.Context, car string, message []byte) error {
	v, err := vin.Parse(car)
	if err != nil {
		return errs.As(errs.Invalid, err)
	}
	_, err = c.client.Publish(ctx, &iotdataplane.PublishInput{
		Topic: aws.String(c.application.AlertRequest(v.ThingName())), Qos: 1, Payload: message, ContentType: aws.String("application/json"),
	})
	if err != nil {
		return fmt.Errorf("publish to %s: %w", v.Redacted(), sorted(err))
	}
	return nil
}
