package bff

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
)

// watch is one thing that a stream follows.
type watch struct {
	name string // as the browser wrote it
	path string // of the API
	fast bool
}

func (w watch) pace(p Pace) time.Duration {
	if w.fast {
		return p.State
	}
	return p.Slow
}

// kinds are the things that can be followed, by the word before the VIN.
var kinds = map[string]struct {
	path string
	fast bool
}{
	"state":    {"/v1/vehicles/{vin}/state", true},
	"location": {"/v1/vehicles/{vin}/location", false},
	"climate":  {"/v1/vehicles/{vin}/shadow/climate", false},
	"commands": {"/v1/vehicles/{vin}/commands?limit=10", false},
	"alerts":   {"/v1/vehicles/{vin}/alerts?limit=20", false},
}

var vinPattern = regexp.MustCompile(`^[A-HJ-NPR-Z0-9]{17}$`) // ISO 3779

func parseWatches(names []string) ([]watch, error) {
	if len(names) == 0 || len(names) > maxWatches {
		return nil, fmt.Errorf("watch is there %d times, allowed are 1 to %d", len(names), maxWatches)
	}
	seen := map[string]bool{}
	var all []watch
	for _, name := range names {
		kind, vin, ofCar := strings.Cut(name, ":")
		k, ok := kinds[kind]
		switch {
		case name == "alerts":
			all = append(all, watch{name: name, path: "/v1/alerts?limit=50"})
		case !ok || !ofCar || !vinPattern.MatchString(vin):
			return nil, fmt.Errorf("watch is not one of state, location, climate, commands and alerts with a VIN after a colon, or alerts")
		default:
			all = append(all, watch{name: name, path: strings.Replace(k.path, "{vin}", vin, 1), fast: k.fast})
		}
		if seen[name] {
			return nil, fmt.Errorf("watch names something twice")
		}
		seen[name] = true
	}
	return all, nil
}

// board has the newest of each thing that a stream follows. A browser that reads slowly finds the newest, and not everything before it.
type board struct {
	changed chan struct{}

	mu      sync.Mutex
	pending []*update
	sent    []string // digests of what the browser has
}

type update struct {
	status int
	body   json.RawMessage
	digest string
}

func newBoard(n int, seen []string) *board {
	return &board{changed: make(chan struct{}, 1), pending: make([]*update, n), sent: seen}
}

// put keeps the newest look at the n-th thing, and wakes the stream if it differs from what the browser has.
func (b *board) put(n, status int, body []byte) {
	d := digest(status, body)
	b.mu.Lock()
	defer b.mu.Unlock()
	if d == b.sent[n] {
		b.pending[n] = nil
		return
	}
	b.pending[n] = &update{status: status, body: body, digest: d}
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// take hands over what is to be sent.
func (b *board) take() []*update {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.pending
	b.pending = make([]*update, len(out))
	return out
}

// eventID notes that the n-th thing is sent, and names what the browser has then: a digest of each thing. A browser that connects again, to
// this instance or another, brings it and gets what has changed since, and no more.
func (b *board) eventID(n int, sent *update) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent[n] = sent.digest
	return strings.Join(b.sent, ".")
}

// seenBefore reads an event id of n digests; one of another stream is none.
func seenBefore(id string, n int) []string {
	if parts := strings.Split(id, "."); len(parts) == n {
		return parts
	}
	return make([]string, n)
}

// age changes with each look.
var age = regexp.MustCompile(`"ageS":[0-9.]+,?`)

func digest(status int, body []byte) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", status, age.ReplaceAll(body, nil)))
	return hex.EncodeToString(sum[:4])
}
