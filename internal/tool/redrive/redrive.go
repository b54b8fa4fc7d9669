package redrive

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// Item describes a failure.
type Item struct {
	Reason string
	VIN    string // empty if it names no car
	// Again does once more what failed. nil: it cannot be brought back, for the reason in Stuck.
	Again func(ctx context.Context) error
	Stuck string
}

// Source reads failures of one kind.
type Source interface {
	// Read understands a message. It always returns an Item: one that cannot be read is stuck.
	Read(f Failure) Item
}

// Group is a number of failures alike.
type Group struct {
	Reason string    `json:"reason"`
	VIN    string    `json:"vin,omitempty"`
	Count  int       `json:"count"`
	Oldest time.Time `json:"oldest"`
	Stuck  string    `json:"stuck,omitempty"` // why they cannot be brought back
}

// List groups what is in the queue, at most limit messages (0: all), the largest group first. Nothing is lost by looking.
func List(ctx context.Context, q Queue, s Source, limit int) ([]Group, error) {
	type key struct{ reason, vin, stuck string }
	groups := map[key]*Group{}
	err := q.each(ctx, limit, func(f Failure) bool {
		i := s.Read(f)
		k := key{i.Reason, i.VIN, i.Stuck}
		g := groups[k]
		if g == nil {
			g = &Group{Reason: i.Reason, VIN: i.VIN, Stuck: i.Stuck, Oldest: f.SentAt}
			groups[k] = g
		}
		g.Count++
		if f.SentAt.Before(g.Oldest) {
			g.Oldest = f.SentAt
		}
		return false
	})
	if err != nil {
		return nil, err
	}
	out := make([]Group, 0, len(groups))
	for _, g := range groups {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b Group) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.VIN, b.VIN))
	})
	return out, nil
}

// Options narrow a Run.
type Options struct {
	Max    int    // at most so many messages; 0: all
	Reason string // only failures with this reason; empty: all
	VIN    string // only failures of this car; empty: all
	DryRun bool   // only count
}

// Result counts the outcomes of a Run.
type Result struct {
	Returned int            `json:"returned"` // brought back, or that would have been
	Kept     map[string]int `json:"kept"`     // left in the queue, by why
}

// Run brings failures back. A message is deleted only after that has succeeded; what cannot be brought back stays.
func Run(ctx context.Context, q Queue, s Source, o Options) (Result, error) {
	r := Result{Kept: map[string]int{}}
	err := q.each(ctx, o.Max, func(f Failure) bool {
		i := s.Read(f)
		switch {
		case o.Reason != "" && i.Reason != o.Reason, o.VIN != "" && i.VIN != o.VIN:
			r.Kept["not asked for"]++
			return false
		case i.Again == nil:
			r.Kept[i.Stuck]++
			return false
		case o.DryRun:
			r.Returned++
			return false
		}
		if err := i.Again(ctx); err != nil {
			r.Kept[err.Error()]++
			return false
		}
		r.Returned++
		return true
	})
	return r, err
}

// stuck is an Item that cannot be brought back.
func stuck(reason, format string, args ...any) Item {
	return Item{Reason: reason, Stuck: fmt.Sprintf(format, args...)}
}
