package drive

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"connectedcar/internal/device/sim"
	"connectedcar/internal/domain/command"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// Listener receives the messages to a car.
type Listener struct {
	Topics    []string
	Receive   func(topic string, payload []byte)
	Listening func() // the broker passes on what comes from now on
}

// Obeys is a Source that does what it is told. Its methods are never called at the same time as Next.
type Obeys interface {
	// HealthReport is a health report with that id, and Snapshot all trouble codes that are set; both in JSON.
	HealthReport(id string) (any, error)
	Snapshot() (any, error)
	// SetClimate cools or heats to that temperature, in Celsius.
	SetClimate(targetC float64)
	// SetInterval has the car sample its signals so often.
	SetInterval(time.Duration)
}

// downlink handles the messages to a car: commands, its shadows, and alerts.
type downlink struct {
	application names.Application
	car         vin.VIN
	source      *lockedSource
	newID       func(time.Time) string
	publish     func(topic string, payload []byte) error
	say         func(topic string, payload []byte) error // at once and unsurely
	send        func(kind names.Kind, body any) error    // as a message of the car

	mu       sync.Mutex
	reported map[string]map[string]any // by shadow
	answers  map[string][]byte         // by command: one that comes twice is done once
	alerts   int
}

// lockedSource lets what a car hears change the car while it drives.
type lockedSource struct {
	mu sync.Mutex
	Source
}

// Next implements Source.
func (s *lockedSource) Next() (sim.Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Source.Next()
}

// obey calls f with the car if it does what it is told.
func (s *lockedSource) obey(f func(Obeys) error) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.Source.(Obeys)
	if !ok {
		return false, nil
	}
	return true, f(o)
}

// listener has the car's subscriptions.
func (d *downlink) listener() Listener {
	topics := []string{d.application.CommandRequest(d.car.ThingName(), "+")}
	for _, name := range shadowsObeyed {
		topics = append(topics, d.shadow(name, "update/delta"), d.shadow(name, "get/accepted"))
	}
	return Listener{Topics: topics, Receive: d.receive, Listening: d.ask}
}

// ask has the shadows tell what was desired while the car was away.
func (d *downlink) ask() {
	for _, name := range shadowsObeyed {
		_ = d.say(d.shadow(name, "get"), []byte("{}")) // it is asked again at the next connection
	}
}

func (d *downlink) receive(topic string, payload []byte) {
	switch name, verb, ok := d.shadowOf(topic); {
	case topic == d.application.AlertRequest(d.car.ThingName()):
		d.mu.Lock()
		d.alerts++
		d.mu.Unlock()
	case ok:
		d.desired(name, verb, payload)
	default:
		d.command(payload)
	}
}

// command does what a command says, unless it is too old, and answers. The answer to one that comes twice is the same.
func (d *downlink) command(payload []byte) {
	var m command.Message
	if json.Unmarshal(payload, &m) != nil || m.Schema != command.RequestSchema || m.ID == "" {
		return // nobody could be answered
	}
	d.mu.Lock()
	answer, twice := d.answers[m.ID]
	d.mu.Unlock()
	if !twice {
		answer = d.do(m)
		d.mu.Lock()
		d.answers[m.ID] = answer
		d.mu.Unlock()
	}
	_ = d.publish(d.application.CommandResponse(d.car.ThingName(), m.ID), answer) // the sender sends again what is not answered
}

func (d *downlink) do(m command.Message) []byte {
	now := time.Now().UTC()
	status, reason, result := command.ResultSucceeded, "", map[string]any(nil)
	switch done, err := d.carryOut(m, now); {
	case now.After(m.ExpiresAt):
		status, reason = command.ResultRejected, "it came too late"
	case err != nil:
		status, reason = command.ResultFailed, err.Error()
	case done == nil:
		status, reason = command.ResultRejected, "this car cannot do that"
	default:
		result = done
	}
	b, err := json.Marshal(map[string]any{
		"schema": command.ResultSchema, "id": d.newID(now), "commandId": m.ID, "ts": now.Truncate(time.Millisecond), "status": status,
		"reason": reason, "result": result,
	})
	if err != nil {
		return nil
	}
	return b
}

