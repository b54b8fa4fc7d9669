package alert

import (
	"cmp"
	"slices"
	"time"
)

// Thread is the history of one (VIN, dedup key): the times at which it was noticed wrong and right again. It is a set, so that
// the order in which notices come, and how often each comes, makes no difference; the alerts follow from it (see Alerts).
//
// A thread is bounded: beyond maxMarks its older half is merged into Base, and later notices from before Floor change nothing.
type Thread struct {
	VIN      string `json:"-"`
	DedupKey string `json:"-"`
	Version  int64  `json:"-"` // counts the writes; 0 for a thread that is not stored

	Marks   []mark `json:"m,omitempty"` // sorted by time
	Repeats []span `json:"r,omitempty"` // minutes in which the thing was reported as still wrong
	Acks    []ack  `json:"a,omitempty"`
	Floor   int64  `json:"f,omitempty"` // everything up to this time, in milliseconds since 1970, is merged into Base
	Base    *Alert `json:"b,omitempty"` // the newest alert that began before Floor, as it was at Floor
	// Told is the audience of the unresolved alert, as cars change their dealers. Nil in threads older than this field.
	Told *told `json:"to,omitempty"`
}

// maxMarks is the number of marks that a thread keeps individually.
const maxMarks = 128

// mark is an event in a thread: a notice, or a clearing.
type mark struct {
	At    int64  `json:"t"`           // milliseconds since 1970
	Clear bool   `json:"c,omitempty"` // true: right again; false: wrong, with the values below
	By    string `json:"by,omitempty"`

	Kind      Kind     `json:"k,omitempty"`
	Severity  Severity `json:"s,omitempty"`
	Audience  string   `json:"au,omitempty"`
	DealerID  string   `json:"de,omitempty"`
	Value     *float64 `json:"v,omitempty"`
	Threshold *float64 `json:"l,omitempty"`
	Unit      string   `json:"u,omitempty"`
	TripID    string   `json:"tr,omitempty"`
	Detail    string   `json:"d,omitempty"`
}

// told is the audience of an alert besides the car's users.
type told struct {
	Audience string `json:"au,omitempty"`
	DealerID string `json:"de,omitempty"`
}

// span is some minutes since 1970, both ends included.
type span struct {
	From int64 `json:"f"`
	To   int64 `json:"t"`
}

// ack is a person's acknowledgement of the alert that holds the notice of that time.
type ack struct {
	Of int64  `json:"o"` // time of the notice, milliseconds since 1970
	By string `json:"by"`
	At int64  `json:"t"`
}

// lacks reports whether add would change anything.
func (t *Thread) lacks(m mark) bool {
	n, there := slices.BinarySearchFunc(t.Marks, m, byTime)
	return m.At > t.Floor && (!there || prefer(m, t.Marks[n]))
}

// add records a mark; false if the thread has it already or it is from before Floor.
func (t *Thread) add(m mark) bool {
	if !t.lacks(m) {
		return false
	}
	n, there := slices.BinarySearchFunc(t.Marks, m, byTime)
	t.Marks = slices.Clone(t.Marks)
	if there {
		t.Marks[n] = m
	} else {
		t.Marks = slices.Insert(t.Marks, n, m)
	}
	return true
}

// byTime orders marks by time; of two marks at the same time, the clearing one comes last.
func byTime(a, b mark) int {
	if a.Clear == b.Clear {
		return cmp.Compare(a.At, b.At)
	}
	if c := cmp.Compare(a.At, b.At); c != 0 {
		return c
	}
	if a.Clear {
		return 1
	}
	return -1
}

// prefer reports whether a is kept of two marks at the same time: the graver one, else a fixed choice that does not depend on their order.
func prefer(a, b mark) bool {
	if a.Severity != b.Severity {
		return a.Severity.AtLeast(b.Severity)
	}
	return cmp.Or(cmp.Compare(a.Detail, b.Detail), cmp.Compare(a.By, b.By), cmp.Compare(a.TripID, b.TripID),
		cmp.Compare(number(a.Value), number(b.Value)), cmp.Compare(number(a.Threshold), number(b.Threshold)),
		cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Kind, b.Kind)) < 0
}

