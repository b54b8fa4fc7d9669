package rules

import (
	"context"
	"fmt"
	"sync"
	"time"

	"connectedcar/cmd/localcloud/internal/front"
)

// once caches the answers of Ask for one call, so that several rules can use the same answer.
func once(ask Ask) Ask {
	type answer struct {
		out map[string]any
		err error
	}
	known := map[string]answer{}
	return func(ctx context.Context, region, service, operation string, input map[string]any) (map[string]any, error) {
		question := fmt.Sprintf("%s %s %s %v", region, service, operation, input)
		a, asked := known[question]
		if !asked {
			a.out, a.err = ask(ctx, region, service, operation, input)
			known[question] = a
		}
		return a.out, a.err
	}
}

// tableLife is the cache lifetime of a table's description, which every write of an item needs. The keys of a table never change, and a
// call that changes its indexes evicts the entry.
const tableLife = 5 * time.Second

// tables caches the descriptions of tables.
type tables struct {
	ask Ask
	now func() time.Time

	mu    sync.Mutex
	known map[string]description
}

type description struct {
	out   map[string]any
	until time.Time
}

func (t *tables) get(ctx context.Context, region, service, operation string, input map[string]any) (map[string]any, error) {
	if service != "dynamodb" || operation != "DescribeTable" {
		return t.ask(ctx, region, service, operation, input)
	}
	name := fmt.Sprint(region, input)
	t.mu.Lock()
	kept, ok := t.known[name]
	t.mu.Unlock()
	if ok && t.now().Before(kept.until) {
		return kept.out, nil
	}
	out, err := t.ask(ctx, region, service, operation, input)
	if err == nil {
		t.mu.Lock()
		t.known[name] = description{out, t.now().Add(tableLife)}
		t.mu.Unlock()
	}
	return out, err
}

// forget evicts cached descriptions when a call changes a table.
func (t *tables) forget(c *front.Call) {
	if c.Is("dynamodb", "CreateTable", "UpdateTable", "DeleteTable") {
		t.mu.Lock()
		clear(t.known)
		t.mu.Unlock()
	}
}
