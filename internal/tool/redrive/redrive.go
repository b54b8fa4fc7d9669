// Package redrive lists messages that could not be processed, and brings them back to the place where they failed. It refuses a message
// that would fail again for the same reason, and needs Options.Again to bring a message back a second time.
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
	Detail string // from the function or service that failed; empty if it gave none
	VIN    string // empty if the message names no car
	// First is the time at which the platform first received the message. Zero: the time at which the message entered the queue.
	First time.Time
	// IDs identify the messages to bring back, by destination and content. A message that fails again has the same id.
	IDs []string
	// Occurrence is the same for all copies of one failure in several queues, and differs when the message fails again. Empty: there are no
	// copies.
	Occurrence string
	// Payload is the message to bring back. nil: there is nothing to show or to edit.
	Payload []byte
	// With returns the Item with another payload. nil: the payload cannot be edited.
	With func(payload []byte) Item
	// Again repeats the step that failed. nil: that is impossible, for the reason in Stuck.
	Again func(ctx context.Context) error
	Stuck string
}

// Source reads failures of one kind.
type Source interface {
	// Read decodes a message. It always returns an Item; a malformed message is stuck.
	Read(f Failure) Item
}

// store holds failures: a queue or a bucket.
type store interface {
	// each calls f for every failure, at most limit (0: all), and deletes the failures for which f returns true.
	each(ctx context.Context, limit int, f func(Failure) (done bool)) error
}

// Failures are the failures of one kind.
type Failures struct {
	Kind   string
	Family string // name of the first of the kinds that have the same messages
	Store  store
	Source Source
}

// each calls f for every failure of every kind, at most limit failures in all (0: no limit).
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

// complete sets the id and the time of an Item if its source did not.
func complete(i Item, f Failure) Item {
	if len(i.IDs) == 0 {
		i.IDs = []string{idOf(f.Body)}
	}
	if i.First.IsZero() || i.First.After(f.SentAt) {
		i.First = f.SentAt
	}
	return i
}

// idOf hashes a message's destination and content.
func idOf(parts ...string) string {
	const bytes = 8
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:bytes])
}

// Options select failures.
type Options struct {
	Max    int    // largest number of messages; 0: all
	Reason string // only failures with this reason; empty: all
	VIN    string // only failures of this car; empty: all
	ID     string // only the message with this id; empty: all
	Stuck  bool   // only failures that cannot be brought back
	Again  bool   // also messages that were brought back before
	DryRun bool   // only count, change nothing
}

// takes reports whether the options select the failure.
func (o Options) takes(i Item) bool {
	return (o.Reason == "" || o.Reason == i.Reason) && (o.VIN == "" || o.VIN == i.VIN) && (o.ID == "" || o.ID == i.IDs[0]) &&
		(!o.Stuck || i.Again == nil)
}

// stuck returns an Item that cannot be brought back.
func stuck(reason, format string, args ...any) Item {
	return Item{Reason: reason, Stuck: fmt.Sprintf(format, args...)}
}
