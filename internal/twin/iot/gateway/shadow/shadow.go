// Package shadow stores device shadows like AWS IoT's Device Shadow service: classic and named documents with desired and reported state,
// versions, metadata, and the delta between desired and reported state.
package shadow

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"
)

// Key identifies a shadow.
type Key struct {
	Thing string
	Name  string // empty: the classic shadow
}

// Limits of the service.
const (
	MaxState    = 8 << 10  // bytes of a document's state
	MaxRequest  = 64 << 10 // bytes of a request
	maxDepth    = 8        // levels in desired or reported
	maxToken    = 64       // bytes
	maxName     = 64
	DefaultPage = 25
	MaxPage     = 100
)

var namePattern = regexp.MustCompile(`^[a-zA-Z0-9:_-]{1,64}$`)

// Error is a rejected request with the service's error code.
type Error struct {
	Code    int // an HTTP status code
	Message string
}

func (e *Error) Error() string { return e.Message }

func reject(code int, format string, args ...any) *Error {
	return &Error{code, fmt.Sprintf(format, args...)}
}

// document is a stored shadow. Its maps are immutable once stored.
type document struct {
	Desired      map[string]any `json:"desired,omitempty"`
	Reported     map[string]any `json:"reported,omitempty"`
	DesiredMeta  map[string]any `json:"desiredMetadata,omitempty"`
	ReportedMeta map[string]any `json:"reportedMetadata,omitempty"`
	Version      int64          `json:"version"`
	Deleted      bool           `json:"deleted,omitempty"` // only the version is kept, to continue it
}

// Store keeps shadows. It is safe for concurrent use.
type Store struct {
	mu     sync.Mutex
	things map[string]map[string]document // thing -> shadow -> document
	folder string                         // empty: only in memory
	sync   bool
}

// Open makes a store with the shadows in the folder, or only in memory if folder is empty. With sync, an update is synced to the disk
// before it is accepted. It fails if a file cannot be read.
func Open(folder string, sync bool) (*Store, error) {
	s := &Store{things: map[string]map[string]document{}, folder: folder, sync: sync}
	if folder == "" {
		return s, nil
	}
	return s, s.load()
}

// Updated holds the messages to publish after an accepted update.
type Updated struct {
	Accepted  Response
	Delta     *Response // nil: desired and reported are equal
	Documents Documents
}

// Get returns the document; an Error with code 404 if there is none.
func (s *Store) Get(k Key, request []byte, now time.Time) (Response, *Error) {
	r, bad := parseToken(request)
	if bad != nil {
		return Response{}, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d, bad := s.existing(k)
	if bad != nil {
		return Response{}, bad
	}
	return d.response(now, r.token), nil
}

func (s *Store) existing(k Key) (document, *Error) {
	if bad := checkKey(k); bad != nil {
		return document{}, bad
	}
	d, ok := s.things[k.Thing][k.Name]
	if !ok || d.Deleted {
		return d, reject(http.StatusNotFound, "No shadow exists with name: '%s'", k.label())
	}
	return d, nil
}

// label is the shadow's name in error messages.
func (k Key) label() string {
	if k.Name == "" {
		return k.Thing
	}
	return k.Thing + "~" + k.Name
}

func checkKey(k Key) *Error {
	if k.Name != "" && !namePattern.MatchString(k.Name) {
		return reject(http.StatusBadRequest, "Invalid shadow name: allowed are 1 to %d letters, digits, colons, underscores and hyphens", maxName)
	}
	return nil
}

// Update merges the request into the document, and creates the document if necessary.
func (s *Store) Update(k Key, request []byte, now time.Time) (Updated, *Error) {
	r, bad := parseUpdate(request)
	if bad == nil {
		bad = checkKey(k)
	}
	if bad != nil {
		return Updated{}, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.things[k.Thing][k.Name]
	if r.version != nil && *r.version != old.Version {
		return Updated{}, reject(http.StatusConflict, "Version conflict")
	}
	if !ok || old.Deleted {
		old = document{Version: old.Version}
	}
	next, accepted := old.merge(r, now)
	if next.size() > MaxState {
		return Updated{}, reject(http.StatusRequestEntityTooLarge, "The payload exceeds the maximum size allowed")
	}
	if err := s.put(k, next); err != nil {
		return Updated{}, reject(http.StatusInternalServerError, "Internal service failure: %v", err)
	}
	return Updated{
		Accepted:  accepted,
		Delta:     next.deltaResponse(now, r.token),
		Documents: Documents{Previous: old.image(), Current: next.image(), Timestamp: now.Unix(), ClientToken: r.token},
	}, nil
}

// Delete removes the document. If it is created again, its version continues.
func (s *Store) Delete(k Key, request []byte, now time.Time) (Response, *Error) {
	r, bad := parseToken(request)
	if bad != nil {
		return Response{}, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d, bad := s.existing(k)
	if bad != nil {
		return Response{}, bad
	}
	if r.version != nil && *r.version != d.Version {
		return Response{}, reject(http.StatusConflict, "Version conflict")
	}
	if err := s.put(k, document{Version: d.Version, Deleted: true}); err != nil {
		return Response{}, reject(http.StatusInternalServerError, "Internal service failure: %v", err)
	}
	return Response{Version: d.Version, Timestamp: now.Unix(), ClientToken: r.token}, nil
}

// Names lists the thing's named shadows in order, at most size of them, after the name `after`. more reports whether others follow.
func (s *Store) Names(thing, after string, size int) (names []string, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names = []string{}
	for name, d := range s.things[thing] {
		if name != "" && !d.Deleted && name > after {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) > size {
		return names[:size], true
	}
	return names, false
}

// put stores a document, in the folder before the memory.
func (s *Store) put(k Key, d document) error {
	shadows := s.things[k.Thing]
	next := make(map[string]document, len(shadows)+1)
	for name, other := range shadows {
		next[name] = other
	}
	next[k.Name] = d
	if err := s.save(k.Thing, next); err != nil {
		return err
	}
	s.things[k.Thing] = next
	return nil
}
