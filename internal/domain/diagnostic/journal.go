package diagnostic

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// Journal is the history of a car's diagnostics: its messages and people's actions, in the order of the car's clock. It is a
// set, so the order in which messages come, and how often each comes, makes no difference; the records follow from it (see Records).
//
// It is bounded by time, number and size: older marks are merged into Base, and later messages from before Floor are ignored.
type Journal struct {
	VIN     vin.VIN `json:"-"`
	Version int64   `json:"-"` // counts the writes; 0 for a journal that is not stored

	DealerID  string     `json:"d,omitempty"` // the car's dealer, in whose list the open faults are
	Marks     []mark     `json:"m,omitempty"` // sorted by position
	Base      []episode  `json:"b,omitempty"` // the faults that were open at Floor, by key
	Floor     position   `json:"f"`           // marks up to this position are merged into Base
	Unsettled *unsettled `json:"u,omitempty"`
}

// unsettled lists the outstanding writes of a change that is too large for one transaction.
type unsettled struct {
	Put    []string `json:"p,omitempty"` // ids of the records to write
	Remove []string `json:"r,omitempty"`
}

// Bounds of a journal. Messages older than telemetry.MaxAge at their reception are rejected, so it need not reach back further.
const (
	maxMarks   = 1024
	maxEntries = 8192 // codes in all marks together
	maxOpen    = 512  // faults open at once; further ones are ignored
	reach      = telemetry.MaxAge + telemetry.MaxFuture
)

// position orders marks: by the car's clock, then by its sequence number, then by the message's id.
type position struct {
	At  int64  `json:"t"` // milliseconds since 1970
	Seq uint64 `json:"s,omitempty"`
	ID  string `json:"i,omitempty"`
}

func (p position) compare(o position) int {
	return cmp.Or(cmp.Compare(p.At, o.At), cmp.Compare(p.Seq, o.Seq), strings.Compare(p.ID, o.ID))
}

// acknowledge is the kind of the mark of a person who has seen a fault.
const acknowledge Kind = "acknowledge"

// mark is a message, or a person's action.
type mark struct {
	position
	Kind      Kind    `json:"k"`
	Entries   []entry `json:"c,omitempty"`
	TripID    string  `json:"tr,omitempty"`
	OdometerM *int64  `json:"o,omitempty"`
	MIL       bool    `json:"l,omitempty"`
	By        string  `json:"by,omitempty"` // user id, if the mark is a person's action
}

// entry is one code of a mark.
type entry struct {
	Key    string     `json:"k"` // code#ecu
	Status dtc.Status `json:"s,omitempty"`
	Frame  bool       `json:"f,omitempty"` // the code came with a freeze frame
}

// markOf returns the journal's mark of a message. Freeze frames are stored separately.
func markOf(m Message) mark {
	k := mark{
		position: position{At: m.TS.UnixMilli(), Seq: m.Seq, ID: m.ID}, Kind: m.Kind,
		TripID: m.TripID, OdometerM: m.OdometerM, MIL: m.MIL,
	}
	for _, c := range m.Codes {
		k.Entries = append(k.Entries, entry{Key: c.Key(), Status: c.Status, Frame: len(c.FreezeFrame) > 0})
	}
	slices.SortFunc(k.Entries, func(a, b entry) int { return strings.Compare(a.Key, b.Key) })
	return k
}

// settled reports whether a position is at or before the floor, and so already merged into Base.
func (j *Journal) settled(p position) bool { return p.compare(j.Floor) <= 0 }

// find returns the index of a mark, or the index at which it would be inserted.
func (j *Journal) find(p position) (int, bool) {
	return slices.BinarySearchFunc(j.Marks, p, func(m mark, p position) int { return m.compare(p) })
}

// add records a mark; false if the journal has it already or it is settled.
func (j *Journal) add(m mark) bool {
	if j.settled(m.position) {
		return false
	}
	n, there := j.find(m.position)
	if there {
		return false
	}
	j.Marks = slices.Insert(slices.Clone(j.Marks), n, m)
	return true
}

// settle merges the oldest marks into Base if the journal is too long or reaches back too far.
func (j *Journal) settle() {
	n := j.surplus()
	if n == 0 {
		return
	}
	older := Journal{Base: j.Base, Marks: j.Marks[:n]}
	j.Base = nil
	for _, e := range older.fold() {
		if e.open() {
			j.Base = append(j.Base, e)
		}
	}
	j.Floor, j.Marks = j.Marks[n-1].position, slices.Clone(j.Marks[n:])
}

// surplus returns the number of marks to merge: those that are too old, and half of all if there are too many.
func (j *Journal) surplus() int {
	if len(j.Marks) == 0 {
		return 0
	}
	oldest := j.Marks[len(j.Marks)-1].At - reach.Milliseconds()
	n, _ := j.find(position{At: oldest})
	entries := 0
	for _, m := range j.Marks[n:] {
		entries += len(m.Entries)
	}
	if len(j.Marks)-n > maxMarks || entries > maxEntries {
		n += (len(j.Marks) - n + 1) / 2
	}
	return n
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
