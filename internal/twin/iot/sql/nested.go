package sql

// query is a compiled nested query: (SELECT ... FROM path AS alias WHERE ...).
type query struct {
	from   eval
	where  eval // nil: every element
	result func(e *env) value
}

func (c *compiler) query(x *astNested) query {
	q := query{from: c.postfix(x.From)}
	c.aliases = append(c.aliases, x.Alias)
	if x.Where != nil {
		q.where = c.expr(x.Where)
	}
	q.result = c.selection(x.Select).value
	c.aliases = c.aliases[:len(c.aliases)-1]
	return q
}

// nested returns an array of results for an array, one result for an object, and Undefined for any other value.
func (c *compiler) nested(x *astNested) eval {
	q := c.query(x)
	return func(e *env) value {
		from := q.from(e)
		if from.kind == object {
			v, ok := q.at(e, from)
			if !ok {
				return valUndefined
			}
			return v
		}
		if from.kind != array {
			return valUndefined
		}
		list := []value{}
		for _, item := range from.items() {
			if !e.visit() {
				return valUndefined
			}
			if v, ok := q.at(e, item); ok && v.kind != undefined {
				list = append(list, v)
			}
		}
		return ofList(list)
	}
}

// exists reports whether the nested query returns any result.
func (c *compiler) exists(x *astNested) eval {
	q := c.query(x)
	return func(e *env) value {
		from := q.from(e)
		if from.kind == object {
			return ofBool(q.matches(e, from))
		}
		if from.kind != array {
			return valFalse
		}
		for _, item := range from.items() {
			if !e.visit() {
				return valUndefined
			}
			if q.matches(e, item) {
				return valTrue
			}
		}
		return valFalse
	}
}

// at evaluates the query with the element as its scope. ok is false if the WHERE clause is not true.
func (q query) at(e *env, element value) (v value, ok bool) {
	e.scopes = append(e.scopes, element)
	if q.holds(e) {
		v, ok = q.result(e), true
	}
	e.scopes = e.scopes[:len(e.scopes)-1]
	return v, ok
}

func (q query) matches(e *env, element value) bool {
	e.scopes = append(e.scopes, element)
	is := q.holds(e)
	e.scopes = e.scopes[:len(e.scopes)-1]
	return is
}

func (q query) holds(e *env) bool {
	if q.where == nil {
		return true
	}
	is, ok := q.where(e).boolean()
	return is && ok
}
