package sqs

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/presence"
	"connectedcar/internal/domain/trip"
)

type recorder struct{ sent []*sqs.SendMessageInput }

func (r *recorder) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	r.sent = append(r.sent, in)
	return &sqs.SendMessageOutput{}, nil
}

func TestDelayedMessagesGoToTheirQueueAndAreReadThere(t *testing.T) {
	r := &recorder{}
	d := &Delayed{client: r, presence: "p", trips: "t"}
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	check := presence.Check{Schema: presence.CheckSchema, VIN: "WVWZZZ1JZXW000001", At: at, Due: at.Add(time.Minute)}
	require.NoError(t, d.CheckIn(t.Context(), check, 1500*time.Millisecond))
	ended := trip.Ended{Schema: trip.EndedSchema, VIN: "WVWZZZ1JZXW000001", At: at}
	require.NoError(t, d.TripEndedIn(t.Context(), ended, presence.MaxDelay))
	require.Len(t, r.sent, 2)
	assert.Equal(t, "p", *r.sent[0].QueueUrl)
	assert.Equal(t, int32(2), r.sent[0].DelaySeconds, "rounded up: never too early")
	gotCheck, ok, err := presence.DecodeCheck([]byte(*r.sent[0].MessageBody))
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, check, gotCheck)
	assert.Equal(t, "t", *r.sent[1].QueueUrl)
	assert.Equal(t, int32(900), r.sent[1].DelaySeconds)
	gotEnded, ok, err := trip.DecodeEnded([]byte(*r.sent[1].MessageBody))
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, ended, gotEnded)
}
