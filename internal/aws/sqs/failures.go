package sqs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/errs"
)

// Failures is the dead-letter queue of messages that functions quarantined or rejected.
type Failures struct {
	client batchSender
	url    string
}

// NewFailures sends to the queue with that URL.
func NewFailures(cfg aws.Config, url string) *Failures {
	return &Failures{client: sqs.NewFromConfig(cfg), url: url}
}

// ErrTooLong means that an envelope does not fit into a queue message. Every message that AWS IoT Core accepts (128 KB) fits, so the
// record came into the stream by another way. The whole record is kept in the stream's failure destination.
// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
var ErrTooLong = errs.As(errs.Invalid, fmt.Errorf("longer than a queue message may be (%d bytes)", maxBytes))

// Keep sends envelopes, as JSON, to the dead-letter queue. It returns the indexes of the envelopes that the queue rejected, and the
// reason.
func (f *Failures) Keep(ctx context.Context, envelopes []ingest.Envelope) ([]int, error) {
	return sendAll(ctx, f.client, f.url, len(envelopes), func(n int) ([]byte, time.Duration, error) {
		body, err := json.Marshal(envelopes[n])
		return body, 0, err
	})
}
