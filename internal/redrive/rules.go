package redrive

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"connectedcar/internal/contract"
	"connectedcar/internal/vin"
)

// Rules reads what rules of AWS IoT could not deliver, and does each rule's work in its place.
type Rules struct {
	Application  contract.Application
	Stream       Stream // telemetry
	Raw          Bucket // events and diagnostics
	Reports      Table  // health reports
	Registration Queue  // announcements of certificates
}

// errorDocument is what AWS IoT hands to an error action.
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

// Read understands an error document. The car is that of the topic, and only if it published there itself: what another client
// put on a car's topic is never brought back.
func (r Rules) Read(f Failure) Item {
	var d errorDocument
	if err := json.Unmarshal([]byte(f.Body), &d); err != nil || d.Topic == "" {
		return stuck("unreadable", "the message is no error document of AWS IoT")
	}
	reason := d.RuleName
	if len(d.Failures) > 0 {
		reason += ": " + d.Failures[0].FailedAction
	}
	if prefix := contract.CertificateRegistered(""); strings.HasPrefix(d.Topic, prefix) {
		return Item{Reason: reason, Again: func(ctx context.Context) error { return r.Registration.Send(ctx, string(d.Base64OriginalPayload)) }}
	}
	car, kind, err := r.route(d)
	if err != nil {
		return stuck(reason, "%v", err)
	}
	i := Item{Reason: reason, VIN: string(car)}
	var message map[string]json.RawMessage
	if err := json.Unmarshal(d.Base64OriginalPayload, &message); err != nil || message == nil {
		i.Stuck = "the payload is no JSON object"
		return i
	}
	stamp(message, car, d.ClientID, f.SentAt)
	i.Again, i.Stuck = r.work(kind, car, message, f)
	return i
}

// route finds car and kind of message by the topic, of which Basic Ingest's prefix does not count.
func (r Rules) route(d errorDocument) (vin.VIN, contract.Kind, error) {
	topic := d.Topic
	if rest, ok := strings.CutPrefix(topic, "$aws/rules/"); ok {
		_, topic, _ = strings.Cut(rest, "/")
	}
	levels := strings.Split(topic, "/")
	if len(levels) != 4 || levels[0] != "dt" || levels[1] != string(r.Application) {
		return "", "", fmt.Errorf("topic %.80q is none of this environment's cars", d.Topic)
	}
	car, err := vin.FromThingName(levels[2])
	if err != nil {
		return "", "", fmt.Errorf("topic %.80q: %w", d.Topic, err)
	}
	if d.ClientID != levels[2] {
		return "", "", fmt.Errorf("client is not the car of the topic")
	}
	return car, contract.Kind(levels[3]), nil
}

// stamp adds what every rule's SQL adds. The time at which the rule took the message is not in the document; the time at which
// its error action ran is as near as it gets.
func stamp(message map[string]json.RawMessage, car vin.VIN, client string, at time.Time) {
	message["vin"], _ = json.Marshal(string(car))
	message["clientId"], _ = json.Marshal(client)
	message["ingestedAt"], _ = json.Marshal(at.UnixMilli())
}

// work is what the rule for that kind does, or why there is none.
func (r Rules) work(kind contract.Kind, car vin.VIN, message map[string]json.RawMessage, f Failure) (func(context.Context) error, string) {
	body, err := json.Marshal(message)
	if err != nil {
		return nil, "the payload cannot be encoded again"
	}
	switch kind {
	case contract.Telemetry:
		return func(ctx context.Context) error { return r.Stream.Put(ctx, string(car), body) }, ""
	case contract.Event, contract.Diagnostics:
		return func(ctx context.Context) error { return r.Raw.Put(ctx, rawKey(kind, car, f), body) }, ""
	case contract.HealthReport:
		message["reportId"] = message["id"]
		return func(ctx context.Context) error { return r.Reports.Put(ctx, message) }, ""
	default:
		return nil, fmt.Sprintf("no rule handles messages of kind %.40q", string(kind))
	}
}
