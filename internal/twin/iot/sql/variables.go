package sql

import "github.com/alecthomas/participle/v2/lexer"

func (c *compiler) assign(x *astAssign) eval {
	if len(x.Name) > 1+maxVariable {
		return c.fail(x.Pos, "variable %s: a name has at most %d characters", x.Name, maxVariable)
	}
	if _, dup := c.vars[x.Name]; dup {
		return c.fail(x.Pos, "variable %s is set twice", x.Name)
	}
	if len(c.vars) == maxVariables {
		return c.fail(x.Pos, "variable %s: a statement has at most %d variables", x.Name, maxVariables)
	}
	f := c.expr(x.Expr)
	c.vars[x.Name] = len(c.vars)
	return f
}

const (
	maxVariable  = 64 // longest name of a variable, without its @
	maxVariables = 10
)

func (c *compiler) variable(pos lexer.Position, name string) eval {
	i, ok := c.vars[name]
	if !ok {
		return c.fail(pos, "variable %s is not set: expected SET %s = expression before SELECT", name, name)
	}
	return func(e *env) value { return e.variable(i) }
}

// variable evaluates a variable once. Its expression refers to the message, not to the nested query that uses it.
func (e *env) variable(i int) value {
	if !e.vars[i].done {
		scopes := e.scopes
		e.scopes = nil
		v := e.vars[i].expr(e)
		e.scopes = scopes
		e.vars[i].val, e.vars[i].done = v, true
	}
	return e.vars[i].val
}
