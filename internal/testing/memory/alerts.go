package memory

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
)

// Alerts is a store of alerts.
type Alerts struct {
	mu      sync.Mutex
	alerts  map[[2]string]alert.Alert // by VIN and id
	threads map[[2]string]alertThread // by VIN and dedup key
}

type alertThread struct {
	version int64
	json    []byte // encoded as in a table, so that a test also fails on values that the encoding loses
}

// Raise writes an alert. An alert with the same id that is there already stays unchanged.
func (s *Alerts) Raise(_ context.Context, a alert.Alert) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.alerts[[2]string{a.VIN, a.ID}]; !there {
		s.put(a)
	}
	return nil
}

func (s *Alerts) put(a alert.Alert) {
	if s.alerts == nil {
		s.alerts = map[[2]string]alert.Alert{}
	}
	s.alerts[[2]string{a.VIN, a.ID}] = a
}

// Alert returns the car's alert with that id; alert.ErrNotFound if there is none.
func (s *Alerts) Alert(_ context.Context, v, id string) (alert.Alert, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.alerts[[2]string{v, id}]
	if !ok {
		return alert.Alert{}, fmt.Errorf("%s of %s: %w", id, v, alert.ErrNotFound)
	}
	return a, nil
}

// Thread returns the newest version of that thread; an empty thread of Version 0 if there is none.
func (s *Alerts) Thread(_ context.Context, v, dedupKey string) (alert.Thread, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := alert.Thread{VIN: v, DedupKey: dedupKey}
	stored, ok := s.threads[[2]string{v, dedupKey}]
	if !ok {
		return t, nil
	}
	t.Version = stored.version
	return t, json.Unmarshal(stored.json, &t)
}

// Commit writes a thread, and its new and removed alerts; alert.ErrStale if the stored thread has another version than t.
func (s *Alerts) Commit(_ context.Context, t alert.Thread, put []alert.Alert, remove []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [2]string{t.VIN, t.DedupKey}
	if s.threads[key].version != t.Version {
		return alert.ErrStale
	}
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if s.threads == nil {
		s.threads = map[[2]string]alertThread{}
	}
	s.threads[key] = alertThread{version: t.Version + 1, json: b}
	for _, id := range remove {
		delete(s.alerts, [2]string{t.VIN, id})
	}
	for _, a := range put {
		s.put(a)
	}
	return nil
}

// OfVehicle lists a car's alerts.
func (s *Alerts) OfVehicle(_ context.Context, v string, f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error) {
	return s.list(p, func(a alert.Alert) bool { return a.VIN == v && f.Takes(a) })
}

// OfAudience lists the alerts of an audience.
func (s *Alerts) OfAudience(_ context.Context, audience string, f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error) {
	return s.list(p, func(a alert.Alert) bool { return a.Audience == audience && f.Takes(a) })
}

// OfDealer lists the alerts of a dealer's cars.
func (s *Alerts) OfDealer(_ context.Context, dealer string, f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error) {
	return s.list(p, func(a alert.Alert) bool { return a.DealerID == dealer && f.Takes(a) })
}

func (s *Alerts) list(p paging.Request, takes func(alert.Alert) bool) (paging.Page[alert.Alert], error) {
	var all []alert.Alert
	for _, a := range s.All() {
		if takes(a) {
			all = append(all, a)
		}
	}
	position := func(a alert.Alert) string { return a.ID + " " + a.VIN }
	slices.SortFunc(all, func(a, b alert.Alert) int { return cmp.Compare(position(b), position(a)) })
	if p.After != "" {
		if len(p.After) < 28 {
			return paging.Page[alert.Alert]{}, errs.As(errs.Invalid, fmt.Errorf("the list has no page that begins at %.40q", p.After))
		}
		all = slices.DeleteFunc(all, func(a alert.Alert) bool { return position(a) >= p.After })
	}
	if len(all) <= p.Size() {
		return paging.Page[alert.Alert]{Items: all}, nil
	}
	return paging.Page[alert.Alert]{Items: all[:p.Size()], Next: position(all[p.Size()-1])}, nil
}

// All returns all alerts, by VIN and id.
func (s *Alerts) All() map[[2]string]alert.Alert {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.alerts)
}
