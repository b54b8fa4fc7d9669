package redrive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// Result counts the outcomes of a Run. A batch counts as its messages.
type Result struct {
	Returned int            `json:"returned"` // brought back, or that would have been
	Copies   int            `json:"copies"`   // deleted: the same message came back from another queue
	Kept     map[string]int `json:"kept"`     // left in the queue, by why
}

// Run brings failures back. A message is deleted only after that has succeeded; what cannot be brought back stays.
func Run(ctx context.Context, all []Failures, l Ledger, o Options) (Result, error) {
	history, err := l.load(ctx)
	if err != nil {
		return Result{}, err
	}
	r := &rerun{ctx: ctx, ledger: l, history: history, options: o, result: Result{Kept: map[string]int{}}}
	err = each(ctx, all, o.Max, func(_ Failures, _ Failure, i Item) bool { return r.one(i) })
	return r.result, errors.Join(r.err, err)
}

// rerun is a Run under way.
type rerun struct {
	ctx     context.Context
	ledger  Ledger
	history history
	options Options
	result  Result
	err     error // of the ledger: nothing is brought back after it
}

// one brings a failure back, and reports whether it is to be deleted.
func (r *rerun) one(i Item) bool {
	if why := r.refusal(i); why != "" {
		r.result.Kept[why] += len(i.IDs)
		return false
	}
	if r.history.copy(i) {
		r.result.Copies += len(i.IDs)
		return !r.options.DryRun
	}
	if r.options.DryRun {
		r.history.note(i, mark{})
		r.result.Returned += len(i.IDs)
		return false
	}
	if err := i.Again(r.ctx); err != nil {
		r.result.Kept[err.Error()] += len(i.IDs)
		return false
	}
	r.result.Returned += len(i.IDs)
	r.err = r.ledger.note(r.ctx, i, r.history)
	return r.err == nil
}

// refusal is the reason for which a failure is left where it is; empty if it is to be brought back or is a copy.
func (r *rerun) refusal(i Item) string {
	switch {
	case r.err != nil:
		return "the ledger of what was brought back cannot be written"
	case !r.options.takes(i):
		return "not asked for"
	case i.Again == nil:
		return i.Stuck
	case r.history.copy(i), r.options.Again:
		return ""
	}
	return r.history.refusal(i)
}

// Drop archives failures and deletes them. It returns their number, copies in other queues aside.
func Drop(ctx context.Context, all []Failures, l Ledger, o Options) (int, error) {
	history, err := l.load(ctx)
	if err != nil {
		return 0, err
	}
	n, copies := 0, map[string]bool{}
	var failed error
	err = each(ctx, all, o.Max, func(kind Failures, f Failure, i Item) bool {
		i.Stuck = cmp.Or(i.Stuck, history.refusal(i))
		if failed != nil || !o.takes(i) {
			return false
		}
		if i.Occurrence == "" || !copies[i.Occurrence] {
			n += len(i.IDs)
		}
		copies[i.Occurrence] = true
		if o.DryRun {
			return false
		}
		failed = l.archive(ctx, entry(kind, f, i, history), f)
		return failed == nil
	})
	return n, errors.Join(failed, err)
}

// Edit brings one message back with another payload, which change makes of the one that failed. The failure is archived as it was. A
// payload that would be refused again leaves everything as it is.
func Edit(ctx context.Context, all []Failures, l Ledger, id string, change func(payload []byte) ([]byte, error)) error {
	history, err := l.load(ctx)
	if err != nil {
		return err
	}
	found, failed := false, error(nil)
	var edited []byte
	err = each(ctx, all, 0, func(kind Failures, f Failure, i Item) bool {
		if i.IDs[0] != id || failed != nil {
			return false
		}
		if !found { // copies in other queues go the way of the first
			found = true
			if edited, failed = editedPayload(i, change); failed == nil {
				failed = i.With(edited).Again(ctx)
			}
		}
		if failed == nil {
			failed = l.archive(ctx, entry(kind, f, i, history), f)
		}
		return failed == nil
	})
	if err := errors.Join(failed, err); err != nil {
		return fmt.Errorf("edit message %s: %w", id, err)
	}
	if !found {
		return fmt.Errorf("there is no message %s: carctl redrive show names them", id)
	}
	return nil
}

var errNotEdited = errors.New("only messages are edited, not batches, changes of tables or what cannot be read: bring it back, or drop it")

// editedPayload is the payload that change makes, if the function that refused the first one would take it.
func editedPayload(i Item, change func([]byte) ([]byte, error)) ([]byte, error) {
	if i.With == nil {
		return nil, errNotEdited
	}
	payload, err := change(i.Payload)
	if err != nil {
		return nil, err
	}
	if next := i.With(payload); next.Again == nil {
		return nil, fmt.Errorf("%s", cmp.Or(next.Detail, next.Stuck))
	}
	return payload, nil
}
