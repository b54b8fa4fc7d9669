// Package eventbridge puts events on a bus of Amazon EventBridge.
package eventbridge

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/names"
)

type putter interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// Bus is an event bus of Amazon EventBridge.
type Bus struct {
	client putter
	name   string
}

// NewBus puts events on the bus of that name.
func NewBus(cfg aws.Config, name string) *Bus {
	return &Bus{client: eventbridge.NewFromConfig(cfg), name: name}
}

// Put puts an event on the bus, with the given detail type. detail is a JSON object.
func (b *Bus) Put(ctx context.Context, detailType string, detail []byte, at time.Time) error {
	out, err := b.client.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
		EventBusName: &b.name, Source: aws.String(names.EventSource), DetailType: &detailType, Detail: aws.String(string(detail)), Time: &at,
	}}})
	if err != nil {
		return fmt.Errorf("put an event on the bus: %w", awsconfig.Sort(err))
	}
	for _, entry := range out.Entries {
		if code := aws.ToString(entry.ErrorCode); code != "" {
			refusal := &smithy.GenericAPIError{Code: code, Message: aws.ToString(entry.ErrorMessage)}
			return fmt.Errorf("the bus refused the event: %w", awsconfig.Sort(refusal))
		}
	}
	return nil
}
