package drive

import (
	"slices"
	"time"

	"connectedcar/internal/device/replay"
	"connectedcar/internal/device/sim"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/names"
)

// Recording holds a log and the options for playing it.
type Recording struct {
	Log       *replay.Log
	KeepTime  bool          // stamp messages with the times of the log; otherwise the log is moved so that it ends at the present
	ClockSkew time.Duration // added to the timestamps of messages
	BootID    string
	NewID     func(time.Time) string
}

// Span is the time from the first to the last calendar time of the log, or the duration of the longest recording of a car if that is
// longer.
func (r Recording) Span() time.Duration {
	first, last := r.calendar()
	span := last - first
	for _, c := range r.Log.Cars {
		span = max(span, c.Span())
	}
	return span
}

// calendar returns the first and last time of the cars that have calendar times.
func (r Recording) calendar() (first, last time.Duration) {
	begun := false
	for _, c := range r.Log.Cars {
		if !c.Absolute || len(c.Samples) == 0 {
			continue
		}
		a, b := c.Samples[0].At, c.Samples[len(c.Samples)-1].At
		if !begun {
			first, last, begun = a, b, true
		}
		first, last = min(first, a), max(last, b)
	}
	return first, last
}

// Player plays one car of the log on that timeline. Every car without calendar times ends at the end of the timeline.
func (r Recording) Player(c replay.Car, t Timeline) *Player {
	p := &Player{Recording: r, car: c}
	span := r.Span()
	first, _ := r.calendar()
	p.paced = func(at time.Duration) time.Time { return t.Start.Add(span - c.Span() + at - c.Samples[0].At) }
	if c.Absolute {
		p.paced = func(at time.Duration) time.Time { return t.Start.Add(at - first) }
	}
	p.stamped = p.paced
	if r.KeepTime && c.Absolute {
		p.stamped = func(at time.Duration) time.Time { return time.Unix(0, int64(at)) }
	}
	return p
}

// Player is a Source that plays one car of a Recording.
type Player struct {
	Recording
	car            replay.Car
	paced, stamped func(time.Duration) time.Time
	next           int
	seq            uint64
	tripID         string
	codes          []string
	waiting        []sim.Message
	diagnostics    uint64
}

// tripGap is the shortest pause between two trips.
const tripGap = 10 * time.Minute

// Next returns the next row as a message, or the diagnostics that belong to the row before; false at the end.
func (p *Player) Next() (sim.Message, bool) {
	if len(p.waiting) > 0 {
		m := p.waiting[0]
		p.waiting = p.waiting[1:]
		return m, true
	}
	if p.next >= len(p.car.Samples) {
		return sim.Message{}, false
	}
	s := p.car.Samples[p.next]
	if p.next == 0 || s.At-p.car.Samples[p.next-1].At > tripGap {
		p.tripID = p.NewID(p.stamp(s))
	}
	p.next++
	p.seq++
	p.noteCodes(s)
	return sim.Message{Kind: names.Telemetry, At: p.paced(s.At), Body: telemetry.Message{
		Schema: telemetry.Schema, ID: p.NewID(p.stamp(s)), TS: p.stamp(s), BootID: p.BootID, Seq: p.seq, TripID: p.tripID, Signals: s.Signals,
	}}, true
}

// Before counts the rows whose timestamp will be before t.
func (p *Player) Before(t time.Time) int {
	n := 0
	for _, s := range p.car.Samples {
		if p.stamp(s).Before(t) {
			n++
		}
	}
	return n
}

func (p *Player) stamp(s replay.Sample) time.Time {
	return p.stamped(s.At).Add(p.ClockSkew).UTC().Truncate(time.Millisecond)
}

const confirmed = 0x08 // confirmedDTC, a bit of the status byte of ISO 14229-1

// noteCodes sends a snapshot when the list of trouble codes has changed.
func (p *Player) noteCodes(s replay.Sample) {
	codes, ok := s.Signals[telemetry.DTCList].Texts()
	if !ok || slices.Equal(codes, p.codes) {
		return
	}
	p.codes = codes
	p.diagnostics++
	d := sim.Diagnostics{
		Schema: "diagnostics/1", ID: p.NewID(p.stamp(s)), TS: p.stamp(s), Seq: p.diagnostics, TripID: p.tripID,
		Kind: "snapshot", MIL: len(codes) > 0, Codes: []sim.Code{},
	}
	for _, code := range codes {
		d.Codes = append(d.Codes, sim.Code{Code: code, ECU: "obd", Status: confirmed})
	}
	p.waiting = append(p.waiting, sim.Message{Kind: names.Diagnostics, At: p.paced(s.At), Body: d})
}
