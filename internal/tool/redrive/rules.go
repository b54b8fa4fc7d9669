package redrive

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// Rules reads messages that rules of AWS IoT could not deliver, and runs the action of the rule in its place.
type Rules struct {
	Application  names.Application
	Stream       Stream           // for telemetry
	Raw          Bucket           // events and diagnostics, as received
	Reports      Table            // for health reports
	Registration Queue            // for announcements of certificates
	Workers      map[string]Queue // for the workers' messages, by worker
	// Judge returns an error for a message that the function behind the rule would reject. Default: none is rejected.
	Judge func(kind, key string, body []byte) error
}

// presenceTopics is the prefix of the topics of connects and disconnects.
var presenceTopics = strings.TrimSuffix(names.Presence("", ""), "/")

// errorDocument is the message that AWS IoT hands to an error action.
// https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
type errorDocument struct {
	RuleName              string    `json:"ruleName"`
	Topic                 string    `json:"topic"`
	ClientID              string    `json:"clientId"`
	Base64OriginalPayload []byte    `json:"base64OriginalPayload"`
	Failures              []failure `json:"failures"`
}

type failure struct {
	FailedAction string `json:"failedAction"`
	ErrorMessage string `json:"errorMessage"`
}

// Read decodes an error document. The car is the one in the topic, provided that the car itself published there: a message that another
// client published on a car's topic is never brought back.
func (r Rules) Read(f Failure) Item {
	var d errorDocument
	if err := json.Unmarshal([]byte(f.Body), &d); err != nil || d.Topic == "" {
		return stuck("unreadable", "the message is no error document of AWS IoT")
	}
	reason := d.RuleName
	if len(d.Failures) > 0 {
		reason += ": " + d.Failures[0].FailedAction
	}
	i := r.item(reason, d, f)
	i.Reason, i.Detail = reason, cmp.Or(i.Detail, d.message())
	i.IDs, i.Payload = []string{idOf(string(r.Application), d.Topic, string(d.Base64OriginalPayload), f.SentAt.String())}, d.Base64OriginalPayload
	i.With = func(payload []byte) Item {
		d.Base64OriginalPayload = payload
		return r.item(reason, d, f)
	}
	return i
}

// message returns the error of the first action that failed.
func (d errorDocument) message() string {
	if len(d.Failures) == 0 {
		return ""
	}
	return d.Failures[0].ErrorMessage
}

// item returns the Item for the document's rule.
func (r Rules) item(reason string, d errorDocument, f Failure) Item {
	if prefix := names.CertificateRegistered(""); strings.HasPrefix(d.Topic, prefix) {
		return Item{Reason: reason, Again: func(ctx context.Context) error { return r.Registration.Send(ctx, string(d.Base64OriginalPayload)) }}
	}
	if strings.HasPrefix(d.Topic, presenceTopics) {
		return r.presence(reason, d, f)
	}
	where, err := r.route(d)
	if err != nil {
		return stuck(reason, "%v", err)
	}
	i := Item{Reason: reason, VIN: string(where.car)}
	payload := object(d.Base64OriginalPayload)
	if payload == nil {
		i.Stuck = "the payload is no JSON object"
		return i
	}
	i.Again, i.Stuck = r.work(where, payload, stamped(d.Base64OriginalPayload, where.car, d.ClientID, f.SentAt), d, f)
	return i.judged(r.judge(where, payload, d, f))
}

// judge returns an error for a message that its function would reject.
func (r Rules) judge(at place, payload map[string]json.RawMessage, d errorDocument, f Failure) error {
	if r.Judge == nil {
		return nil
	}
	message := stamped(d.Base64OriginalPayload, at.car, d.ClientID, f.SentAt)
	kind := string(at.kind)
	switch worker, ok := names.WorkerOf(at.kind); {
	case at.command != "":
		kind, message[names.StampCommandID] = names.WorkerCommands, at.command
	case at.kind == names.HealthReport:
		message[names.StampReportID] = payload["id"]
	case ok:
		kind = worker.Name
	}
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode the payload again: %w", err)
	}
	return r.Judge(kind, string(at.car), body)
}

// presence returns the Item for a connect or disconnect event of AWS IoT, which goes to the queue as the rule would send it.
func (r Rules) presence(reason string, d errorDocument, f Failure) Item {
	levels := strings.Split(d.Topic, "/")
	if object(d.Base64OriginalPayload) == nil || len(levels) != 5 {
		return stuck(reason, "the message is no connect or disconnect")
	}
	event := map[string]any{
		names.MemberMessage: json.RawMessage(d.Base64OriginalPayload), names.StampVIN: levels[4], names.StampIngestedAt: f.SentAt.UnixMilli(),
	}
	return Item{Reason: reason, VIN: levels[4], Again: sendTo(r.Workers[names.WorkerPresence], event)}
}

