package sql

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// compiler turns the syntax tree of a statement into closures.
type compiler struct {
	version Version
	text    string         // the source
	vars    map[string]int // index of each variable of the SET clause that is defined so far
	aliases []string       // of the enclosing nested queries, outermost first; "" for one without an alias
	dynamo  int            // number of calls of get_dynamodb
	failed  error          // the first error; later steps do nothing
}

func (c *compiler) fail(pos lexer.Position, format string, args ...any) eval {
	if c.failed == nil {
		c.failed = at(pos, format, args...)
	}
	return func(*env) value { return valUndefined }
}

func (c *compiler) expr(x *astExpr) eval {
	out := c.and(x.Left)
	for _, r := range x.Rest {
		out = logical(out, c.and(r), func(a, b bool) bool { return a || b })
	}
	return out
}

func (c *compiler) and(x *astAnd) eval {
	out := c.not(x.Left)
	for _, r := range x.Rest {
		out = logical(out, c.not(r), func(a, b bool) bool { return a && b })
	}
	return out
}

func (c *compiler) not(x *astNot) eval {
	out := c.comparison(x.Expr)
	for range x.Nots {
		of := out
		out = func(e *env) value {
			is, ok := of(e).boolean()
			if !ok {
				return valUndefined
			}
			return ofBool(!is)
		}
	}
	return out
}

func (c *compiler) comparison(x *astComparison) eval {
	left := c.sum(x.Left)
	if x.Op == "" {
		return left
	}
	op, right := comparisons[strings.ToUpper(x.Op)], c.sum(x.Right)
	return func(e *env) value { return op(left(e), right(e)) }
}

func (c *compiler) sum(x *astSum) eval {
	out := c.product(x.Left)
	for _, r := range x.Rest {
		out = arithmetic(out, c.product(r.Expr), r.Op)
	}
	return out
}

func (c *compiler) product(x *astProduct) eval {
	out := c.unary(x.Left)
	for _, r := range x.Rest {
		out = arithmetic(out, c.unary(r.Expr), r.Op)
	}
	return out
}

func arithmetic(left, right eval, op string) eval {
	f := operators[op]
	return func(e *env) value { return f(left(e), right(e)) }
}

func (c *compiler) unary(x *astUnary) eval {
	out := c.postfix(x.Expr)
	if len(x.Minus)%2 == 1 {
		of := out
		return func(e *env) value { return negate(of(e)) }
	}
	return out
}

func (c *compiler) postfix(x *astPostfix) eval {
	out := c.primary(x.Root)
	for _, name := range x.Path {
		if name == "*" {
			return c.fail(x.Pos, ".* is allowed only at the end of an item of a SELECT list")
		}
		of := out
		out = func(e *env) value { return of(e).member(name) }
	}
	return out
}

func (c *compiler) primary(x *astPrimary) eval {
	switch {
	case x.Number != nil:
		return constant(numberLiteral(*x.Number))
	case x.Text != nil:
		return constant(ofText(unquoteSQL(*x.Text)))
	case x.Literal != nil:
		return constant(map[string]value{"NULL": valNull, "TRUE": valTrue, "FALSE": valFalse}[strings.ToUpper(*x.Literal)])
	case x.Star:
		return c.star()
	case x.Variable != nil:
		return c.variable(x.Pos, *x.Variable)
	case x.Case != nil:
		return c.caseOf(x.Case)
	case x.Cast != nil:
		return c.cast(x.Cast)
	case x.Exists != nil:
		return c.exists(x.Exists)
	case x.Nested != nil:
		return c.nested(x.Nested)
	case x.Group != nil:
		return c.expr(x.Group)
	case x.Substitution != nil:
		return c.expr(x.Substitution)
	case x.Object != nil:
		return c.object(x.Object)
	case x.Array != nil:
		return c.array(x.Array)
	case x.Call != nil:
		return c.call(x.Call)
	}
	return c.name(*x.Name)
}

func constant(v value) eval { return func(*env) value { return v } }

// numberLiteral parses a number of a statement. It may begin with the decimal point or be out of range.
func numberLiteral(s string) value {
	if s[0] == '.' {
		s = "0" + s
	}
	if strings.ContainsAny(s, ".eE") {
		d, ok := parseDecimal(s)
		if !ok {
			return valUndefined
		}
		if strings.ContainsAny(s, "eE") {
			return ofDecimal(d)
		}
	}
	if trimmed := strings.TrimLeft(s, "0"); trimmed != "" && trimmed[0] != '.' {
		return ofNumber(trimmed)
	} else if trimmed != "" {
		return ofNumber("0" + trimmed)
	}
	return ofInt(0)
}

// star is the payload, or the current element of the nested query.
func (c *compiler) star() eval {
	depth := len(c.aliases)
	if depth == 0 {
		return (*env).star
	}
	return func(e *env) value { return e.scopes[depth-1] }
}

// isStar reports whether an argument is the whole payload. Functions of bytes take the payload unchanged.
func (c *compiler) isStar(x *astExpr) bool {
	p := plainPostfix(x)
	return len(c.aliases) == 0 && p != nil && p.Root.Star && len(p.Path) == 0
}

// name is the alias of an enclosing nested query, or a member of the innermost scope.
func (c *compiler) name(name string) eval {
	for i := len(c.aliases) - 1; i >= 0; i-- {
		if c.aliases[i] == name {
			return func(e *env) value { return e.scopes[i] }
		}
	}
	depth := len(c.aliases)
	if depth == 0 {
		return func(e *env) value { return e.member(name) }
	}
	return func(e *env) value { return e.scopes[depth-1].member(name) }
}

func (c *compiler) caseOf(x *astCase) eval {
	of := c.expr(x.Of)
	type branch struct{ when, then eval }
	branches := make([]branch, len(x.Whens))
	for i, w := range x.Whens {
		branches[i] = branch{c.expr(w.When), c.expr(w.Then)}
	}
	otherwise := constant(valUndefined)
	if x.Else != nil {
		otherwise = c.expr(x.Else)
	}
	return func(e *env) value {
		v := of(e)
		if v.kind == undefined {
			return valUndefined
		}
		for _, b := range branches {
			if equal(v, b.when(e)) == valTrue {
				return b.then(e)
			}
		}
		return otherwise(e)
	}
}

func (c *compiler) object(x *astObject) eval {
	keys := make([]string, len(x.Members))
	vals := make([]eval, len(x.Members))
	for i, m := range x.Members {
		keys[i], vals[i] = unquoteSQL(m.Name), c.expr(m.Expr)
	}
	return func(e *env) value {
		b := &built{}
		for i, f := range vals {
			b.set(keys[i], f(e))
		}
		return value{kind: object, built: b}
	}
}

func (c *compiler) array(x *astArray) eval {
	items := c.exprs(x.Items)
	return func(e *env) value {
		list := make([]value, len(items))
		for i, f := range items {
			list[i] = f(e)
		}
		return ofList(list)
	}
}

func (c *compiler) exprs(list []*astExpr) []eval {
	out := make([]eval, len(list))
	for i, x := range list {
		out[i] = c.expr(x)
	}
	return out
}

// source returns the source text of an item's expression, which becomes the item's name.
func (c *compiler) source(x *astItem) string {
	return strings.TrimSpace(c.text[x.Pos.Offset:x.EndPos.Offset])
}
