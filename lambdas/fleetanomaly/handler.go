package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-lambda-go/events"

	"connectedcar/internal/domain/fleetanomaly"
	"connectedcar/internal/runtime/sqsbatch"
)

// service raises and resolves the alerts of findings.
type service interface {
	Handle(ctx context.Context, f fleetanomaly.Finding) (fleetanomaly.Outcome, error)
}

type handler struct {
	service service
	inbox   *sqsbatch.Handler // processes the records one by one
}

// take processes one finding.
func (h *handler) take(ctx context.Context, body []byte) (string, error) {
	f, err := fleetanomaly.Decode(body)
	if err != nil {
		return "", err
	}
	outcome, err := h.service.Handle(ctx, f)
	if err != nil {
		return "", fmt.Errorf("take finding %s: %w", f.DedupKey(), err)
	}
	return string(outcome), nil
}

// handle processes a batch of the stream. Lambda retries from the lowest sequence number that is reported as failed, and so repeats the
// records after it, which is harmless for findings.
func (h *handler) handle(ctx context.Context, in events.KinesisEvent) (events.KinesisEventResponse, error) {
	var batch events.SQSEvent
	for _, r := range in.Records {
		batch.Records = append(batch.Records, events.SQSMessage{MessageId: r.Kinesis.SequenceNumber, Body: string(r.Kinesis.Data)})
	}
	out := events.KinesisEventResponse{BatchItemFailures: []events.KinesisBatchItemFailure{}}
	result, err := h.inbox.Handle(ctx, batch)
	for _, failed := range result.BatchItemFailures {
		out.BatchItemFailures = append(out.BatchItemFailures, events.KinesisBatchItemFailure(failed))
	}
	return out, err
}
