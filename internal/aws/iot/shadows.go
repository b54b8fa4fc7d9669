package iot

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/shadow"
	"connectedcar/internal/vin"
)

type shadowClient interface {
	GetThingShadow(context.Context, *iotdataplane.GetThingShadowInput, ...func(*iotdataplane.Options)) (*iotdataplane.GetThingShadowOutput, error)
	UpdateThingShadow(context.Context, *iotdataplane.UpdateThingShadowInput, ...func(*iotdataplane.Options)) (*iotdataplane.UpdateThingShadowOutput, error)
}

// Shadows reads and writes cars' shadows in AWS IoT's Device Shadow service.
type Shadows struct{ client shadowClient }

// NewShadows returns a client for the account and region of cfg.
func NewShadows(cfg aws.Config) *Shadows { return &Shadows{client: iotdataplane.NewFromConfig(cfg)} }

// Shadow returns a car's shadow; its version is 0 if neither the car nor a user has written the shadow.
func (s *Shadows) Shadow(ctx context.Context, v vin.VIN, name shadow.Name) (shadow.Document, error) {
	out, err := s.client.GetThingShadow(ctx, &iotdataplane.GetThingShadowInput{
		ThingName: aws.String(v.ThingName()), ShadowName: aws.String(string(name)),
	})
	if is[*types.ResourceNotFoundException](err) {
		return shadow.Document{}, nil
	}
	if err != nil {
		return shadow.Document{}, awsconfig.Sort(err)
	}
	return shadow.Parse(out.Payload)
}

// Desire merges values into the desired state and returns the resulting shadow, which may include newer changes by other clients. If
// version is not nil and the shadow has another version, nothing changes and the error is shadow.ErrChanged.
func (s *Shadows) Desire(ctx context.Context, v vin.VIN, name shadow.Name, desired map[string]any, version *int64) (shadow.Document, error) {
	if version != nil && *version == 0 {
		// The service continues the version of a deleted shadow, so the version of a missing shadow is unknown and cannot be a condition.
		there, err := s.Shadow(ctx, v, name)
		if err != nil {
			return shadow.Document{}, err
		}
		if there.Version != 0 {
			return shadow.Document{}, shadow.ErrChanged
		}
		version = nil
	}
	if err := s.update(ctx, v, name, desired, version); err != nil {
		return shadow.Document{}, err
	}
	return s.Shadow(ctx, v, name)
}

// Forget clears the desired state.
func (s *Shadows) Forget(ctx context.Context, v vin.VIN, name shadow.Name) error {
	there, err := s.Shadow(ctx, v, name)
	if err != nil || len(there.Desired) == 0 {
		return err
	}
	return s.update(ctx, v, name, nil, nil)
}

func (s *Shadows) update(ctx context.Context, v vin.VIN, name shadow.Name, desired map[string]any, version *int64) error {
	payload, err := shadow.Request(desired, version)
	if err != nil {
		return err
	}
	_, err = s.client.UpdateThingShadow(ctx, &iotdataplane.UpdateThingShadowInput{
		ThingName: aws.String(v.ThingName()), ShadowName: aws.String(string(name)), Payload: payload,
	})
	if is[*types.ConflictException](err) {
		return shadow.ErrChanged
	}
	return awsconfig.Sort(err)
}
