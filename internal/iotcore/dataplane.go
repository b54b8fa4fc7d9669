package iotcore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane/types"

	"connectedcar/internal/awsx"
	"connectedcar/internal/contract"
	"connectedcar/internal/fault"
	"connectedcar/internal/vin"
)

type dataAPI interface {
	Publish(context.Context, *iotdataplane.PublishInput, ...func(*iotdataplane.Options)) (*iotdataplane.PublishOutput, error)
	GetThingShadow(context.Context, *iotdataplane.GetThingShadowInput, ...func(*iotdataplane.Options)) (*iotdataplane.GetThingShadowOutput, error)
	UpdateThingShadow(context.Context, *iotdataplane.UpdateThingShadowInput, ...func(*iotdataplane.Options)) (*iotdataplane.UpdateThingShadowOutput, error)
}

// Data is AWS IoT Core's data plane: messages to cars, and their shadows.
type Data struct {
	api         dataAPI
	application contract.Application
}

// NewData reaches the cars of that application.
func NewData(cfg aws.Config, application contract.Application) *Data {
	return &Data{api: iotdataplane.NewFromConfig(cfg), application: application}
}

// SendCommand publishes with QoS 1 on the car's topic for that command.
func (d *Data) SendCommand(ctx context.Context, v vin.VIN, commandID string, message []byte) error {
	_, err := d.api.Publish(ctx, &iotdataplane.PublishInput{
		Topic: aws.String(d.application.CommandRequest(v.ThingName(), commandID)), Qos: 1, Payload: message,
		ContentType: aws.String("application/json"),
	})
	if err != nil {
		return fmt.Errorf("publish to %s: %w", v.Redacted(), awsx.Sort(err))
	}
	return nil
}

// Shadow is a named shadow of a car.
type Shadow struct {
	Version  int64 // 0 if nobody has written it
	Desired  map[string]any
	Reported map[string]any
	Delta    map[string]any // what is desired and not reported
	At       time.Time      // when it last changed, to the second; zero if nobody has written it
}

// ErrShadowChanged says that a shadow has another version than was thought.
var ErrShadowChanged = fault.As(fault.Conflict, errors.New("the shadow has changed since it was read"))

// document is a shadow as AWS IoT has it.
type document struct {
	State struct {
		Desired  map[string]any `json:"desired"`
		Reported map[string]any `json:"reported"`
		Delta    map[string]any `json:"delta"`
	} `json:"state"`
	Version   int64 `json:"version"`
	Timestamp int64 `json:"timestamp"`
}

// Shadow reads a named shadow; one that nobody has written is empty.
func (d *Data) Shadow(ctx context.Context, v vin.VIN, name string) (Shadow, error) {
	out, err := d.api.GetThingShadow(ctx, &iotdataplane.GetThingShadowInput{ThingName: aws.String(v.ThingName()), ShadowName: &name})
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return Shadow{}, nil
	}
	if err != nil {
		return Shadow{}, fmt.Errorf("read shadow %s of %s: %w", name, v.Redacted(), awsx.Sort(err))
	}
	var doc document
	if err := json.Unmarshal(out.Payload, &doc); err != nil {
		return Shadow{}, fmt.Errorf("read shadow %s of %s: %w", name, v.Redacted(), err)
	}
	return Shadow{
		Version: doc.Version, Desired: doc.State.Desired, Reported: doc.State.Reported, Delta: doc.State.Delta, At: time.Unix(doc.Timestamp, 0).UTC(),
	}, nil
}

// Desire merges into what is desired of a shadow; a nil value takes a wish back. With a version other than 0 it happens to that version
// alone: ErrShadowChanged otherwise.
func (d *Data) Desire(ctx context.Context, v vin.VIN, name string, desired map[string]any, version int64) error {
	change := map[string]any{"state": map[string]any{"desired": desired}}
	if version != 0 {
		change["version"] = version
	}
	payload, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("encode shadow %s: %w", name, err)
	}
	_, err = d.api.UpdateThingShadow(ctx, &iotdataplane.UpdateThingShadowInput{
		ThingName: aws.String(v.ThingName()), ShadowName: &name, Payload: payload,
	})
	var conflict *types.ConflictException
	if errors.As(err, &conflict) {
		return ErrShadowChanged
	}
	if err != nil {
		return fmt.Errorf("change shadow %s of %s: %w", name, v.Redacted(), awsx.Sort(err))
	}
	return nil
}

// Erase takes back what was desired of the climate: the former owner's wishes. It is an ownership.Eraser.
func (d *Data) Erase(ctx context.Context, v vin.VIN, _ time.Time) error {
	now, err := d.Shadow(ctx, v, "climate")
	if err != nil || len(now.Desired) == 0 {
		return err
	}
	none := make(map[string]any, len(now.Desired))
	for name := range now.Desired {
		none[name] = nil
	}
	return d.Desire(ctx, v, "climate", none, 0)
}