func number(f *float64) float64 {
	if f == nil {
		return 0
	}
	return *f
}

// repeat records that the thing was still wrong in that minute; false if the minute is recorded already or from before Floor.
func (t *Thread) repeat(at time.Time) bool {
	minute := at.UnixMilli() / time.Minute.Milliseconds()
	if minute*time.Minute.Milliseconds() <= t.Floor {
		return false
	}
	// n is the first span that begins after the minute; only span n-1 can contain the minute or end just before it.
	n, _ := slices.BinarySearchFunc(t.Repeats, minute+1, func(s span, m int64) int { return cmp.Compare(s.From, m) })
	if n > 0 && minute <= t.Repeats[n-1].To {
		return false
	}
	joined := span{minute, minute}
	from, to := n, n
	if n > 0 && t.Repeats[n-1].To == minute-1 {
		from, joined.From = n-1, t.Repeats[n-1].From
	}
	if n < len(t.Repeats) && t.Repeats[n].From == minute+1 {
		to, joined.To = n+1, t.Repeats[n].To
	}
	t.Repeats = slices.Replace(slices.Clone(t.Repeats), from, to, joined)
	return true
}

// repeated counts the minutes with repeats that begin after one time and not after another, and returns the begin of the last of them. All
// times are in milliseconds since 1970.
func (t *Thread) repeated(after, until int64) (n int, last int64) {
	minute := time.Minute.Milliseconds()
	for _, s := range t.Repeats {
		from, to := max(s.From, after/minute+1), min(s.To, until/minute)
		if from <= to {
			n, last = n+int(to-from+1), to*minute
		}
	}
	return n, last
}

// settle merges the older half of a long thread into Base.
func (t *Thread) settle() {
	if len(t.Marks) <= maxMarks && len(t.Repeats) <= maxMarks {
		return
	}
	older := *t
	var floor int64
	if len(t.Marks) > maxMarks {
		floor = t.Marks[len(t.Marks)/2].At
	}
	if len(t.Repeats) > maxMarks {
		floor = max(floor, t.Repeats[len(t.Repeats)/2].To*time.Minute.Milliseconds())
	}
	n, _ := slices.BinarySearchFunc(t.Marks, floor+1, func(m mark, at int64) int { return cmp.Compare(m.At, at) })
	older.Marks, t.Marks = t.Marks[:n], slices.Clone(t.Marks[n:])
	episodes := older.fold(floor)
	if len(episodes) > 0 {
		t.Base = &episodes[len(episodes)-1]
	}
	t.Floor = floor
	t.Repeats = slices.DeleteFunc(slices.Clone(t.Repeats), func(s span) bool { return s.To*time.Minute.Milliseconds() <= floor })
	t.Acks = slices.DeleteFunc(slices.Clone(t.Acks), func(a ack) bool { return a.Of <= floor })
}

// LastAt returns the time of the thread's newest entry; zero for an empty thread.
func (t *Thread) LastAt() time.Time {
	newest := t.Floor
	if n := len(t.Marks); n > 0 {
		newest = max(newest, t.Marks[n-1].At)
	}
	if n := len(t.Repeats); n > 0 {
		newest = max(newest, t.Repeats[n-1].To*time.Minute.Milliseconds())
	}
	if newest == 0 {
		return time.Time{}
	}
	return instant(newest)
}

// forgetful is the time that a thread without a wrong mark is kept: long enough for a late notice to find its resolution.
const forgetful = 24 * time.Hour

// ExpiresAt returns the time after which a thread may be deleted.
func (t *Thread) ExpiresAt() time.Time {
	wrong := slices.ContainsFunc(t.Marks, func(m mark) bool { return !m.Clear })
	if t.Base == nil && !wrong {
		return t.LastAt().Add(forgetful)
	}
	return t.LastAt().Add(Retention)
}
