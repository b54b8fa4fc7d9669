package memory

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/names"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Diagnostics is a store of faults.
type Diagnostics struct {
	mu       sync.Mutex
	records  map[[2]string]diagnostic.Record            // by VIN and id
	journals map[vin.VIN]versioned                      // by car
	frames   map[[2]string]map[string]telemetry.Signals // by VIN and message id
}

// versioned is a document, encoded as in a table, so that a test also fails on values that the encoding loses.
type versioned struct {
	version int64
	json    []byte
}

// Journal returns the newest version of a car's journal; an empty journal of Version 0 if there is none.
func (s *Diagnostics) Journal(_ context.Context, v vin.VIN) (diagnostic.Journal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := diagnostic.Journal{VIN: v}
	stored, ok := s.journals[v]
	if !ok {
		return j, nil
	}
	j.Version = stored.version
	return j, json.Unmarshal(stored.json, &j)
}

// Commit writes a journal, and its new and removed records; diagnostic.ErrStale if the stored journal has another version than j.
func (s *Diagnostics) Commit(_ context.Context, j diagnostic.Journal, put []diagnostic.Record, remove []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(put) + len(remove); n > diagnostic.MaxChanges {
		return fmt.Errorf("%d changes at once; allowed are %d", n, diagnostic.MaxChanges)
	}
	if s.journals[j.VIN].version != j.Version {
		return diagnostic.ErrStale
	}
	b, err := json.Marshal(j)
	if err != nil {
		return err
	}
	if s.journals == nil {
		s.journals, s.records = map[vin.VIN]versioned{}, map[[2]string]diagnostic.Record{}
	}
	s.journals[j.VIN] = versioned{version: j.Version + 1, json: b}
	for _, id := range remove {
		delete(s.records, [2]string{string(j.VIN), id})
	}
	for _, r := range put {
		r.FreezeFrame = nil
		s.records[[2]string{r.VIN, r.ID}] = r
	}
	return nil
}

// PutFrames stores the freeze frames of a message, by fault.
func (s *Diagnostics) PutFrames(_ context.Context, v vin.VIN, messageID string, frames map[string]telemetry.Signals) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frames == nil {
		s.frames = map[[2]string]map[string]telemetry.Signals{}
	}
	s.frames[[2]string{string(v), messageID}] = maps.Clone(frames)
	return nil
}

// Record returns the car's fault with that id and its freeze frame; diagnostic.ErrNotFound if there is none.
func (s *Diagnostics) Record(_ context.Context, v vin.VIN, id string) (diagnostic.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.records[[2]string{string(v), id}]
	if !ok {
		return diagnostic.Record{}, fmt.Errorf("%s of %s: %w", id, v, diagnostic.ErrNotFound)
	}
	return s.framed(r), nil
}

func (s *Diagnostics) framed(r diagnostic.Record) diagnostic.Record {
	r.FreezeFrame = maps.Clone(s.frames[[2]string{r.VIN, r.Frame}][r.Key()])
	return r
}

// Records lists a car's faults: first the open ones, then the resolved ones, the newest first.
func (s *Diagnostics) Records(_ context.Context, v vin.VIN, f diagnostic.Filter, p paging.Request) (paging.Page[diagnostic.Record], error) {
	oldest := diagnostic.HistoryPrefix + alert.FirstID(f.Since)
	return s.list(p, func(r diagnostic.Record) bool {
		return r.VIN == string(v) && r.ID >= oldest && (f.Status == "" || f.Status == r.Status)
	}, func(r diagnostic.Record) string { return r.ID })
}

// Worklist lists the open faults of a dealer's cars, the most recently seen first.
func (s *Diagnostics) Worklist(_ context.Context, dealerID string, p paging.Request) (paging.Page[diagnostic.Record], error) {
	return s.list(p, func(r diagnostic.Record) bool { return r.DealerID != "" && r.DealerID == dealerID }, func(r diagnostic.Record) string {
		return r.LastSeen.Format(names.TimestampLayout) + " " + r.VIN + " " + r.ID
	})
}

func (s *Diagnostics) list(p paging.Request, takes func(diagnostic.Record) bool, position func(diagnostic.Record) string) (paging.Page[diagnostic.Record], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []diagnostic.Record
	for _, r := range s.records {
		if takes(r) {
			all = append(all, s.framed(r))
		}
	}
	return pageOf(all, p, position)
}

// All returns all faults, by VIN and id.
func (s *Diagnostics) All() map[[2]string]diagnostic.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.records)
}

// Erase removes the car's position from the freeze frames of messages before that time.
func (s *Diagnostics) Erase(_ context.Context, v vin.VIN, before time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, frames := range s.frames {
		if key[0] != string(v) || key[1] >= alert.FirstID(before) {
			continue
		}
		for _, f := range frames {
			maps.DeleteFunc(f, func(path string, _ telemetry.Value) bool { return !telemetry.IsTechnical(path) })
		}
	}
	return nil
}
