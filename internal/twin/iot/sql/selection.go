package sql

// selection is a compiled SELECT list.
type selection struct {
	whole bool // VALUE: the result is the only item's value; otherwise it is an object
	only  bool // the only item is *
	flat  bool // only a leading * spreads an object, and no alias has several levels
	items []item
}

// item is one item of a SELECT list.
type item struct {
	star   bool     // all members of the payload or element
	spread bool     // .*: all members of the expression's value
	alias  []string // levels of the name; nil for star and spread
	expr   eval
}

func (c *compiler) selection(x *astSelect) selection {
	s := selection{whole: x.Value, flat: true}
	for n, i := range x.Items {
		it := c.item(i)
		s.flat = s.flat && !it.spread && len(it.alias) < 2 && (!it.star || n == 0)
		s.items = append(s.items, it)
	}
	if s.whole && len(s.items) != 1 {
		c.fail(x.Items[1].Pos, "SELECT VALUE takes one item, not %d", len(s.items))
	}
	if s.whole && len(x.Items[0].Alias) > 0 {
		c.fail(x.Items[0].EndPos, "an item of SELECT VALUE has no name: AS is not allowed")
	}
	s.only = !s.whole && len(s.items) == 1 && s.items[0].star
	return s
}

func (c *compiler) item(x *astItem) item {
	p := plainPostfix(x.Expr)
	if p == nil || len(x.Alias) > 0 {
		return item{expr: c.expr(x.Expr), alias: c.aliasOf(x, p)}
	}
	if p.Root.Star && len(p.Path) == 0 {
		return item{star: true, expr: c.star()}
	}
	if n := len(p.Path); n > 0 && p.Path[n-1] == "*" {
		return item{spread: true, expr: c.postfix(&astPostfix{Pos: p.Pos, Root: p.Root, Path: p.Path[:n-1]})}
	}
	return item{expr: c.postfix(p), alias: c.aliasOf(x, p)}
}

// aliasOf returns the name of an item: its alias, or the last level of its path, or its source text.
func (c *compiler) aliasOf(x *astItem, p *astPostfix) []string {
	if len(x.Alias) > maxNesting {
		c.fail(x.Pos, "an alias of %d levels: allowed are %d", len(x.Alias), maxNesting)
	}
	if len(x.Alias) > 0 {
		return x.Alias
	}
	if p != nil {
		if n := len(p.Path); n > 0 {
			return p.Path[n-1:]
		}
		if p.Root.Name != nil {
			return []string{*p.Root.Name}
		}
		if p.Root.Variable != nil {
			return []string{(*p.Root.Variable)[1:]}
		}
	}
	return []string{c.source(x)}
}

// plainPostfix returns the only operand of an expression without operators; nil for any other expression.
func plainPostfix(x *astExpr) *astPostfix {
	n := x.Left.Left
	if len(x.Rest) > 0 || len(x.Left.Rest) > 0 || len(n.Nots) > 0 || n.Expr.Op != "" {
		return nil
	}
	s := n.Expr.Left
	if len(s.Rest) > 0 || len(s.Left.Rest) > 0 || len(s.Left.Left.Minus) > 0 {
		return nil
	}
	return s.Left.Left.Expr
}

// value evaluates the selection to a value, for nested queries.
func (s selection) value(e *env) value {
	if s.whole || s.only {
		return s.items[0].expr(e)
	}
	return value{kind: object, built: s.object(e)}
}

// object applies the items in order.
func (s selection) object(e *env) *built {
	b := &built{}
	for _, it := range s.items {
		v := it.expr(e)
		if !it.star && !it.spread {
			b.setPath(it.alias, v)
			continue
		}
		if it.star && len(e.scopes) == 0 && v.kind != object {
			e.fail("select *: %w object", ErrPayload)
			return b
		}
		if from := v.object(); from != nil {
			for i, k := range from.keys {
				b.set(k, from.list[i])
			}
		}
	}
	return b
}

