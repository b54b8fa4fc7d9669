// Package rules is the device gateway's rules engine: it compiles topic rules, selects the rules for a message, and runs their actions, or
// the error action if one of them fails.
package rules

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/iot/types"

	"connectedcar/internal/twin/iot/gateway/actions"
	"connectedcar/internal/twin/iot/gateway/registry"
	"connectedcar/internal/twin/iot/sql"
)

// rule is a compiled topic rule.
type rule struct {
	definition registry.Rule
	statement  *sql.Statement
	actions    []actions.Action
	onError    actions.Action // nil: none
}

type ruleSet struct {
	all    []*rule
	byName map[string]*rule // for Basic Ingest
}

// builder compiles actions. actions.Builder implements it.
type builder interface {
	Build(*sql.Statement, types.Action) (actions.Action, error)
}

// Engine runs the rules of the newest registry snapshot. It is safe for concurrent use.
type Engine struct {
	rules    atomic.Pointer[ruleSet]
	build    builder
	services sql.Services
	log      *slog.Logger
	count    Counter
	broken   map[string]registry.Rule // rules that do not compile; only Set uses it
}

// Counter counts the work of the engine. Rule names are those of deployed rules.
type Counter struct {
	Matched   func(rule string)         // the rule matched a message
	Failed    func(rule, action string) // an action failed
	Succeeded func(rule, action string) // an action succeeded
	Missing   func()                    // Basic Ingest to a rule that does not exist
	SQLFailed func(rule string)         // the rule's SQL failed on a message
}

// New makes an engine without rules.
func New(b builder, services sql.Services, log *slog.Logger, count Counter) *Engine {
	e := &Engine{build: b, services: services, log: log, count: count, broken: map[string]registry.Rule{}}
	e.rules.Store(&ruleSet{byName: map[string]*rule{}})
	return e
}

// Set replaces the rules. An unchanged rule keeps its compiled form. A rule that does not compile is logged and left out until it changes.
// Set must not be called concurrently.
func (e *Engine) Set(definitions []registry.Rule) {
	old := e.rules.Load()
	next := &ruleSet{byName: make(map[string]*rule, len(definitions))}
	for _, d := range definitions {
		if d.Disabled {
			continue
		}
		r := old.byName[d.Name]
		if r == nil || !same(r.definition, d) {
			if b, ok := e.broken[d.Name]; ok && same(b, d) {
				continue
			}
			var err error
			if r, err = e.compile(d); err != nil {
				e.broken[d.Name] = d
				e.log.Error("topic rule does not compile: it is left out", "rule", d.Name, "error", err)
				continue
			}
			delete(e.broken, d.Name)
			e.log.Info("topic rule loaded", "rule", d.Name, "topic_filter", r.statement.Filter(), "actions", len(r.actions))
		}
		next.all, next.byName[d.Name] = append(next.all, r), r
	}
	for name := range old.byName {
		if next.byName[name] == nil {
			e.log.Info("topic rule removed", "rule", name)
		}
	}
	e.rules.Store(next)
}

// same compares definitions. Their actions are pointers to plain data, so it compares the values.
func same(a, b registry.Rule) bool { return reflect.DeepEqual(a, b) }

// compile compiles a rule. An action that the gateway does not implement is logged and left out; the other actions run.
func (e *Engine) compile(d registry.Rule) (*rule, error) {
	version := sql.Version(d.Version)
	s, err := sql.Compile(d.SQL, version)
	if err != nil {
		return nil, fmt.Errorf("SQL: %w", err)
	}
	r := &rule{definition: d, statement: s}
	for i, a := range d.Actions {
		made, err := e.action(d.Name, s, a)
		if err != nil {
			return nil, fmt.Errorf("action %d: %w", i+1, err)
		}
		if made != nil {
			r.actions = append(r.actions, made)
		}
	}
	if d.OnError != nil {
		if r.onError, err = e.action(d.Name, s, *d.OnError); err != nil {
			return nil, fmt.Errorf("error action: %w", err)
		}
	}
	return r, nil
}

func (e *Engine) action(rule string, s *sql.Statement, a types.Action) (actions.Action, error) {
	made, err := e.build.Build(s, a)
	var unsupported *actions.UnsupportedError
	if errors.As(err, &unsupported) {
		e.log.Warn("topic rule's action is left out", "rule", rule, "error", err)
		return nil, nil
	}
	return made, err
}

// BasicIngest is the prefix of topics that lead to a single rule, without subscribers.
const BasicIngest = "$aws/rules/"

// SplitBasicIngest splits a topic of Basic Ingest into the rule's name and the rest; ok is false for other topics.
func SplitBasicIngest(topic string) (rule, rest string, ok bool) {
	after, ok := strings.CutPrefix(topic, BasicIngest)
	if !ok {
		return "", topic, false
	}
	rule, rest, _ = strings.Cut(after, "/")
	return rule, rest, true
}

// Select returns the message's topic without the prefix of Basic Ingest, and the rules that match the topic.
func (e *Engine) Select(topic string) (own string, selected Selected) {
	set := e.rules.Load()
	if name, rest, ok := SplitBasicIngest(topic); ok {
		r := set.byName[name]
		if r == nil {
			e.count.Missing()
			e.log.Warn("Basic Ingest to a rule that is not there", "rule", name)
			return rest, Selected{}
		}
		return rest, Selected{one: r}
	}
	for _, r := range set.all {
		if r.statement.Matches(topic) {
			selected.add(r)
		}
	}
	return topic, selected
}

// Selected are the rules that match a message's topic: nearly always one.
type Selected struct {
	one  *rule
	more []*rule
}

// None reports whether no rule matches.
func (s Selected) None() bool { return s.one == nil }

func (s *Selected) add(r *rule) {
	if s.one == nil {
		s.one = r
		return
	}
	s.more = append(s.more, r)
}

// Has reports whether the rule exists and compiles.
func (e *Engine) Has(name string) bool { return e.rules.Load().byName[name] != nil }
