package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"connectedcar/internal/domain/registration"
	"connectedcar/internal/errs"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/emf"
	"connectedcar/internal/runtime/lambdamain"
)

// registrar processes the event of one certificate.
type registrar interface {
	Register(ctx context.Context, e registration.Event) (registration.Result, error)
}

type handler struct {
	registrar registrar
	log       *slog.Logger
	metrics   io.Writer
	now       func() time.Time
	function  string
	denials   denials
}

// handle registers the certificates of a batch, one after the other: AWS IoT's control plane permits about ten calls a second.
// Failed messages go back to the queue, and after the queue's last attempt to its dead-letter queue, as do unreadable ones.
func (h *handler) handle(ctx context.Context, in events.SQSEvent) (events.SQSEventResponse, error) {
	ctx, cancel := lambdamain.Reserve(ctx)
	defer cancel()
	out := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	counts := map[string]int{}
	for _, message := range in.Records {
		outcome, err := h.one(ctx, message)
		if err != nil {
			outcome = "failed_" + errs.Of(err).String()
			out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: message.MessageId})
		}
		counts[outcome]++
	}
	h.report(counts)
	return out, nil
}

func (h *handler) one(ctx context.Context, message events.SQSMessage) (string, error) {
	log := h.log.With("message_id", message.MessageId)
	if err := ctx.Err(); err != nil {
		log.Warn("no time left in this run: back to the queue")
		return "", fmt.Errorf("before message %s: %w", message.MessageId, err)
	}
	event, err := registration.ParseEvent([]byte(message.Body))
	if err != nil {
		log.Error("unreadable registration event", "error", err)
		return "", err
	}
	if h.denials.spent(event.CACertificateID, h.now()) {
		log.Warn("registration deferred: the authority has too many denials", "ca_certificate_id", event.CACertificateID)
		return deferred, nil
	}
	log = log.With("certificate_id", event.CertificateID, "ca_certificate_id", event.CACertificateID)
	result, err := h.registrar.Register(ctx, event)
	if err != nil {
		log.Error("registration failed", "error", redact(err.Error()), "category", errs.Of(err).String())
		return "", err
	}
	if result.Outcome == registration.Denied {
		h.denials.spend(event.CACertificateID, h.now())
	}
	log.Info("registration", "outcome", string(result.Outcome), "vin", redacted(result), "reason", redact(result.Reason))
	return string(result.Outcome), nil
}

func redacted(r registration.Result) string {
	if r.VIN == "" {
		return ""
	}
	return r.VIN.Redacted()
}

// report prints one metric line per outcome.
func (h *handler) report(counts map[string]int) {
	for outcome, n := range counts {
		line := emf.Line{
			Namespace: names.MetricNamespace,
			Dimensions: []emf.Dimension{
				{Name: names.DimensionFunction, Value: h.function}, {Name: names.DimensionReason, Value: outcome},
			},
			Values: []emf.Value{{Name: names.MetricRegistrations, Unit: emf.Count, Value: float64(n)}},
		}
		if err := line.Write(h.metrics, h.now()); err != nil {
			h.log.Error("metrics lost", "error", err)
		}
	}
}
