// Package redrive looks into the queues of messages that could not be handled, and brings them back to where they failed. A message that
// would fail again for the same reason is refused, and one that was brought back before is not brought back a second time unasked.
package redrive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Item describes a failure.
type Item struct {
	Reason string
	Detail string // of the function or service that failed; empty if it gave none
	VIN    string // empty if it names no car
	// First is the time at which the platform took the message first. Zero: the time at which it came into the queue.
	First time.Time
	// IDs identify the messages that go back, by destination and content. They are the same when a message fails again.
	IDs []string
	// Occurrence is the same in all queues that one failed record came into, and another one when it fails again. Empty: there are no copies.
	Occurrence string
	// Payload is the message that goes back. nil: there is none to show or to edit.
	Payload []byte
	// With is the Item with another payload in its place. nil: it cannot be edited.
	With func(payload []byte) Item
	// Again does once more what failed. nil: it cannot be brought back, for the reason in Stuck.
	Again func(ctx context.Context) error
	Stuck string
}

// Source reads failures of one kind.
type Source interface {
	// Read understands a message. It always returns an Item: one that cannot be read is stuck.
	Read(f Failure) Item
}

// store keeps failures: a queue or a bucket.
type store interface {
	// each calls f for every failure, at most limit (0: all), and deletes those for which f returns true.
	each(ctx context.Context, limit int, f func(Failure) (done bool)) error
}

// Failures are the failures of one kind.
type Failures struct {
	Kind   string
	Family string // of kinds that have the same messages: that of the first of them
	Store  store
	Source Source
}

// each calls f for every failure of all kinds, at most limit of them (0: all).
func each(ctx context.Context, all []Failures, limit int, f func(kind Failures, f Failure, i Item) (done bool)) error {
	seen := 0
	for _, kind := range all {
		left := 0
		if limit > 0 {
			if left = limit - seen; left <= 0 {
				return nil
			}
		}
		err := kind.Store.each(ctx, left, func(failure Failure) bool {
			seen++
			return f(kind, failure, complete(kind.Source.Read(failure), failure))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// complete fills in what a source leaves out.
func complete(i Item, f Failure) Item {
	if len(i.IDs) == 0 {
		i.IDs = []string{idOf(f.Body)}
	}
	if i.First.IsZero() || i.First.After(f.SentAt) {
		i.First = f.SentAt
	}
	return i
}

// idOf identifies a message by where it goes and its content.
func idOf(parts ...string) string {
	const bytes = 8
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:bytes])
}

// Options narrow what is done.
type Options struct {
	Max    int    // at most so many messages; 0: all
	Reason string // only failures with this reason; empty: all
	VIN    string // only failures of this car; empty: all
	ID     string // only the message with this id; empty: all
	Stuck  bool   // only those that cannot be brought back
	Again  bool   // also those that were brought back before
	DryRun bool   // only count
}

// takes reports whether a failure is asked for.
func (o Options) takes(i Item) bool {
	return (o.Reason == "" || o.Reason == i.Reason) && (o.VIN == "" || o.VIN == i.VIN) && (o.ID == "" || o.ID == i.IDs[0]) &&
		(!o.Stuck || i.Again == nil)
}

// stuck is an Item that cannot be brought back.
func stuck(reason, format string, args ...any) Item {
	return Item{Reason: reason, Stuck: fmt.Sprintf(format, args...)}
}
