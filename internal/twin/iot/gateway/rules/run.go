package rules

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"connectedcar/internal/twin/iot/gateway/actions"
	"connectedcar/internal/twin/iot/sql"
)

// Started is a message whose actions are running.
type Started struct {
	engine  *Engine
	message sql.Message
	rules   []startedRule
}

type startedRule struct {
	rule     *rule
	waits    []actions.Wait // one per action; nil: already succeeded
	failures []*actions.Failure
}

// Start evaluates the rules for the message and starts their actions. Messages that one caller starts in sequence keep their order in every
// destination.
func (e *Engine) Start(ctx context.Context, m sql.Message, s Selected) *Started {
	out := &Started{engine: e, message: m}
	if s.one != nil {
		out.start(ctx, s.one)
	}
	for _, r := range s.more {
		out.start(ctx, r)
	}
	return out
}

func (s *Started) start(ctx context.Context, r *rule) {
	e := s.engine
	result, ok, err := r.statement.Evaluate(ctx, s.message, e.services)
	if err != nil {
		e.count.SQLFailed(r.definition.Name)
		s.rules = append(s.rules, startedRule{rule: r, failures: r.allFailed(err)})
		return
	}
	if !ok {
		return
	}
	e.count.Matched(r.definition.Name)
	in := actions.Invocation{Rule: r.definition.Name, Message: s.message, Output: result, Services: e.services}
	started := startedRule{rule: r, waits: make([]actions.Wait, len(r.actions))}
	for i, a := range r.actions {
		started.waits[i] = a.Start(ctx, in)
	}
	s.rules = append(s.rules, started)
}

// allFailed returns a failure for each action of a rule whose SQL failed.
func (r *rule) allFailed(err error) []*actions.Failure {
	out := make([]*actions.Failure, len(r.actions))
	for i, a := range r.actions {
		action, resource := a.Describe()
		out[i] = &actions.Failure{Action: action, Resource: resource, Err: err}
	}
	return out
}

// Wait waits until the actions of every rule, or its error action in their place, have taken the message. An error means that the message
// is not stored anywhere: no destination responded, or the error action failed too. If an action refuses the message and the rule has no
// error action, the message is discarded and logged, as in AWS.
func (s *Started) Wait(ctx context.Context) error {
	var lost error
	for i := range s.rules {
		if err := s.finish(ctx, &s.rules[i]); err != nil && lost == nil {
			lost = err
		}
	}
	return lost
}

func (s *Started) finish(ctx context.Context, r *startedRule) error {
	name, count := r.rule.definition.Name, s.engine.count
	for i, wait := range r.waits {
		action, _ := r.rule.actions[i].Describe()
		var f *actions.Failure
		if wait != nil {
			f = wait()
		}
		if f == nil {
			count.Succeeded(name, action)
			continue
		}
		r.failures = append(r.failures, f)
	}
	if len(r.failures) == 0 {
		return nil
	}
	for _, f := range r.failures {
		count.Failed(name, f.Action)
	}
	return s.fail(ctx, r)
}

// fail runs the error action.
func (s *Started) fail(ctx context.Context, r *startedRule) error {
	first := r.failures[0]
	log := s.engine.log.With("rule", r.rule.definition.Name, "action", first.Action, "resource", first.Resource)
	if r.rule.onError == nil {
		if actions.Unavailable(first) {
			return fmt.Errorf("rule %s, which has no error action: %w", r.rule.definition.Name, first)
		}
		log.Error("rule action failed: the message is discarded, for the rule has no error action", "error", first.Err)
		return nil
	}
	wait := r.rule.onError.Start(ctx, actions.Invocation{
		Rule: r.rule.definition.Name, Message: s.message, Output: errorDocument(r.rule.definition.Name, s.message, r.failures),
		Services: s.engine.services,
	})
	if wait != nil {
		if f := wait(); f != nil {
			s.engine.count.Failed(r.rule.definition.Name, f.Action)
			return fmt.Errorf("rule %s: %w; its error action: %w", r.rule.definition.Name, first, f)
		}
	}
	action, _ := r.rule.onError.Describe()
	s.engine.count.Succeeded(r.rule.definition.Name, action)
	log.Warn("rule action failed: its error action took the message", "error", first.Err)
	return nil
}

// errorDoc is the message to an error action, in the form that AWS documents.
// https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
type errorDoc struct {
	RuleName              string         `json:"ruleName"`
	Topic                 string         `json:"topic"`
	CloudwatchTraceID     string         `json:"cloudwatchTraceId"`
	ClientID              string         `json:"clientId"`
	Base64OriginalPayload string         `json:"base64OriginalPayload"`
	Failures              []errorFailure `json:"failures"`
}

type errorFailure struct {
	FailedAction   string `json:"failedAction"`
	FailedResource string `json:"failedResource"`
	ErrorMessage   string `json:"errorMessage"`
}

func errorDocument(rule string, m sql.Message, failures []*actions.Failure) []byte {
	d := errorDoc{
		RuleName: rule, Topic: m.Topic, CloudwatchTraceID: m.TraceID, ClientID: m.ClientID,
		Base64OriginalPayload: base64.StdEncoding.EncodeToString(m.Payload),
	}
	if d.ClientID == "" {
		d.ClientID = "N/A"
	}
	for _, f := range failures {
		d.Failures = append(d.Failures, errorFailure{f.Action, f.Resource, f.Err.Error()})
	}
	b, err := json.Marshal(d)
	if err != nil {
		panic(fmt.Sprintf("gateway: the error document is plain text and does not encode: %v", err))
	}
	return b
}
