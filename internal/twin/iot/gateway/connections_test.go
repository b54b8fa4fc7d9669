package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane/types"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDeleteConnection(t *testing.T) {
	for name, tc := range map[string]struct {
		in            iotdataplane.DeleteConnectionInput
		will, session bool // the last will is published, the session is kept
	}{
		"alone":                  {iotdataplane.DeleteConnectionInput{}, true, true},
		"without the last will":  {iotdataplane.DeleteConnectionInput{PreventWillMessage: true}, false, true},
		"with the session's end": {iotdataplane.DeleteConnectionInput{CleanSession: true}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.registry.setPolicy(t, "car", anyPolicy)
			require.NoError(t, w.gateway.Refresh(t.Context()))
			watcher := w.joined(5, "WATCHER")
			require.Equal(t, byte(1), watcher.subscribe("will/#", 1))
			d := w.joined(5, "CAR1", persistent(5), will("will/CAR1"))
			tc.in.ClientId = aws.String("CAR1")
			_, err := w.api().DeleteConnection(t.Context(), &tc.in)
			require.NoError(t, err)
			assert.Equal(t, byte(0x98), d.ended())
			w.eventually(func() bool { return strings.Contains(w.log.text(), "client disconnected\" client_id=CAR1") }, "it is gone")
			if tc.will {
				watcher.expect(packets.Publish)
			}
			watcher.quiet()
			_, err = w.api().DeleteConnection(t.Context(), &tc.in)
			assert.ErrorAs(t, err, new(*types.ResourceNotFoundException))
			_, ack, err := w.attempt(w.registered("CAR1"), 5, "CAR1", persistent(5))
			require.NoError(t, err)
			assert.Equal(t, tc.session, ack.SessionPresent)
		})
	}
}

func TestRetainedMessagesArePaged(t *testing.T) {
	w := newWorld(t)
	for i := range 7 {
		_, err := w.api().Publish(t.Context(), &iotdataplane.PublishInput{
			Topic: aws.String(fmt.Sprintf("kept/%d", i)), Retain: true, Payload: []byte("x"), UserProperties: aws.String(`[{"k":"v"}]`),
		})
		require.NoError(t, err)
	}
	var topics []string
	pages := iotdataplane.NewListRetainedMessagesPaginator(w.api(), &iotdataplane.ListRetainedMessagesInput{MaxResults: aws.Int32(3)})
	for n := 0; pages.HasMorePages(); n++ {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, r := range page.RetainedTopics {
			topics = append(topics, *r.Topic)
		}
		assert.Len(t, page.RetainedTopics, []int{3, 3, 1}[n])
	}
	assert.Equal(t, []string{"kept/0", "kept/1", "kept/2", "kept/3", "kept/4", "kept/5", "kept/6"}, topics)
	got, err := w.api().GetRetainedMessage(t.Context(), &iotdataplane.GetRetainedMessageInput{Topic: aws.String("kept/0")})
	require.NoError(t, err)
	assert.JSONEq(t, `[{"k":"v"}]`, string(got.UserProperties))
	_, err = w.api().ListRetainedMessages(t.Context(), &iotdataplane.ListRetainedMessagesInput{MaxResults: aws.Int32(201)})
	assert.ErrorAs(t, err, new(*types.InvalidRequestException))
}

func TestMetricsTellMemoryAndQueues(t *testing.T) {
	w := newWorld(t)
	d := w.joined(5, "CAR1")
	require.Equal(t, byte(1), d.subscribe("cmd/cars/CAR1/#", 1))
	w.publish("cmd/cars/CAR1/a", strings.Repeat("x", 1000))
	d.expect(packets.Publish) // received, not acknowledged
	for _, want := range []string{"go_goroutines ", "process_open_fds ", "go_memstats_heap_inuse_bytes ", "devicegateway_sessions 1", "devicegateway_queue_bytes 11", "devicegateway_slow_clients_total 0"} {
		assert.Contains(t, w.metrics(), want)
	}
}