// object decodes the payload's fields; nil if it is not a JSON object.
func object(payload []byte) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(payload, &fields) != nil {
		return nil
	}
	return fields
}

// sendTo returns a function that sends the message to the queue.
func sendTo(q Queue, message map[string]any) func(context.Context) error {
	return func(ctx context.Context) error {
		body, err := json.Marshal(message)
		if err != nil {
			return fmt.Errorf("encode the payload again: %w", err)
		}
		return q.Send(ctx, string(body))
	}
}

// place holds the parts of a topic.
type place struct {
	car     vin.VIN
	kind    names.Kind // kind of the car's message; empty for an answer to a command
	command string     // id of the command that the message answers
}

// route finds the car and the kind of message by the topic, without the prefix of Basic Ingest.
func (r Rules) route(d errorDocument) (place, error) {
	topic := d.Topic
	if rest, ok := strings.CutPrefix(topic, "$aws/rules/"); ok {
		_, topic, _ = strings.Cut(rest, "/")
	}
	levels := strings.Split(topic, "/")
	message := len(levels) == 4 && levels[0] == "dt"
	answer := len(levels) == 5 && levels[0] == "cmd" && levels[4] == "res"
	if !message && !answer || levels[1] != string(r.Application) {
		return place{}, fmt.Errorf("topic %.80q is none of this environment's cars", d.Topic)
	}
	car, err := vin.FromThingName(levels[2])
	if err != nil {
		return place{}, fmt.Errorf("topic %.80q: %w", d.Topic, err)
	}
	if d.ClientID != levels[2] {
		return place{}, fmt.Errorf("client is not the car of the topic")
	}
	if answer {
		return place{car: car, command: levels[3]}, nil
	}
	return place{car: car, kind: names.Kind(levels[3])}, nil
}

// stamped adds the platform's stamps to a message, as the SQL of every rule does. The error document lacks the time at which the rule
// received the message, so the time of the error action stands in for it.
func stamped(payload []byte, car vin.VIN, client string, at time.Time) map[string]any {
	return map[string]any{
		names.MemberMessage: json.RawMessage(payload), names.StampVIN: string(car), names.StampClientID: client, names.StampIngestedAt: at.UnixMilli(),
	}
}

// work returns the rule's action for the message, or the reason that the message cannot be brought back.
func (r Rules) work(at place, payload map[string]json.RawMessage, stamped map[string]any, d errorDocument, f Failure) (func(context.Context) error, string) {
	if at.command != "" {
		stamped[names.StampCommandID] = at.command
		return sendTo(r.Workers[names.WorkerCommands], stamped), ""
	}
	if at.kind == names.HealthReport {
		stamped[names.StampReportID] = payload["id"]
	}
	body, err := json.Marshal(stamped)
	if err != nil {
		return nil, "the payload cannot be encoded again"
	}
	switch at.kind {
	case names.Telemetry:
		return func(ctx context.Context) error { return r.Stream.Put(ctx, string(at.car), body) }, ""
	case names.Event, names.Diagnostics, names.Trip:
		return func(ctx context.Context) error { return r.both(ctx, at, body, d, f) }, ""
	case names.HealthReport:
		return func(ctx context.Context) error { return r.Reports.Put(ctx, body) }, ""
	default:
		return nil, fmt.Sprintf("no rule handles messages of kind %.40q", string(at.kind))
	}
}

// both repeats those of the rule's two actions that failed: sending the message to its function, and storing the raw message.
func (r Rules) both(ctx context.Context, at place, body []byte, d errorDocument, f Failure) error {
	if at.kind != names.Trip && d.failed("S3Action") {
		if err := r.Raw.Put(ctx, rawKey(at.kind, at.car, f), body); err != nil {
			return err
		}
	}
	if !d.failed("SqsAction") {
		return nil
	}
	worker, _ := names.WorkerOf(at.kind)
	q, ok := r.Workers[worker.Name]
	if !ok {
		return fmt.Errorf("there is no queue for messages of kind %s", at.kind)
	}
	return q.Send(ctx, string(body))
}

// failed reports whether that action failed. If the document names neither of the rule's two actions, both failed, as the SQL could not be
// evaluated.
func (d errorDocument) failed(action string) bool {
	named := false
	for _, f := range d.Failures {
		if f.FailedAction == action {
			return true
		}
		named = named || f.FailedAction == "S3Action" || f.FailedAction == "SqsAction"
	}
	return !named
}
