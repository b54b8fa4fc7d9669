package diagnostic

import (
	"cmp"
	"slices"
	"strings"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/diagnostic/dtc"
)

// episode is one period in which a car had a fault.
type episode struct {
	Key       string     `json:"k"`
	First     position   `json:"f"` // position of the mark that began the episode
	Last      int64      `json:"l"` // time of the newest mark that reported the fault, milliseconds since 1970
	Count     int        `json:"n"`
	Status    dtc.Status `json:"s,omitempty"`
	MIL       bool       `json:"m,omitempty"`
	TripID    string     `json:"tr,omitempty"`
	OdometerM *int64     `json:"o,omitempty"`
	Frame     string     `json:"fr,omitempty"` // id of the first message with a freeze frame
	AckBy     string     `json:"ab,omitempty"`
	AckAt     int64      `json:"at,omitempty"`

	closed position // position of the mark that ended the episode; zero while it is open
	cause  Cause
	by     string
}

func (e episode) open() bool { return e.closed == position{} }

// fold replays the journal. It returns every episode that is open at the journal's floor or begins later, by key and time.
func (j *Journal) fold() []episode {
	f := folding{open: map[string]*episode{}}
	for _, e := range j.Base {
		f.open[e.Key] = &e
	}
	for _, m := range j.Marks {
		f.take(m)
	}
	for _, e := range f.open {
		f.over = append(f.over, *e)
	}
	slices.SortFunc(f.over, func(a, b episode) int { return cmp.Or(strings.Compare(a.Key, b.Key), a.First.compare(b.First)) })
	return f.over
}

// folding is the state of a replay.
type folding struct {
	open map[string]*episode // by key
	over []episode
}

func (f *folding) take(m mark) {
	switch m.Kind {
	case Set:
		f.report(m)
	case Snapshot:
		f.report(m)
		listed := make(map[string]bool, len(m.Entries))
		for _, e := range m.Entries {
			listed[e.Key] = true
		}
		for key := range f.open {
			if !listed[key] {
				f.end(m, BySnapshot, key)
			}
		}
	case Clear:
		f.clear(m)
	case acknowledge:
		for _, e := range m.Entries {
			if open := f.open[e.Key]; open != nil && open.AckBy == "" {
				open.AckBy, open.AckAt = m.By, m.At
			}
		}
	}
}

// clear ends the faults that the mark names, or all faults if it names none.
func (f *folding) clear(m mark) {
	cause := ByCar
	if m.By != "" {
		cause = ByPerson
	}
	if len(m.Entries) == 0 {
		for key := range f.open {
			f.end(m, cause, key)
		}
		return
	}
	for _, e := range m.Entries {
		f.end(m, cause, e.Key)
	}
}

// end closes the episode of that key, if it is open.
func (f *folding) end(m mark, cause Cause, key string) {
	e := f.open[key]
	if e == nil {
		return
	}
	e.closed, e.cause, e.by = m.position, cause, m.By
	f.over = append(f.over, *e)
	delete(f.open, key)
}

// report opens or extends the episodes of the mark's codes.
func (f *folding) report(m mark) {
	for _, c := range m.Entries {
		e := f.open[c.Key]
		if e == nil {
			if len(f.open) >= maxOpen {
				continue
			}
			e = &episode{Key: c.Key, First: m.position, TripID: m.TripID, OdometerM: m.OdometerM}
			f.open[c.Key] = e
		}
		e.Last, e.Status, e.MIL = m.At, c.Status, m.MIL
		e.Count++
		if c.Frame && e.Frame == "" {
			e.Frame = m.ID
		}
	}
}

// id returns the id of the record: an open fault has one fixed id, whenever it began.
func (e episode) id() string {
	if e.open() {
		return OpenPrefix + e.Key
	}
	return HistoryPrefix + alert.ID(instant(e.First.At), e.Key+"/"+e.First.ID)
}

// Records derives the records from the journal's marks: the open faults, and those that ended after the journal's floor.
func (j *Journal) Records(table dtc.Table) []Record {
	episodes := j.fold()
	records := make([]Record, len(episodes))
	for n, e := range episodes {
		records[n] = e.record(string(j.VIN), table)
		if e.open() {
			records[n].DealerID = j.DealerID
		}
	}
	return records
}

func (e episode) record(vin string, table dtc.Table) Record {
	name, ecu, _ := strings.Cut(e.Key, "#")
	fault, _ := dtc.ParseFault(name) // the name was written by Fault.String
	meaning := table.Lookup(fault.Code)
	r := Record{
		VIN: vin, ID: e.id(), Status: Open, Fault: fault, ECU: ecu, StatusByte: e.Status,
		Severity: meaning.Severity, Description: meaning.Description,
		FirstSeen: instant(e.First.At), LastSeen: instant(e.Last), Count: e.Count, MIL: e.MIL,
		TripID: e.TripID, OdometerM: e.OdometerM, Frame: e.Frame,
	}
	if e.AckBy != "" {
		r.AcknowledgedBy, r.AcknowledgedAt = e.AckBy, instant(e.AckAt)
	}
	if !e.open() {
		r.Status, r.ClosedAt, r.ClosedBy, r.ClearedBy = Closed, instant(e.closed.At), e.cause, e.by
	}
	return r
}

// reportedBy reports whether the mark reported the fault during this episode.
func (e episode) reportedBy(m mark) bool {
	if m.Kind != Set && m.Kind != Snapshot || m.compare(e.First) < 0 || !e.open() && m.compare(e.closed) >= 0 {
		return false
	}
	return slices.ContainsFunc(m.Entries, func(c entry) bool { return c.Key == e.Key })
}

// statusOf returns a mark's status of a code.
func (m mark) statusOf(key string) dtc.Status {
	for _, c := range m.Entries {
		if c.Key == key {
			return c.Status
		}
	}
	return 0
}
