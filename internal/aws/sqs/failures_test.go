package sqs

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/telemetry"
)

// fake is a queue that enforces the limits of SQS and rejects given payloads.
type fake struct {
	t      *testing.T
	calls  []int // messages of each call
	taken  []ingest.Envelope
	refuse string
	err    error
}

func (f *fake) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	if f.err != nil {
		return nil, f.err
	}
	assert.Equal(f.t, "url", *in.QueueUrl)
	assert.LessOrEqual(f.t, len(in.Entries), 10)
	f.calls = append(f.calls, len(in.Entries))
	out, ids, bytes := &sqs.SendMessageBatchOutput{}, map[string]bool{}, 0
	for _, e := range in.Entries {
		assert.False(f.t, ids[*e.Id], "entry ids are distinct")
		ids[*e.Id] = true
		bytes += len(*e.MessageBody)
		var envelope ingest.Envelope
		require.NoError(f.t, json.Unmarshal([]byte(*e.MessageBody), &envelope))
		if f.refuse != "" && string(envelope.Payload) == f.refuse {
			out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: e.Id, Code: aws.String("InternalError"), Message: aws.String("m")})
			continue
		}
		f.taken = append(f.taken, envelope)
	}
	assert.LessOrEqual(f.t, bytes, 1<<20)
	return out, nil
}

func envelopes(payloads ...string) []ingest.Envelope {
	list := make([]ingest.Envelope, len(payloads))
	for n, p := range payloads {
		list[n] = ingest.Envelope{
			Reason: message.Undecodable, Detail: "d", VIN: "v", Payload: []byte(p), PartitionKey: "k", SequenceNumber: "1",
			ReceivedAt: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		}
	}
	return list
}

func TestKeep(t *testing.T) {
	mqtt := strings.Repeat("x", telemetry.MaxBytes) // the largest message of AWS IoT Core: 175 kB as base64
	huge := strings.Repeat("x", 1<<20)
	tests := map[string]struct {
		payloads []string
		queue    fake
		calls    []int
		lost     []int
		err      string
	}{
		"nothing is no call":                     {},
		"ten messages a call":                    {payloads: strings.Split(strings.Repeat("x,", 22)+"x", ","), calls: []int{10, 10, 3}},
		"a call keeps within a mebibyte":         {payloads: []string{mqtt, mqtt, mqtt, mqtt, mqtt, mqtt}, calls: []int{5, 1}},
		"what is too long is named, not dropped": {payloads: []string{"a", huge, "b"}, calls: []int{2}, lost: []int{1}, err: "longer than a queue message may be (1048576 bytes)"},
		"a refused message is named":             {payloads: []string{"a", "b", "c"}, queue: fake{refuse: "b"}, calls: []int{3}, lost: []int{1}, err: "the first with InternalError: m"},
		"a failed call loses all of it":          {payloads: []string{"a", "b"}, queue: fake{err: errors.New("boom")}, lost: []int{0, 1}, err: "boom"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			tc.queue.t = t
			f := &Failures{client: &tc.queue, url: "url"}
			all := envelopes(tc.payloads...)
			lost, err := f.Keep(t.Context(), all)
			if tc.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tc.err)
			}
			assert.Equal(t, tc.lost, lost)
			assert.Equal(t, tc.calls, tc.queue.calls)
			assert.Len(t, tc.queue.taken, len(all)-len(tc.lost))
		})
	}
}
