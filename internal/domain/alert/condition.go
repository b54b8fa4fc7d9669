package alert

import "time"

// Condition is a limit with hysteresis: it raises when the value has been beyond Raise for a while, and clears when the value
// comes back within Clear, which is a little better than Raise, so that a value that fluctuates around the limit raises only once.
type Condition struct {
	Raise float64       // values beyond this are wrong
	Clear float64       // within this it is right again; between Raise and Clear the state does not change
	Below bool          // values below Raise are wrong, not those above
	For   time.Duration // how long it must be wrong before it raises
	// Gap is the longest time between two samples over which the value counts as continuous; 0 means any.
	// A longer gap restarts For.
	Gap time.Duration
}

// Progress is the state of a condition over time. The caller stores it between calls of Next; the zero value is the initial state.
// https://en.wikipedia.org/wiki/Hysteresis
type Progress struct {
	Active bool  `json:"a,omitempty"` // raised, not cleared
	Since  int64 `json:"s,omitempty"` // time since which the value is beyond Raise, in milliseconds since 1970; 0 if it is not
	At     int64 `json:"t,omitempty"` // time of the newest sample, in milliseconds since 1970
}

// Change is the effect of a sample.
type Change uint8

// The changes.
const (
	None      Change = iota
	Raised           // call Service.Raise
	Continued        // still wrong: call Service.Repeat
	Cleared          // call Service.Resolve
)

// Next evaluates a sample. A sample that is not newer than the newest one, or whose value is NaN, changes nothing.
func (c Condition) Next(p Progress, value float64, at time.Time) (Progress, Change) {
	now := at.UnixMilli()
	if now <= p.At || value != value { // NaN differs from itself
		return p, None
	}
	gap := p.At != 0 && c.Gap > 0 && now-p.At > c.Gap.Milliseconds()
	p.At = now
	switch {
	case c.wrong(value):
		return c.beyond(p, now, gap)
	case p.Active && c.right(value):
		return Progress{At: now}, Cleared
	}
	p.Since = 0
	return p, None
}

func (c Condition) beyond(p Progress, now int64, gap bool) (Progress, Change) {
	if p.Since == 0 || gap && !p.Active {
		p.Since = now
	}
	switch {
	case p.Active:
		return p, Continued
	case now-p.Since < c.For.Milliseconds():
		return p, None
	}
	p.Active = true
	return p, Raised
}

func (c Condition) wrong(v float64) bool {
	if c.Below {
		return v < c.Raise
	}
	return v > c.Raise
}

func (c Condition) right(v float64) bool {
	if c.Below {
		return v >= c.Clear
	}
	return v <= c.Clear
}