// setPath sets a value at a path of names. It creates objects that are missing.
func (b *built) setPath(path []string, v value) {
	for len(path) > 1 {
		inner := b.inner(path[0]).object()
		if inner == nil {
			inner = &built{}
		}
		b.set(path[0], value{kind: object, built: inner})
		b, path = inner, path[1:]
	}
	b.set(path[0], v)
}

func (b *built) inner(name string) value { return value{kind: object, built: b}.member(name) }

// maxKeep is the largest number of items whose values appendFlat stores without allocating.
const maxKeep = 8

// appendFlat writes the object of a flat selection. For *, it writes the payload's members unchanged, except that an item's value replaces
// the member with its name. The other items follow.
func (s selection) appendFlat(e *env, out []byte) ([]byte, error) {
	var space [maxKeep]value
	vals := space[:0]
	for i := range s.items {
		vals = append(vals, s.flatItem(e, &s.items[i]))
	}
	if e.err != nil {
		return nil, e.err
	}
	w := objectWriter{out: append(out, '{')}
	for i := range s.items {
		it := &s.items[i]
		switch {
		case it.star:
			s.appendMembers(e, &w, vals)
		case s.last(it.alias[0], i) > i: // a later item has the same name
		case s.items[0].star && e.payload.find(it.alias[0]) >= 0: // written in place of the member
		default:
			w.item(it.alias[0], vals[i])
		}
	}
	return sized(append(w.out, '}'))
}

func (s selection) flatItem(e *env, it *item) value {
	if !it.star {
		return it.expr(e)
	}
	if e.payload.read() != jsonObject {
		return e.fail("select *: %w object", ErrPayload)
	}
	return valUndefined
}

// appendMembers writes the payload's members. An item's value replaces the member with its name. Consecutive unchanged members are copied
// in one piece.
func (s selection) appendMembers(e *env, w *objectWriter, vals []value) {
	p := &e.payload
	together := !p.spaced && !p.merged
	from := 0
	for i, m := range p.members {
		at := s.named(p, m)
		if at < 0 && together {
			continue
		}
		w.members(p, from, i)
		from = i + 1
		if at > 0 {
			w.item(p.key(m), vals[at])
			continue
		}
		w.member(p, m)
	}
	w.members(p, from, len(p.members))
}

// named returns the last item with the name of that member; -1 if there is none.
func (s selection) named(p *payload, m member) int {
	for j := len(s.items) - 1; j > 0; j-- {
		alias := s.items[j].alias[0]
		if !m.escaped && int(m.keyEnd-m.key) != len(alias)+2 {
			continue
		}
		if p.key(m) == alias {
			return j
		}
	}
	return -1
}

// last returns the index of the last item after i with that name, or i.
func (s selection) last(name string, i int) int {
	for j := len(s.items) - 1; j > i; j-- {
		if s.items[j].alias[0] == name {
			return j
		}
	}
	return i
}

// objectWriter appends the members of an object.
type objectWriter struct {
	out []byte
	any bool
}

func (w *objectWriter) comma() {
	if w.any {
		w.out = append(w.out, ',')
	}
	w.any = true
}

func (w *objectWriter) item(name string, v value) {
	if v.kind == undefined {
		return
	}
	w.comma()
	w.out = append(appendQuoted(w.out, name), ':')
	w.out = v.appendJSON(w.out)
}

// members appends the payload's members with indexes from `from` up to `to`, unchanged.
func (w *objectWriter) members(p *payload, from, to int) {
	if from == to {
		return
	}
	w.comma()
	w.out = append(w.out, p.text[p.members[from].key:p.members[to-1].valEnd]...)
}

// member appends a member of the payload unchanged.
func (w *objectWriter) member(p *payload, m member) {
	w.comma()
	w.out = append(append(w.out, p.text[m.key:m.keyEnd]...), ':')
	w.out = appendCompact(w.out, p.value(m))
}
