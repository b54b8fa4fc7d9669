package telemetry

import (
	"math"
	"strconv"
	"time"

	"connectedcar/internal/names"
)

// scan decodes the usual form of messages in one pass: no escapes, no characters beyond ASCII, no duplicate fields. At anything else,
// valid or not, it gives up, and the message is decoded by encoding/json, which supports all of JSON and returns
// errors. So scan never rejects a message, and for messages that it accepts the other decoder gives the same result.
type scan struct {
	b []byte
	i int
}

// scanReceived decodes a whole message with its stamps; ok is false if it gave up.
func scanReceived(b []byte) (r Received, ok bool) {
	s := scan{b: b}
	if !s.received(&r) {
		return Received{}, false
	}
	s.space()
	return r, s.i == len(s.b)
}

// Bits for the fields that a message has.
const (
	hasVIN = 1 << iota
	hasClient
	hasIngested
	hasSchema
	hasID
	hasTS
	hasBoot
	hasSeq
	hasTrip
	hasSignals
	hasBatch
	hasBody
	hasAll = hasBody | hasVIN | hasClient | hasIngested | hasSchema | hasID | hasTS | hasBoot | hasSeq | hasSignals
)

// received decodes the stamps and the member with the car's message. It gives up on the old form, in which the stamps are among the
// car's members.
func (s *scan) received(r *Received) bool {
	seen := 0
	note := func(field int, ok bool) bool {
		again := seen&field != 0
		seen |= field
		return ok && !again
	}
	body := func(key []byte) bool { return note(s.field(&r.Message, key)) }
	ok := s.object(func(key []byte) bool {
		if string(key) == names.MemberMessage {
			return note(hasBody, s.object(body))
		}
		return note(s.stamp(r, key))
	})
	return ok && seen|hasTrip|hasBatch == hasAll|hasTrip|hasBatch
}

// stamp decodes the value of a stamp, and returns the bit of its field.
func (s *scan) stamp(r *Received, key []byte) (field int, ok bool) {
	switch string(key) {
	case "vin":
		r.VIN, ok = s.str()
		return hasVIN, ok
	case "clientId":
		r.ClientID, ok = s.str()
		return hasClient, ok
	case "ingestedAt":
		r.IngestedAt, ok = s.integer()
		return hasIngested, ok && r.IngestedAt >= 1 && r.IngestedAt <= MaxSeq
	}
	return 0, false
}

// field decodes the value of one field of a car's message, and returns the bit of the field.
func (s *scan) field(r *Message, key []byte) (field int, ok bool) {
	switch string(key) {
	case "schema":
		word, ok := s.text()
		r.Schema = Schema
		return hasSchema, ok && string(word) == Schema
	case "id":
		r.ID, ok = s.str()
		return hasID, ok && IsULID(r.ID)
	case "ts":
		r.TS, ok = s.time()
		return hasTS, ok
	case "bootId":
		r.BootID, ok = s.str()
		return hasBoot, ok && isBootID(r.BootID)
	case "seq":
		n, ok := s.integer()
		r.Seq = uint64(max(0, n)) // not negative: no overflow
		return hasSeq, ok && n >= 0 && n <= MaxSeq
	case "tripId":
		r.TripID, ok = s.str()
		return hasTrip, ok && IsULID(r.TripID)
	case "signals":
		r.Signals, ok = s.signals()
		return hasSignals, ok
	case "batch":
		r.Batch, ok = s.batch()
		return hasBatch, ok
	}
	return 0, false
}

// batch decodes the further samples.
func (s *scan) batch() ([]Sample, bool) {
	samples := []Sample{}
	ok := s.list(func() bool {
		var sample Sample
		seen := 0
		ok := s.object(func(key []byte) (ok bool) {
			bit := 0
			switch string(key) {
			case "dtMs":
				bit = 1
				sample.DtMs, ok = s.integer()
				ok = ok && sample.DtMs >= -MaxDtMs && sample.DtMs <= MaxDtMs
			case "signals":
				bit = 2
				sample.Signals, ok = s.signals()
			}
			again := seen&bit != 0
			seen |= bit
			return ok && !again
		})
		samples = append(samples, sample)
		return ok && seen == 3 && len(samples) <= MaxBatch
	})
	return samples, ok
}

// size estimates the number of members of the object that begins here from the number of colons: never too low.
func (s *scan) size() int {
	n := 0
	for _, c := range s.b[s.i:] {
		switch c {
		case ':':
			n++
		case '}':
			return min(n, MaxSignals)
		}
	}
	return min(n, MaxSignals)
}

func (s *scan) signals() (Signals, bool) {
	out := make(Signals, s.size())
	n := 0
	ok := s.object(func(key []byte) bool {
		n++
		signal, known := catalogued[string(key)]
		if !known {
			signal = &Signal{Path: string(key)}
			if !wellFormed(signal.Path) {
				return false
			}
		}
		v, ok := s.value(signal)
		if !ok || disallowed(v, *signal, known) != "" {
			return false
		}
		out[signal.Path] = v
		return len(out) == n // no duplicate path
	})
	return out, ok && n <= MaxSignals
}

// catalogued is byPath with pointers, which need no copying.
var catalogued = func() map[string]*Signal {
	m := make(map[string]*Signal, len(catalogue))
	for n := range catalogue {
		m[catalogue[n].Path] = &catalogue[n]
	}
	return m
}()

