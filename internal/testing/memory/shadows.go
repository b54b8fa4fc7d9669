package memory

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"connectedcar/internal/domain/shadow"
	twin "connectedcar/internal/twin/iot/gateway/shadow"
	"connectedcar/internal/vin"
)

// Shadows keeps cars' shadows, by the device gateway's own engine.
type Shadows struct {
	once  sync.Once
	store *twin.Store
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

func (s *Shadows) engine() *twin.Store {
	s.once.Do(func() {
		s.store, _ = twin.Open("") // in memory: nothing that can fail
	})
	return s.store
}

func (s *Shadows) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func key(v vin.VIN, name shadow.Name) twin.Key {
	return twin.Key{Thing: v.ThingName(), Name: string(name)}
}

// Shadow is a car's shadow; one that neither car nor person has written has version 0.
func (s *Shadows) Shadow(_ context.Context, v vin.VIN, name shadow.Name) (shadow.Document, error) {
	got, bad := s.engine().Get(key(v, name), nil, s.now())
	switch {
	case bad != nil && bad.Code == http.StatusNotFound:
		return shadow.Document{}, nil
	case bad != nil:
		return shadow.Document{}, bad
	}
	payload, err := json.Marshal(got)
	if err != nil {
		return shadow.Document{}, fmt.Errorf("encode a shadow: %w", err)
	}
	return shadow.Parse(payload)
}

// Desire merges values into what is desired; with another version than there is, shadow.ErrChanged.
func (s *Shadows) Desire(ctx context.Context, v vin.VIN, name shadow.Name, desired map[string]any, version *int64) (shadow.Document, error) {
	payload, err := shadow.Request(desired, version)
	if err == nil {
		err = s.update(v, name, payload)
	}
	if err != nil {
		return shadow.Document{}, err
	}
	return s.Shadow(ctx, v, name)
}

// Forget takes back all that is desired.
func (s *Shadows) Forget(ctx context.Context, v vin.VIN, name shadow.Name) error {
	there, err := s.Shadow(ctx, v, name)
	if err != nil || len(there.Desired) == 0 {
		return err
	}
	_, err = s.Desire(ctx, v, name, nil, nil)
	return err
}

// Report is the car's word: it merges values into what is reported.
func (s *Shadows) Report(v vin.VIN, name shadow.Name, reported map[string]any) error {
	payload, err := json.Marshal(map[string]any{"state": map[string]any{"reported": reported}})
	if err != nil {
		return fmt.Errorf("encode a report: %w", err)
	}
	return s.update(v, name, payload)
}

func (s *Shadows) update(v vin.VIN, name shadow.Name, payload []byte) error {
	_, bad := s.engine().Update(key(v, name), payload, s.now())
	switch {
	case bad != nil && bad.Code == http.StatusConflict:
		return shadow.ErrChanged
	case bad != nil:
		return bad
	}
	return nil
}
