package redrive

import (
	"errors"
	"time"

	"connectedcar/internal/domain/command"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/event"
	"connectedcar/internal/domain/fleetanomaly"
	"connectedcar/internal/domain/healthreport"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/presence"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/errs"
	"connectedcar/internal/names"
)

// Findings is the kind of the findings of fleet-wide windows, beside the kinds of cars' messages and the workers' names.
const Findings = "findings"

// Judge validates a message as the function for that kind does, with the record's partition key. The verdict depends on the message alone:
// the function rejected a message with an error before, and would reject it again. kind is a kind of cars' messages, a worker's name, or
// Findings; for any other kind Judge returns nil.
func Judge(kind, key string, body []byte) error {
	switch kind {
	case string(names.Telemetry):
		_, _, reason, err := ingest.Judge(body, key)
		if err != nil {
			return message.Reject(reason, key, err)
		}
		return nil
	case string(names.HealthReport):
		_, err := healthreport.Decode(body)
		return err
	case names.WorkerDiagnostics:
		_, err := diagnostic.Decode(body)
		return err
	case names.WorkerTrips:
		return judgeTrip(body)
	case names.WorkerEvents:
		_, err := event.Decode(body)
		return err
	case names.WorkerCommands:
		_, err := command.DecodeResult(body)
		return err
	case names.WorkerPresence:
		return judgePresence(body)
	case Findings:
		_, err := fleetanomaly.Decode(body)
		return err
	}
	return nil
}

func judgeTrip(body []byte) error {
	if _, ours, err := trip.DecodeEnded(body); ours {
		return err
	}
	_, err := trip.Decode(body)
	return err
}

func judgePresence(body []byte) error {
	if _, ours, err := presence.DecodeCheck(body); ours {
		return err
	}
	_, err := presence.Decode(body)
	return err
}

// judged marks the Item as stuck if err, the verdict on its message, is not nil.
func (i Item) judged(err error) Item {
	if err == nil {
		return i
	}
	reason := errs.Invalid.String() // a malformed message
	var rejection *message.Rejection
	if errors.As(err, &rejection) {
		reason = string(rejection.Reason)
	}
	i.Again, i.Detail = nil, err.Error()
	i.Stuck = "it would be refused again (" + reason + "), however often: edit it, or drop it"
	return i
}

// receivedAt returns the time at which the rules engine received a message, by its stamp; zero if the message has none.
func receivedAt(body []byte) time.Time {
	m, err := message.Open(body)
	if err != nil || m.IngestedAt() <= 0 {
		return time.Time{}
	}
	return m.ReceivedAt()
}
