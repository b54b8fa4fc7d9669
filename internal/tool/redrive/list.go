package redrive

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Group counts failures of one kind or family that have the same reason, car and obstacle to being brought back. A message that failed in
// several kinds of one family counts once.
type Group struct {
	Kinds  []string  `json:"kinds"`
	Reason string    `json:"reason"`
	VIN    string    `json:"vin,omitempty"`
	Count  int       `json:"count"`
	First  time.Time `json:"first"`           // when the platform received the earliest of them
	Stuck  string    `json:"stuck,omitempty"` // reason that they cannot be brought back
}

// List groups failures, at most limit (0: all), the largest group first. It changes no queue.
func List(ctx context.Context, all []Failures, l Ledger, limit int) ([]Group, error) {
	history, err := l.load(ctx)
	if err != nil {
		return nil, err
	}
	type key struct{ family, reason, vin, stuck string }
	groups, copies := map[key]*Group{}, map[string]bool{}
	err = each(ctx, all, limit, func(kind Failures, _ Failure, i Item) bool {
		k := key{kind.family(), i.Reason, i.VIN, cmp.Or(i.Stuck, history.refusal(i))}
		g := groups[k]
		if g == nil {
			g = &Group{Reason: i.Reason, VIN: i.VIN, Stuck: k.stuck, First: i.First}
			groups[k] = g
		}
		if !slices.Contains(g.Kinds, kind.Kind) {
			g.Kinds = append(g.Kinds, kind.Kind)
		}
		if first := history.first(i); first.Before(g.First) {
			g.First = first
		}
		if i.Occurrence == "" || !copies[i.Occurrence] {
			g.Count += len(i.IDs)
		}
		copies[i.Occurrence] = true
		return false
	})
	if err != nil {
		return nil, err
	}
	out := make([]Group, 0, len(groups))
	for g := range maps.Values(groups) {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b Group) int {
		return cmp.Or(b.Count-a.Count, slices.Compare(a.Kinds, b.Kinds), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.VIN, b.VIN), cmp.Compare(a.Stuck, b.Stuck))
	})
	return out, nil
}

func (f Failures) family() string { return cmp.Or(f.Family, f.Kind) }

// Entry is one failure with its payload.
type Entry struct {
	Kind     string          `json:"kind"`
	ID       string          `json:"id"`
	Reason   string          `json:"reason"`
	Detail   string          `json:"detail,omitempty"`
	VIN      string          `json:"vin,omitempty"`
	First    time.Time       `json:"first"`  // when the platform received the message
	Failed   time.Time       `json:"failed"` // when the message last entered the queue
	Messages int             `json:"messages"`
	Stuck    string          `json:"stuck,omitempty"`
	Payload  json.RawMessage `json:"payload,omitempty"` // JSON; a text that is not JSON is a JSON string
}

// Show calls f with each failure that matches the options.
func Show(ctx context.Context, all []Failures, l Ledger, o Options, f func(Entry)) error {
	history, err := l.load(ctx)
	if err != nil {
		return err
	}
	return each(ctx, all, o.Max, func(kind Failures, failure Failure, i Item) bool {
		if o.takes(i) {
			f(entry(kind, failure, i, history))
		}
		return false
	})
}

func entry(kind Failures, f Failure, i Item, h history) Entry {
	return Entry{
		Kind: kind.Kind, ID: i.IDs[0], Reason: i.Reason, Detail: i.Detail, VIN: i.VIN, First: h.first(i), Failed: f.SentAt,
		Messages: len(i.IDs), Stuck: cmp.Or(i.Stuck, h.refusal(i)), Payload: asJSON(cmp.Or(string(i.Payload), f.Body)),
	}
}

// asJSON returns the text if it is valid JSON, and otherwise the text as a JSON string.
func asJSON(text string) json.RawMessage {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	quoted, _ := json.Marshal(text) // encoding a string never fails
	return quoted
}
