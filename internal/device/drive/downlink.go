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

// Listener handles the messages that are sent to a car.
type Listener struct {
	Topics    []string
	Receive   func(topic string, payload []byte)
	Listening func() // called when the subscriptions are active
}

// Obeys is a Source that carries out commands. Its methods and Next are never called concurrently.
type Obeys interface {
	// HealthReport makes a health report with that id. Snapshot lists all trouble codes that are set. Both results encode as JSON.
	HealthReport(id string) (any, error)
	Snapshot() (any, error)
	// SetClimate cools or heats the car to that temperature, in Celsius.
	SetClimate(targetC float64)
	// SetInterval sets the time between two samples of the car's signals.
	SetInterval(time.Duration)
}

// downlink handles the messages to a car: commands, its shadows, and alerts.
type downlink struct {
	application names.Application
	car         vin.VIN
	source      *lockedSource
	newID       func(time.Time) string
	publish     func(topic string, payload []byte) error
	say         func(topic string, payload []byte) error // publishes at QoS 0, past the queue
	send        func(kind names.Kind, body any) error    // publishes a message of the car, such as a health report

	mu       sync.Mutex
	reported map[string]map[string]any // by shadow name
	answers  map[string][]byte         // by command id: a repeated command is done once
	alerts   int
}

// lockedSource is a Source with a lock, because commands change the car while it drives.
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

// obey calls f with the car. It returns false, without calling f, if the car does not carry out commands.
func (s *lockedSource) obey(f func(Obeys) error) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.Source.(Obeys)
	if !ok {
		return false, nil
	}
	return true, f(o)
}

// listener returns the car's subscriptions and their handlers.
func (d *downlink) listener() Listener {
	topics := []string{d.application.CommandRequest(d.car.ThingName(), "+")}
	for _, name := range shadowsObeyed {
		topics = append(topics, d.shadow(name, "update/delta"), d.shadow(name, "get/accepted"))
	}
	return Listener{Topics: topics, Receive: d.receive, Listening: d.ask}
}

// ask requests the shadows, to get the changes that were desired while the car was offline.
func (d *downlink) ask() {
	for _, name := range shadowsObeyed {
		_ = d.say(d.shadow(name, "get"), []byte("{}")) // requested again at the next connection
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

// command carries out a command and publishes the response. A command that is repeated is not carried out again: it gets the same response.
func (d *downlink) command(payload []byte) {
	var m command.Message
	if json.Unmarshal(payload, &m) != nil || m.Schema != command.RequestSchema || m.ID == "" {
		return // without an id there is no topic to respond on
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
	_ = d.publish(d.application.CommandResponse(d.car.ThingName(), m.ID), answer) // without a response the sender repeats the command
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

// carryOut carries out the command and returns its result; nil if the command has expired or this car does not support it.
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

// sent publishes a message that the car makes. The result is nil if the car does not carry out commands.
func (d *downlink) sent(kind names.Kind, make func(Obeys) (any, error)) (map[string]any, error) {
	var body any
	ok, err := d.source.obey(func(o Obeys) (err error) { body, err = make(o); return err })
	if !ok || err != nil {
		return nil, err
	}
	return map[string]any{"sent": string(kind)}, d.send(kind, body)
}

// shadowsObeyed are the named shadows in which users set desired values.
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

// desired applies the shadow's delta and reports the new values.
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
		_ = d.report(name, wanted) // without a report, the shadow sends the delta again
	}
}

// report publishes the values as the shadow's reported state.
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

// answerLimit is the longest wait for space in the car's queue when it publishes a response.
const answerLimit = 10 * time.Second

// downlink makes the handler of messages to the car. The car is not connected yet: its responses wait until connected is called.
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