// carryOut does it and says what is so now; nil if this car cannot do that.
func (d *downlink) carryOut(m command.Message, now time.Time) (map[string]any, error) {
	if now.After(m.ExpiresAt) {
		return nil, nil
	}
	switch m.Kind {
	case command.Lock, command.Unlock:
		return map[string]any{"locked": m.Kind == command.Lock}, nil
	case command.Honk:
		return map[string]any{"honked": true}, nil
	case command.Climate:
		target, _ := m.Parameters["targetTemperatureC"].(float64)
		return d.climate(target)
	case command.Diagnose:
		return d.sent(names.Diagnostics, func(o Obeys) (any, error) { return o.Snapshot() })
	case command.HealthReport:
		id, _ := m.Parameters["reportId"].(string)
		return d.sent(names.HealthReport, func(o Obeys) (any, error) { return o.HealthReport(id) })
	}
	return nil, nil
}

func (d *downlink) climate(targetC float64) (map[string]any, error) {
	ok, err := d.source.obey(func(o Obeys) error { o.SetClimate(targetC); return nil })
	if !ok || err != nil {
		return nil, err
	}
	return map[string]any{"targetTemperatureC": targetC}, d.report("climate", map[string]any{"targetTemperatureC": targetC})
}

// sent sends a message that the car makes.
func (d *downlink) sent(kind names.Kind, make func(Obeys) (any, error)) (map[string]any, error) {
	var body any
	ok, err := d.source.obey(func(o Obeys) (err error) { body, err = make(o); return err })
	if !ok || err != nil {
		return nil, err
	}
	return map[string]any{"sent": string(kind)}, d.send(kind, body)
}

// shadowsObeyed are the shadows in which people ask for something.
var shadowsObeyed = []string{"climate", "config"}

func (d *downlink) shadow(name, verb string) string {
	return "$aws/things/" + d.car.ThingName() + "/shadow/name/" + name + "/" + verb
}

func (d *downlink) shadowOf(topic string) (name, verb string, ok bool) {
	rest, ok := strings.CutPrefix(topic, "$aws/things/"+d.car.ThingName()+"/shadow/name/")
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "/")
}

// desired does what is desired and not so yet, and reports what is so then.
func (d *downlink) desired(name, verb string, payload []byte) {
	var delta struct{ State map[string]any }
	var whole struct {
		State struct{ Delta map[string]any }
	}
	wanted := map[string]any{}
	if verb == "update/delta" && json.Unmarshal(payload, &delta) == nil {
		wanted = delta.State
	}
	if verb == "get/accepted" && json.Unmarshal(payload, &whole) == nil {
		wanted = whole.State.Delta
	}
	if len(wanted) == 0 {
		return
	}
	_, err := d.source.obey(func(o Obeys) error {
		if target, ok := wanted["targetTemperatureC"].(float64); ok {
			o.SetClimate(target)
		}
		if seconds, ok := wanted["telemetryIntervalS"].(float64); ok && seconds >= 1 {
			o.SetInterval(time.Duration(seconds) * time.Second)
		}
		return nil
	})
	if err == nil {
		_ = d.report(name, wanted) // what is not reported stays in the delta, and comes again
	}
}

// report writes what is so into the shadow.
func (d *downlink) report(name string, values map[string]any) error {
	d.mu.Lock()
	if d.reported[name] == nil {
		d.reported[name] = map[string]any{}
	}
	maps.Copy(d.reported[name], values)
	payload, err := json.Marshal(map[string]any{"state": map[string]any{"reported": d.reported[name]}})
	d.mu.Unlock()
	if err != nil {
		return err
	}
	return d.publish(d.shadow(name, "update"), payload)
}

// answerLimit is the longest wait for a place in the car's queue for an answer.
const answerLimit = 10 * time.Second

// downlink makes the handler of messages to the car. The car has no connection yet: what it sends waits for connected.
func (f *Fleet) downlink(c Car, source *lockedSource) (d *downlink, connected func(Client)) {
	var conn Client
	ready := make(chan struct{})
	by := func(send func(Client, context.Context, string, []byte) error) func(string, []byte) error {
		return func(topic string, payload []byte) error {
			<-ready
			ctx, cancel := context.WithTimeout(context.Background(), answerLimit)
			defer cancel()
			return send(conn, ctx, topic, payload)
		}
	}
	publish := by(Client.Publish)
	d = &downlink{
		application: f.Application, car: c.VIN, source: source, publish: publish, say: by(Client.PublishQoS0),
		newID:    func(at time.Time) string { return ulid.MustNew(ulid.Timestamp(at), ulid.DefaultEntropy()).String() },
		reported: map[string]map[string]any{}, answers: map[string][]byte{},
		send: func(kind names.Kind, body any) error {
			payload, err := json.Marshal(body)
			if err != nil {
				return err
			}
			return publish(f.topic(c.VIN, kind), payload)
		},
	}
	return d, func(opened Client) { conn = opened; close(ready) }
}
