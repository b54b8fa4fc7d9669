package vehicle

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// MaxUnknown is the number of signals outside the catalogue that a State keeps: those with the alphabetically first paths,
// in whatever order they came. It keeps a state within the size limit of a table's row.
const MaxUnknown = 100

// Reading is a signal's last value.
type Reading struct {
	Value telemetry.Value
	At    int64 // milliseconds since 1970
}

// Source describes the newest message of a car.
type Source struct {
	At     int64 // time of the message's newest sample, milliseconds since 1970
	BootID string
	Seq    uint64
	TripID string
	// OffsetMs is the time from the car's timestamp to reception: the error of its clock and the delay of the message.
	OffsetMs int64
}

// Skewed reports whether the newest message arrived more than telemetry.MaxSkew after its timestamp.
func (s Source) Skewed() bool { return s.OffsetMs > telemetry.MaxSkew.Milliseconds() }

// State is the newest value of each of a car's signals. It depends on the set of applied messages and not on
// their order or number: every part is the greatest of the values that were applied, in a total order.
type State struct {
	VIN     vin.VIN
	Version int64 // version of the stored row; 0 if there is none
	Newest  Source
	Signals map[string]Reading
	// Watch is the memory of the anomaly detector, as encoded by anomaly.Memory; empty at first. It is never
	// changed in place.
	Watch []byte
	// Dismissed are the alerts that people dismissed, each as encoded by anomaly.Dismissal. They are written by another path: PutState does
	// not change them.
	Dismissed []string
}

// NewState returns the state of a car that has never reported.
func NewState(v vin.VIN) *State { return &State{VIN: v, Signals: map[string]Reading{}} }

// Apply applies a message to the state and reports whether that changed anything.
func (s *State) Apply(r telemetry.Received) bool {
	_, newest := r.Span()
	changed := s.offerSource(Source{
		At: newest.UnixMilli(), BootID: r.BootID, Seq: r.Seq, TripID: r.TripID,
		OffsetMs: r.IngestedAt - newest.UnixMilli(),
	})
	changed = s.offerAll(r.Signals, r.TS) || changed
	for _, sample := range r.Batch {
		changed = s.offerAll(sample.Signals, r.SampleTime(sample)) || changed
	}
	return changed
}

func (s *State) offerSource(o Source) bool {
	// If a message is delivered twice, the first reception counts: the smallest offset.
	order := cmp.Or(cmp.Compare(o.At, s.Newest.At), cmp.Compare(o.Seq, s.Newest.Seq), strings.Compare(o.BootID, s.Newest.BootID),
		strings.Compare(o.TripID, s.Newest.TripID), cmp.Compare(s.Newest.OffsetMs, o.OffsetMs))
	if order <= 0 {
		return false
	}
	s.Newest = o
	return true
}

// offerAll applies the values of a sample. Coordinates that are no Place leave the last place unchanged: a car under a roof has not
// moved.
func (s *State) offerAll(signals telemetry.Signals, at time.Time) bool {
	changed := false
	_, _, placed := signals.Place()
	for path, value := range signals {
		if telemetry.IsPlace(path) && !placed {
			continue
		}
		changed = s.offer(path, Reading{Value: value, At: at.UnixMilli()}) || changed
	}
	return changed
}

func (s *State) offer(path string, r Reading) bool {
	old, there := s.Signals[path]
	if there && cmp.Or(cmp.Compare(r.At, old.At), telemetry.Compare(r.Value, old.Value)) <= 0 {
		return false
	}
	if !there {
		if _, known := telemetry.Lookup(path); !known && !s.makeRoom(path) {
			return false
		}
	}
	s.Signals[path] = r
	return true
}

// makeRoom reports whether there is room for one more signal outside the catalogue. If needed it drops the alphabetically last one.
func (s *State) makeRoom(path string) bool {
	var unknown []string
	for p := range maps.Keys(s.Signals) {
		if _, known := telemetry.Lookup(p); !known {
			unknown = append(unknown, p)
		}
	}
	if len(unknown) < MaxUnknown {
		return true
	}
	last := slices.Max(unknown)
	if path > last {
		return false
	}
	delete(s.Signals, last)
	return true
}

// ErasePersonal removes what the drivers of before that time left: every signal that is not technical, and the trip. It reports whether there
// was any.
func (s *State) ErasePersonal(before time.Time) bool {
	n, was := len(s.Signals), s.Newest.TripID
	maps.DeleteFunc(s.Signals, func(path string, r Reading) bool {
		return !telemetry.IsTechnical(path) && r.At < before.UnixMilli()
	})
	if s.Newest.At < before.UnixMilli() {
		s.Newest.TripID = ""
	}
	return len(s.Signals) < n || s.Newest.TripID != was
}
