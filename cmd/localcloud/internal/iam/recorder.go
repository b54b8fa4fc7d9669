package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"connectedcar/cmd/localcloud/internal/iam/template"
)

// Recorder collects the IAM requests of functions and rules, without duplicates. It is safe for concurrent use.
type Recorder struct {
	mu       sync.Mutex
	requests map[string]Request
	calls    map[string]int     // by caller
	problems map[string]problem // by the error's text
}

type problem struct {
	caller string
	err    error
}

// Record adds one call. A call of an operation without a row in needs becomes a problem, which Recording returns.
func (r *Recorder) Record(c Call) {
	requests, err := Requests(c)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		if r.problems == nil {
			r.problems = map[string]problem{}
		}
		r.problems[err.Error()] = problem{c.Caller, err}
		return
	}
	if r.requests == nil {
		r.requests = map[string]Request{}
	}
	if r.calls == nil {
		r.calls = map[string]int{}
	}
	r.calls[c.Caller]++
	for _, q := range requests {
		r.requests[q.key()] = q
	}
}

// Recording holds the IAM requests of one run, with the account, region and physical ids of the stacks, so that other templates can be
// judged by it later.
type Recording struct {
	Place    template.Place `json:"place"`
	Calls    int            `json:"calls"`
	Requests []Request      `json:"requests"`
}

// Recording returns the requests so far of the callers that of accepts: tools have application ids too. The error names calls of operations
// that the package has no row for.
func (r *Recorder) Recording(place template.Place, of func(caller string) bool) (Recording, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	recording := Recording{Place: place}
	for caller, n := range r.calls {
		if of(caller) {
			recording.Calls += n
		}
	}
	for _, request := range r.requests {
		if of(request.Caller) {
			recording.Requests = append(recording.Requests, request)
		}
	}
	slices.SortFunc(recording.Requests, compare)
	var problems []error
	for _, text := range slices.Sorted(maps.Keys(r.problems)) {
		if p := r.problems[text]; of(p.caller) {
			problems = append(problems, p.err)
		}
	}
	return recording, errors.Join(problems...)
}

// Save writes the recording to a file, as JSON.
func (r Recording) Save(file string) error {
	b, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return fmt.Errorf("encode the recorded calls: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("keep the recorded calls: %w", err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return fmt.Errorf("keep the recorded calls: %w", err)
	}
	return nil
}

// LoadRecording reads a file that Save wrote.
func LoadRecording(file string) (Recording, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return Recording{}, fmt.Errorf("read the recorded calls (make smoke records them): %w", err)
	}
	var r Recording
	if err := json.Unmarshal(b, &r); err != nil {
		return Recording{}, fmt.Errorf("read the recorded calls in %s: %w", file, err)
	}
	return r, nil
}