func (s *scan) value(signal *Signal) (Value, bool) {
	s.space()
	switch c := s.peek(); {
	case c == '"':
		word, ok := s.text()
		if !ok {
			return Null, false
		}
		for _, a := range signal.Allowed {
			if string(word) == a {
				return Text(a), true
			}
		}
		return Text(string(word)), true
	case c == '[':
		texts := []string{}
		ok := s.list(func() bool {
			t, ok := s.str()
			texts = append(texts, t)
			return ok
		})
		return Texts(texts...), ok
	case c == 't':
		return Bool(true), s.word("true")
	case c == 'f':
		return Bool(false), s.word("false")
	case c == 'n':
		return Null, s.word("null")
	}
	f, ok := s.number()
	return Number(f), ok
}

// object decodes an object. It calls member for each value, which member must decode.
func (s *scan) object(member func(key []byte) bool) bool {
	return s.sequence('{', '}', func() bool {
		key, ok := s.text()
		return ok && s.take(':') && member(key)
	})
}

func (s *scan) list(element func() bool) bool { return s.sequence('[', ']', element) }

func (s *scan) sequence(opens, closes byte, element func() bool) bool {
	if !s.take(opens) {
		return false
	}
	if s.take(closes) {
		return true
	}
	for {
		if !element() {
			return false
		}
		if s.take(closes) {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

func (s *scan) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\t' || s.b[s.i] == '\r') {
		s.i++
	}
}

func (s *scan) peek() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

func (s *scan) take(c byte) bool {
	s.space()
	if s.peek() != c || s.i >= len(s.b) {
		return false
	}
	s.i++
	return true
}

func (s *scan) word(w string) bool {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return false
	}
	s.i += len(w)
	return true
}

// text returns a string's characters; it gives up on escapes and characters beyond ASCII.
func (s *scan) text() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	for from := s.i; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.b[from : s.i-1], true
		case c < ' ' || c == '\\' || c >= 0x80:
			return nil, false
		}
	}
	return nil, false
}

func (s *scan) str() (string, bool) {
	b, ok := s.text()
	return string(b), ok
}

// integer decodes an integer without a fraction or exponent, of up to 17 digits.
func (s *scan) integer() (int64, bool) {
	s.space()
	negative := s.peek() == '-'
	if negative {
		s.i++
	}
	n, digits, ok := s.digits()
	if c := s.peek(); !ok || digits > 17 || c == '.' || c == 'e' || c == 'E' {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}

// digits decodes the integer part of a number, without leading zeros.
func (s *scan) digits() (n int64, count int, ok bool) {
	from := s.i
	for s.i < len(s.b) && digit(s.b[s.i]) {
		if s.i-from < 18 {
			n = n*10 + int64(s.b[s.i]-'0')
		}
		s.i++
	}
	count = s.i - from
	return n, count, count > 0 && (count == 1 || s.b[from] != '0')
}

// exactly are the powers of ten that number needs; a float64 represents them exactly.
var exactly = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// number decodes a number. With up to 15 digits, and as many after the point, numerator and divisor are exact in float64, so the quotient
// is rounded only once, correctly; other numbers are left to strconv.
func (s *scan) number() (float64, bool) {
	from := s.i
	negative := s.peek() == '-'
	if negative {
		s.i++
	}
	whole, digits, ok := s.digits()
	if !ok {
		return 0, false
	}
	fraction := 0
	if s.peek() == '.' {
		s.i++
		for s.i < len(s.b) && digit(s.b[s.i]) {
			if digits+fraction < 18 {
				whole = whole*10 + int64(s.b[s.i]-'0')
			}
			fraction++
			s.i++
		}
		if fraction == 0 {
			return 0, false
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		return 0, false
	}
	if digits+fraction > 15 {
		f, err := strconv.ParseFloat(string(s.b[from:s.i]), 64)
		return f, err == nil
	}
	f := float64(whole) / exactly[fraction]
	if negative {
		f = math.Copysign(f, -1)
	}
	return f, true
}

// time decodes 2026-01-31T08:00:00.000Z, or the same without milliseconds.
func (s *scan) time() (time.Time, bool) {
	b, ok := s.text()
	if !ok || len(b) != len("2026-01-31T08:00:00.000Z") && len(b) != len("2026-01-31T08:00:00Z") || b[len(b)-1] != 'Z' {
		return time.Time{}, false
	}
	for i, shape := range []byte("0000-00-00T00:00:00") {
		if shape == '0' && !digit(b[i]) || shape != '0' && b[i] != shape {
			return time.Time{}, false
		}
	}
	pair := func(i int) int { return int(b[i]-'0')*10 + int(b[i+1]-'0') }
	ms := 0
	if len(b) == len("2026-01-31T08:00:00.000Z") {
		if b[19] != '.' || !digit(b[20]) || !digit(b[21]) || !digit(b[22]) {
			return time.Time{}, false
		}
		ms = int(b[20]-'0')*100 + pair(21)
	}
	year, month, day, hour, minute, second := pair(0)*100+pair(2), pair(5), pair(8), pair(11), pair(14), pair(17)
	if month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, ms*1e6, time.UTC)
	return t, t.Day() == day // false for a day that the month does not have
}

func isBootID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !letter(c) && !digit(c) && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
