package memory

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"sync"
	"time"

	"connectedcar/internal/domain/shadow"
	"connectedcar/internal/vin"
)

// Shadows stores cars' shadows.
type Shadows struct {
	mu   sync.Mutex
	list map[shadowKey]shadow.Document
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

type shadowKey struct {
	vin  vin.VIN
	name shadow.Name
}

// Shadow returns a car's shadow; its version is 0 if neither the car nor a user has written the shadow.
func (s *Shadows) Shadow(_ context.Context, v vin.VIN, name shadow.Name) (shadow.Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list[shadowKey{v, name}], nil
}

// Desire merges values into the desired state; shadow.ErrChanged if version is not nil and the shadow has another version.
func (s *Shadows) Desire(_ context.Context, v vin.VIN, name shadow.Name, desired map[string]any, version *int64) (shadow.Document, error) {
	return s.change(v, name, desired, version, func(d *shadow.Document) *map[string]any { return &d.Desired })
}

// Forget removes the desired state.
func (s *Shadows) Forget(_ context.Context, v vin.VIN, name shadow.Name) error {
	s.mu.Lock()
	there := s.list[shadowKey{v, name}].Desired
	s.mu.Unlock()
	if len(there) == 0 {
		return nil
	}
	nothing := map[string]any{}
	for key := range there {
		nothing[key] = nil
	}
	_, err := s.Desire(context.Background(), v, name, nothing, nil)
	return err
}

// Report merges values into the reported state, as the car does.
func (s *Shadows) Report(v vin.VIN, name shadow.Name, reported map[string]any) error {
	_, err := s.change(v, name, reported, nil, func(d *shadow.Document) *map[string]any { return &d.Reported })
	return err
}

func (s *Shadows) change(v vin.VIN, name shadow.Name, values map[string]any, version *int64, of func(*shadow.Document) *map[string]any) (shadow.Document, error) {
	values, err := asJSON(values)
	if err != nil {
		return shadow.Document{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := shadowKey{v, name}
	d := s.list[key]
	if version != nil && *version != d.Version {
		return shadow.Document{}, shadow.ErrChanged
	}
	state := of(&d)
	*state = merged(*state, values)
	d.Version++
	d.At = s.now().UTC().Truncate(time.Second)
	d.Delta = difference(d.Desired, d.Reported)
	if s.list == nil {
		s.list = map[shadowKey]shadow.Document{}
	}
	s.list[key] = d
	return d, nil
}

func (s *Shadows) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// asJSON returns a copy of values, encoded and decoded by encoding/json.
func asJSON(values map[string]any) (out map[string]any, err error) {
	b, err := json.Marshal(values)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		return nil, fmt.Errorf("encode values of a shadow: %w", err)
	}
	return out, nil
}

// merged merges values into a state as AWS IoT does: a null deletes a key, and objects are merged recursively. An empty state is nil.
func merged(state, values map[string]any) map[string]any {
	out := maps.Clone(state)
	if out == nil {
		out = map[string]any{}
	}
	for key, value := range values {
		inner, isObject := value.(map[string]any)
		there, _ := out[key].(map[string]any)
		switch {
		case value == nil:
			delete(out, key)
		case isObject:
			if next := merged(there, inner); next != nil {
				out[key] = next
			}
		default:
			out[key] = value
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// difference returns the part of the desired state that differs from the reported state; nil if there is no difference.
func difference(desired, reported map[string]any) map[string]any {
	out := map[string]any{}
	for key, want := range desired {
		inner, isObject := want.(map[string]any)
		has, reportsObject := reported[key].(map[string]any)
		switch {
		case isObject && reportsObject:
			if d := difference(inner, has); d != nil {
				out[key] = d
			}
		case !reflect.DeepEqual(want, reported[key]):
			out[key] = want
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
