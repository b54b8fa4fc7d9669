package iot

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/errs"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// Alerts publishes alerts to cars through AWS IoT Core.
type Alerts struct {
	api         dataAPI
	application names.Application
}

// NewAlerts publishes alerts to the cars of that application.
func NewAlerts(cfg aws.Config, application names.Application) *Alerts {
	return &Alerts{api: iotdataplane.NewFromConfig(cfg), application: application}
}

// PublishAlert publishes a message with QoS 1 on the car's alert topic. A car that is offline gets the message later if it has a
// persistent session.
func (a *Alerts) PublishAlert(ctx context.Context, car string, message []byte) error {
	v, err := vin.Parse(car)
	if err != nil {
		return errs.As(errs.Invalid, err)
	}
	_, err = a.api.Publish(ctx, &iotdataplane.PublishInput{
		Topic: aws.String(a.application.AlertRequest(v.ThingName())), Qos: 1, Payload: message, ContentType: aws.String("application/json"),
	})
	if err != nil {
		return fmt.Errorf("publish to %s: %w", v.Redacted(), awsconfig.Sort(err))
	}
	return nil
}
