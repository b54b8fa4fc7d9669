package redrive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// Result counts the outcomes of a Run, in messages: a batch counts as many.
type Result struct {
	Returned int            `json:"returned"` // brought back, or would be without DryRun
	Copies   int            `json:"copies"`   // deleted because the same failure was brought back from another queue
	Kept     map[string]int `json:"kept"`     // left in the queue, by reason
}

// Run brings failures back. It deletes a failure only after the message was brought back; failures that cannot be brought back stay.
func Run(ctx context.Context, all []Failures, l Ledger, o Options) (Result, error) {
	history, err := l.load(ctx)
	if err != nil {
		return Result{}, err
	}
	r := &rerun{ctx: ctx, ledger: l, history: history, options: o, result: Result{Kept: map[string]int{}}}
	err = each(ctx, all, o.Max, func(_ Failures, _ Failure, i Item) bool { return r.one(i) })
	return r.result, errors.Join(r.err, err)
}

// rerun is the state of one Run.
type rerun struct {
	ctx     context.Context
	ledger  Ledger
	history history
	options Options
	result  Result
	err     error // of the ledger; after it no further message is brought back
}

// one brings one failure back, and returns whether to delete the failure.
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

// refusal returns the reason to leave a failure in its queue; empty if the failure is to be brought back or is a copy.
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

// Drop archives failures and deletes them. It returns their number, without the copies in other queues.
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

// Edit replaces the payload of one failed message by the result of change, and brings the message back. The original failure is archived.
// If the new payload would be rejected again, Edit returns an error and changes nothing.
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
		if !found { // copies in other queues are only archived and deleted
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

// editedPayload returns the payload that change makes, or an error if the function would reject it.
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
