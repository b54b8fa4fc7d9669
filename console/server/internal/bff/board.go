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

// watch is one resource that a live stream polls.
type watch struct {
	name string // as the browser named it in the query
	path string // path in the API
	fast bool
}

func (w watch) pace(p Pace) time.Duration {
	if w.fast {
		return p.State
	}
	return p.Slow
}

// kinds are the resources that a stream can watch, by the word before the VIN.
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

// board keeps the latest version of each watched resource. A browser that reads slowly gets only the latest version, not every one before
// it.
type board struct {
	changed chan struct{}

	mu      sync.Mutex
	pending []*update
	sent    []string // digests of the versions that the browser has
}

type update struct {
	status int
	body   json.RawMessage
	digest string
}

func newBoard(n int, seen []string) *board {
	return &board{changed: make(chan struct{}, 1), pending: make([]*update, n), sent: seen}
}

// put stores the latest version of the n-th resource, and wakes the stream if it differs from the browser's version.
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

// take returns the updates to send, and removes them from the board.
func (b *board) take() []*update {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.pending
	b.pending = make([]*update, len(out))
	return out
}

// eventID records that the n-th resource is sent, and returns an event id with a digest of each resource that the browser then has. A
// browser that reconnects, to this instance or another, sends the id back and gets only the changes since.
func (b *board) eventID(n int, sent *update) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent[n] = sent.digest
	return strings.Join(b.sent, ".")
}

// seenBefore parses an event id of n digests. It returns empty digests for the id of another stream.
func seenBefore(id string, n int) []string {
	if parts := strings.Split(id, "."); len(parts) == n {
		return parts
	}
	return make([]string, n)
}

// age matches the age of a value, which changes with each poll.
var age = regexp.MustCompile(`"ageS":[0-9.]+,?`)

func digest(status int, body []byte) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", status, age.ReplaceAll(body, nil)))
	return hex.EncodeToString(sum[:4])
}
