// Package disk keeps a broker's state in a file: keys with values, which are written behind, many changes in one transaction. Who must
// know that a change will outlive the program waits for its Mark.
package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Bucket is a set of keys.
type Bucket string

// Store is an open file.
type Store struct {
	db      *bbolt.DB
	writing sync.WaitGroup

	mu      sync.Mutex
	batch   *batch        // collects changes
	wake    chan struct{} // has an element while the batch has changes
	closing bool
}

// batch is changes that are written together.
type batch struct {
	changes  map[place][]byte // nil: to delete
	prefixes []place          // whose keys are deleted, after the changes
	done     chan struct{}
	err      error // once done
}

type place struct {
	bucket Bucket
	key    string
}

// Mark is a point in the order of changes. The zero Mark is reached.
type Mark struct{ batch *batch }

// Reached tells whether there is nothing to wait for.
func (m Mark) Reached() bool { return m.batch == nil }

// Wait waits until the changes before the mark are in the file.
func (m Mark) Wait(ctx context.Context) error {
	if m.batch == nil {
		return nil
	}
	select {
	case <-m.batch.done:
		return m.batch.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// lockTime bounds the wait for another program to give the file up.
const lockTime = 2 * time.Second

// Open opens the file, or makes it. What was committed outlives the program's end, also by a kill; with sync the machine's too, at
// the cost of a wait for the disk with each transaction.
func Open(path string, sync bool, buckets ...Bucket) (*Store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: lockTime, NoSync: !sync, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType,
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open %s: another program has it", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, b := range buckets {
			if _, err := tx.CreateBucketIfNotExists([]byte(b)); err != nil {
				return fmt.Errorf("make bucket %s: %w", b, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare %s: %w", path, err), db.Close())
	}
	s := &Store{db: db, wake: make(chan struct{}, 1), batch: newBatch()}
	s.writing.Go(s.write)
	return s, nil
}

func newBatch() *batch { return &batch{changes: map[place][]byte{}, done: make(chan struct{})} }

// Put sets the key's value, which must not change after.
func (s *Store) Put(b Bucket, key string, value []byte) Mark {
	return s.change(func(next *batch) { next.changes[place{b, key}] = value })
}

// Delete deletes the key.
func (s *Store) Delete(b Bucket, key string) Mark {
	return s.change(func(next *batch) { next.changes[place{b, key}] = nil })
}

// DeletePrefix deletes all keys that begin so, of which no more may come.
func (s *Store) DeletePrefix(b Bucket, prefix string) Mark {
	return s.change(func(next *batch) { next.prefixes = append(next.prefixes, place{b, prefix}) })
}

var errClosed = errors.New("store is closed")

func (s *Store) change(add func(*batch)) Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		b := &batch{done: make(chan struct{}), err: errClosed}
		close(b.done)
		return Mark{b}
	}
	add(s.batch)
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return Mark{s.batch}
}

// write writes batch after batch until the store is closed. What comes while one is written is the next.
func (s *Store) write() {
	for range s.wake {
		s.mu.Lock()
		b := s.batch
		s.batch = newBatch()
		s.mu.Unlock()
		b.err = s.db.Update(b.apply)
		close(b.done)
	}
}

func (b *batch) apply(tx *bbolt.Tx) error {
	for at, value := range b.changes {
		bucket := tx.Bucket([]byte(at.bucket))
		var err error
		if value == nil {
			err = bucket.Delete([]byte(at.key))
		} else {
			err = bucket.Put([]byte(at.key), value)
		}
		if err != nil {
			return fmt.Errorf("write a key of %s: %w", at.bucket, err)
		}
	}
	for _, p := range b.prefixes {
		c := tx.Bucket([]byte(p.bucket)).Cursor()
		for k, _ := c.Seek([]byte(p.key)); bytes.HasPrefix(k, []byte(p.key)); k, _ = c.Seek([]byte(p.key)) {
			if err := c.Delete(); err != nil {
				return fmt.Errorf("delete keys of %s: %w", p.bucket, err)
			}
		}
	}
	return nil
}

// Each calls f with the bucket's keys and values in order. Neither may be kept.
func (s *Store) Each(b Bucket, f func(key, value []byte) error) error {
	return s.db.View(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(b)).ForEach(f) })
}

// Close writes what is left and closes the file.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return nil
	}
	s.closing = true
	select {
	case s.wake <- struct{}{}: // a last look
	default:
	}
	close(s.wake)
	s.mu.Unlock()
	s.writing.Wait()
	return s.db.Close()
}
