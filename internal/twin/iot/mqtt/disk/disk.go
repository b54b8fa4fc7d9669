// Package disk stores a broker's state in a file of keys and values. Changes are written in the background, many in one transaction. A
// caller that needs a change to survive the end of the program waits for the change's Mark.
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

// Bucket is the name of a set of keys in a Store.
type Bucket string

// Store is an open file of keys and values, in buckets.
type Store struct {
	db      *bbolt.DB
	writing sync.WaitGroup

	mu      sync.Mutex
	batch   *batch        // collects changes
	wake    chan struct{} // holds an element while the batch has changes
	closing bool
}

// batch holds changes that are written in one transaction.
type batch struct {
	changes  map[place][]byte // nil: delete the key
	prefixes []place          // prefixes of keys to delete, after the changes
	done     chan struct{}
	err      error // set when done is closed
}

type place struct {
	bucket Bucket
	key    string
}

// Mark is a point in the sequence of changes. The zero Mark is reached.
type Mark struct{ batch *batch }

// Reached reports whether there is nothing to wait for.
func (m Mark) Reached() bool { return m.batch == nil }

// Wait waits until the changes before the mark are in the file. It fails if the transaction did, or if the context ends first.
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

// lockTime is the longest wait for another program to release the lock on the file.
const lockTime = 2 * time.Second

// Open opens or creates the file. Committed changes survive the end of the program, even by a kill. With sync they also survive a crash of
// the machine, and each transaction waits for the disk.
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

// Put sets the key's value. The caller must not change value afterwards.
func (s *Store) Put(b Bucket, key string, value []byte) Mark {
	return s.change(func(next *batch) { next.changes[place{b, key}] = value })
}

// Delete deletes the key.
func (s *Store) Delete(b Bucket, key string) Mark {
	return s.change(func(next *batch) { next.changes[place{b, key}] = nil })
}

// DeletePrefix deletes all keys with that prefix. The caller must not add such keys afterwards.
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

// write writes batch after batch until the store is closed. Changes that arrive during a write form the next batch.
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

// Each calls f with the bucket's keys and values in order of the keys. f must not keep either slice.
func (s *Store) Each(b Bucket, f func(key, value []byte) error) error {
	return s.db.View(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(b)).ForEach(f) })
}

// Close writes the last changes and closes the file.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return nil
	}
	s.closing = true
	select {
	case s.wake <- struct{}{}: // write once more
	default:
	}
	close(s.wake)
	s.mu.Unlock()
	s.writing.Wait()
	return s.db.Close()
}
