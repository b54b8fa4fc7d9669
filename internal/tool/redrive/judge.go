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

// Findings is the kind of the findings of the windows over the fleet.
const Findings = "findings"

// Judge reads a message as the function that takes that kind does, under that partition key. Its verdict depends on the message alone: a
// message that is refused here was refused there, and is again however often it is brought back. The kinds are those of cars' messages,
// the workers' names, and Findings; of others it knows nothing wrong.
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

// judged makes an Item stuck whose message would be refused again.
func (i Item) judged(err error) Item {
	if err == nil {
		return i
	}
	reason := errs.Invalid.String() // a message that is malformed in itself
	var rejection *message.Rejection
	if errors.As(err, &rejection) {
		reason = string(rejection.Reason)
	}
	i.Again, i.Detail = nil, err.Error()
	i.Stuck = "it would be refused again (" + reason + "), however often: edit it, or drop it"
	return i
}

// receivedAt is the time at which the rules engine took a message, by its stamp; zero if it has none.
func receivedAt(body []byte) time.Time {
	m, err := message.Open(body)
	if err != nil || m.IngestedAt() <= 0 {
		return time.Time{}
	}
	return m.ReceivedAt()
}
