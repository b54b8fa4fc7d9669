package rules

import (
	"context"
	"fmt"
	"sync"
	"time"

	"connectedcar/cmd/localcloud/internal/front"
)

// once asks every question of a call once, however many rules have it.
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

// tableLife is the time for which a table's description is kept. Every write of an item needs it, the keys of a table never change, and calls
// that change its indexes end it.
const tableLife = 5 * time.Second

// tables keeps the descriptions of tables.
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

// forget ends what is known of tables when a call changes one.
func (t *tables) forget(c *front.Call) {
	if c.Is("dynamodb", "CreateTable", "UpdateTable", "DeleteTable") {
		t.mu.Lock()
		clear(t.known)
		t.mu.Unlock()
	}
}
