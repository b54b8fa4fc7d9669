package sql

import (
	"math"
	"strings"
	"unicode/utf8"
)

// form is the kind of a payload.
// https://docs.aws.amazon.com/iot/latest/developerguide/binary-payloads.html
type form uint8

const (
	unread form = iota
	jsonObject
	jsonOther
	notJSON
)

// payload is the message's payload. It is parsed at its first use.
type payload struct {
	text    string // JSON without whitespace around it
	form    form
	spaced  bool
	members []member // members of an object: each name once, with its last value, at its first position
	merged  bool     // a name was repeated
}

// member locates a member of the payload in its text. It has no pointers, so that the garbage collector does not scan it.
type member struct {
	key, keyEnd int32 // with the quotes
	val, valEnd int32
	escaped     bool // the name contains escape sequences
}

func (p *payload) key(m member) string {
	if m.escaped {
		return unquote(p.text[m.key:m.keyEnd])
	}
	return p.text[m.key+1 : m.keyEnd-1]
}

func (p *payload) value(m member) string { return p.text[m.val:m.valEnd] }

// find returns the index of the member with that name; -1 if there is none.
func (p *payload) find(name string) int {
	for i, m := range p.members {
		if !m.escaped && int(m.keyEnd-m.key) != len(name)+2 {
			continue
		}
		if p.key(m) == name {
			return i
		}
	}
	return -1
}

func (p *payload) read() form {
	if p.form == unread {
		p.form = p.scan()
	}
	return p.form
}

// scan validates the payload and finds its members in one pass.
func (p *payload) scan() form {
	c := checker{s: p.text}
	c.space()
	from := c.i
	object := c.i < len(c.s) && c.s[c.i] == '{' && len(c.s) <= maxScan
	if object && !c.members(p) || !object && !c.value(0) {
		return notJSON
	}
	to := c.i
	c.space()
	if c.i != len(c.s) || !utf8.ValidString(c.s) {
		return notJSON
	}
	p.spaced = c.spaced
	if !object {
		p.text = p.text[from:to]
		return jsonOther
	}
	p.text = p.text[:to]
	p.mergeDuplicates()
	return jsonObject
}

// maxScan keeps offsets within 32 bits. The message broker accepts no larger payload.
const maxScan = math.MaxInt32

// members reads an object and records its members.
func (c *checker) members(p *payload) bool {
	c.i++
	c.space()
	if c.i < len(c.s) && c.s[c.i] == '}' {
		c.i++
		return true
	}
	for c.i < len(c.s) {
		m := member{key: int32(c.i)}
		if c.s[c.i] != '"' || !c.string() {
			return false
		}
		m.keyEnd = int32(c.i)
		m.escaped = strings.IndexByte(c.s[m.key:m.keyEnd], '\\') >= 0
		if !c.colon() {
			return false
		}
		m.val = int32(c.i)
		if !c.value(1) {
			return false
		}
		m.valEnd = int32(c.i)
		p.members = append(p.members, m)
		if more, ok := c.comma('}'); !more {
			return ok
		}
	}
	return false
}

// mergeDuplicates leaves one member of each name.
func (p *payload) mergeDuplicates() {
	if len(p.members) > 24 {
		p.mergeMany()
		return
	}
	kept := p.members[:0]
next:
	for _, m := range p.members {
		for i := range kept {
			if p.sameKey(kept[i], m) {
				kept[i].val, kept[i].valEnd = m.val, m.valEnd
				p.merged = true
				continue next
			}
		}
		kept = append(kept, m)
	}
	p.members = kept
}

func (p *payload) sameKey(a, b member) bool {
	if !a.escaped && !b.escaped && a.keyEnd-a.key != b.keyEnd-b.key {
		return false
	}
	return p.key(a) == p.key(b)
}

func (p *payload) mergeMany() {
	at := make(map[string]int, len(p.members))
	kept := p.members[:0]
	for _, m := range p.members {
		k := p.key(m)
		if i, dup := at[k]; dup {
			kept[i].val, kept[i].valEnd = m.val, m.valEnd
			p.merged = true
			continue
		}
		at[k] = len(kept)
		kept = append(kept, m)
	}
	p.members = kept
}

// all returns a copy of the payload: JSON without whitespace between tokens, or the unchanged bytes of other payloads.
func (p *payload) all() []byte {
	if p.read() == notJSON {
		return []byte(p.text)
	}
	return appendCompact(make([]byte, 0, len(p.text)), p.text)
}

// member returns the payload's member of that name.
func (e *env) member(name string) value {
	switch e.payload.read() {
	case notJSON:
		return e.fail("read member %s: %w", name, ErrPayload)
	case jsonOther:
		return valUndefined
	}
	i := e.payload.find(name)
	if i < 0 {
		return valUndefined
	}
	return ofJSON(e.payload.value(e.payload.members[i]))
}

// star returns the whole payload, which must be JSON.
func (e *env) star() value {
	if e.payload.read() == notJSON {
		return e.fail("use *: %w", ErrPayload)
	}
	return ofJSON(e.payload.trimmed())
}

// trimmed is the text of a JSON payload without leading whitespace.
func (p *payload) trimmed() string { return p.text[skipSpace(p.text, 0):] }

// bytes returns the whole published payload, for a function of bytes.
func (e *env) bytes() value { return value{kind: raw, str: textOf(e.msg.Payload)} }
