package sqs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/notification"
	"connectedcar/internal/errs"
)

// batches is a fake queue that rejects given entries of the first call.
type batches struct {
	sent    []*sqs.SendMessageBatchInput
	refused []sqstypes.BatchResultErrorEntry
	err     error
}

func (b *batches) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	b.sent = append(b.sent, in)
	refused := b.refused
	b.refused = nil
	return &sqs.SendMessageBatchOutput{Failed: refused}, b.err
}

func TestTheQueueOfDeliveriesTakesTenMessagesACall(t *testing.T) {
	s := &batches{}
	q := &Deliveries{client: s, url: "u"}
	messages := make([]notification.Queued, 23)
	for n := range messages {
		messages[n] = notification.Queued{Body: fmt.Append(nil, n), Delay: time.Duration(n) * time.Minute}
	}
	messages[1].Delay = 1500 * time.Millisecond
	left, err := q.Send(t.Context(), messages)
	require.NoError(t, err)
	assert.Empty(t, left)
	require.Len(t, s.sent, 3)
	assert.Len(t, s.sent[2].Entries, 3)
	assert.Equal(t, int32(2), s.sent[0].Entries[1].DelaySeconds, "a part of a second is a second")
	assert.Equal(t, int32(900), s.sent[2].Entries[2].DelaySeconds, "no more than the queue allows")

	s.refused = []sqstypes.BatchResultErrorEntry{{Id: aws.String("0"), Code: aws.String("InternalError"), Message: aws.String("m")}}
	left, err = q.Send(t.Context(), messages[:12])
	assert.Equal(t, errs.Unavailable, errs.Of(err))
	assert.Equal(t, []int{0}, left, "the others are in the queue")
}

func TestFailedDeliveriesAreKeptAsJSON(t *testing.T) {
	s := &recorder{}
	e := notification.Envelope{Reason: "denied", Detail: "d", VIN: "v", Payload: []byte("{}")}
	require.NoError(t, (&FailedDeliveries{client: s, url: "u"}).Keep(t.Context(), e))
	var got notification.Envelope
	require.NoError(t, json.Unmarshal([]byte(*s.sent[0].MessageBody), &got))
	assert.Equal(t, e, got)
}

func TestACallThatFailsLeavesItsMessages(t *testing.T) {
	left, err := (&Deliveries{client: &batches{err: errors.New("broken pipe")}}).Send(t.Context(), []notification.Queued{{}})
	assert.Equal(t, errs.Internal, errs.Of(err))
	assert.Equal(t, []int{0}, left)
}
