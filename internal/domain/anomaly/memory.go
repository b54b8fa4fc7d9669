package anomaly

import (
	"math"
	"time"

	"connectedcar/internal/domain/alert"
)

// Memory is the detector's state of a car. Its zero value is not usable: see NewMemory and Decode.
type Memory struct {
	at       int64 // time of the newest processed sample, milliseconds since 1970
	signals  [signalCount]track
	progress [ruleCount]alert.Progress
	bases    [baseCount]base
	// dismissed is the number of each rule's alerts that people dismissed.
	dismissed [ruleCount]uint8

	on       bool
	running  bool    // the engine turns
	driveS   float64 // total driving time in seconds: the clock of the rules about signals that stand still or are silent
	onS      float64 // seconds since the car was switched on
	restS    float64 // seconds since the car was switched off
	runS     float64 // seconds that the engine has run since the car was switched on
	airG     float64 // grams of air that the engine has taken in since then: a measure of its heat
	placard  float64 // placard pressure of the tyres, kPa; 0 if unknown
	placedAt int64   // when placard was last looked up, milliseconds since 1970
}

// track is the detector's state of a signal.
type track struct {
	value     float64 // the last credible value; NaN if there was none or the sensor reported that it has none
	saidAt    int64   // when the car last sent it, milliseconds since 1970; 0 if never
	changedAt float64 // when the value last changed, by Memory.driveS
	odd       float64 // the last value that was not credible; NaN if the last one was credible
	oddAt     int64   // begin of the present run of such values, milliseconds since 1970
	jumps     float64 // number of runs of such values, decaying with time
	jumpedAt  int64
	known     bool // it once had a valid value
	wasOdd    uint8
	// step is the difference between the last two values, stepped the one before; NaN if the values were farther apart than stepMs.
	step, stepped float64
}

// NewMemory returns the memory of a car without any samples.
func NewMemory() *Memory {
	m := &Memory{}
	for i := range m.signals {
		m.signals[i].value, m.signals[i].odd = math.NaN(), math.NaN()
	}
	return m
}

// WantsPlacard reports whether the placard pressure of the car's tyres should be looked up again: once a day.
func (m *Memory) WantsPlacard(now time.Time) bool {
	return now.UnixMilli()-m.placedAt > (24 * time.Hour).Milliseconds()
}

// SetPlacard sets the placard pressure of the car's tyres, in kPa; 0 if unknown.
func (m *Memory) SetPlacard(kpa float64, now time.Time) {
	m.placard, m.placedAt = max(0, kpa), now.UnixMilli()
}

const (
	holdMs     = 5 * 60_000 // how long a value is valid if the car sends no newer one
	gapMs      = 2 * 60_000 // after a longer silence, nothing is assumed of the time between
	drivingKPH = 5
	runningRPM = 300
)

// read updates the memory by a sample.
func (m *Memory) read(s Sample, at int64) {
	elapsed := at - m.at
	if m.at == 0 || elapsed > gapMs {
		elapsed = 0
	}
	dt := float64(elapsed) / 1000
	before := m.signals[odometer].value
	m.at = at
	if m.moving() {
		m.driveS += dt
	}
	for i := range traits {
		if v, said := s.Signals[traits[i].path]; said {
			m.signals[i].offer(&traits[i], reading(v), at, m.driveS)
		}
	}
	if moved := m.signals[odometer].value - before; moved > 2 && moved < 100*dt && !m.moving() {
		m.driveS += dt // the wheels turn, even if the speedometer shows no speed
	}
	m.count(dt)
}

// count advances the clocks of the car's state by dt seconds.
func (m *Memory) count(dt float64) {
	revs, spins := m.value(rpm)
	m.running = spins && revs > runningRPM
	state, known := m.value(system)
	on := known && state == systemOn || !known && (m.running || m.moving())
	if on != m.on {
		m.on, m.onS, m.runS, m.airG, m.restS = on, 0, 0, 0, 0
		return
	}
	if !on {
		m.restS += dt
		return
	}
	m.onS += dt
	if m.running {
		m.runS += dt
		if air, ok := m.value(maf); ok {
			m.airG += air * dt
		}
	}
}

func (m *Memory) moving() bool {
	v, ok := m.value(speed)
	return ok && v > drivingKPH
}

// value returns a signal's last credible value; ok is false if there is none or it is older than holdMs.
func (m *Memory) value(i int) (v float64, ok bool) {
	t := &m.signals[i]
	return t.value, t.value == t.value && m.at-t.saidAt <= holdMs // NaN differs from itself
}

// said reports whether the newest sample had that signal.
func (m *Memory) said(i int) bool { return m.signals[i].saidAt == m.at }

const (
	stepMs   = 15_000
	fadeS    = 600 // seconds in which the count of jumps decays to a third
	believed = 5   // this many consecutive odd values that agree are accepted as true
)

// offer records a value: NaN if the sensor reports that it has none.
func (t *track) offer(is *trait, v float64, at int64, drive float64) {
	if v != v { // NaN differs from itself
		if t.value == t.value || t.saidAt == 0 { // not NaN
			t.value, t.changedAt = v, drive
		}
		t.saidAt = at
		return
	}
	if t.jump(is, v, at) {
		return
	}
	if v != t.value {
		t.changedAt = drive
	}
	t.stepped, t.step = t.step, math.NaN()
	if at-t.saidAt <= stepMs {
		t.step = v - t.value
	}
	t.value, t.saidAt, t.odd, t.wasOdd, t.known = v, at, math.NaN(), 0, true
}

// jump reports whether v is further from the last value than a working sensor can be. A run of such values counts once; if they agree
// with each other for long enough they are accepted.
func (t *track) jump(is *trait, v float64, at int64) bool {
	elapsed := at - t.saidAt
	if is.rate == 0 || t.value != t.value || elapsed > gapMs { // NaN differs from itself
		return false
	}
	if math.Abs(v-t.value) <= is.step+is.rate*float64(elapsed)/1000 {
		return false
	}
	if t.odd != t.odd || math.Abs(v-t.odd) > is.step { // NaN differs from itself
		t.jumps = t.faded(at) + 1
		t.odd, t.oddAt, t.jumpedAt, t.wasOdd = v, at, at, 1
		return true
	}
	t.odd = v
	t.wasOdd++
	return t.wasOdd < believed
}

// faded returns the number of jumps, decayed to a time.
func (t *track) faded(at int64) float64 {
	if t.jumps == 0 {
		return 0
	}
	return t.jumps * math.Exp(-float64(at-t.jumpedAt)/1000/fadeS)
}
