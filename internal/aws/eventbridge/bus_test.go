package eventbridge

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/errs"
	"connectedcar/internal/names"
)

// service is a fake Amazon EventBridge.
type service struct {
	events []*eventbridge.PutEventsInput
	entry  types.PutEventsResultEntry
}

func (s *service) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	s.events = append(s.events, in)
	return &eventbridge.PutEventsOutput{Entries: []types.PutEventsResultEntry{s.entry}}, nil
}

func TestBus(t *testing.T) {
	s := &service{}
	bus, at := &Bus{client: s, name: "b"}, time.UnixMilli(1)
	require.NoError(t, bus.Put(t.Context(), "Alert raised", []byte("{}"), at))
	assert.Equal(t, types.PutEventsRequestEntry{
		EventBusName: aws.String("b"), Source: aws.String(names.EventSource), DetailType: aws.String("Alert raised"), Detail: aws.String("{}"), Time: &at,
	}, s.events[0].Entries[0])
	s.entry.ErrorCode = aws.String("ThrottlingException")
	assert.Equal(t, errs.Throttled, errs.Of(bus.Put(t.Context(), "x", nil, at)), "a call that succeeds may still refuse the event")
}
