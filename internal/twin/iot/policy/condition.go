package policy

import (
	"fmt"
	"net/netip"
	"sort"
	"strconv"
	"strings"
	"time"
)

// condition is one operator with one key. Its values are alternatives, and without any value nothing matches. All conditions of a statement
// must hold.
type condition struct {
	text     string // operator and key, for explanations
	key      key
	tests    []test
	negated  bool
	ifExists bool
	every    bool  // ForAllValues
	null     *bool // for the operator Null: whether the key must be absent
}

// test compares one value of the request with one of the condition. unresolved is the name of a variable without a value.
type test func(got string, c *Connection) (ok bool, unresolved string)

// operator makes tests. A negated operator holds if no value matches.
type operator struct {
	negated bool
	make    func(want string, variables bool) (test, error)
}

var operators = map[string]operator{
	"stringequals":              {make: equalText},
	"stringnotequals":           {negated: true, make: equalText},
	"stringequalsignorecase":    {make: equalFold},
	"stringnotequalsignorecase": {negated: true, make: equalFold},
	"stringlike":                {make: like},
	"stringnotlike":             {negated: true, make: like},
	"arnequals":                 {make: like},
	"arnnotequals":              {negated: true, make: like},
	"arnlike":                   {make: like},
	"arnnotlike":                {negated: true, make: like},
	"binaryequals":              {make: equalText},
	"bool":                      {make: equalBool},
	"ipaddress":                 {make: inPrefix},
	"notipaddress":              {negated: true, make: inPrefix},
	"numericequals":             {make: number(func(c int) bool { return c == 0 })},
	"numericnotequals":          {negated: true, make: number(func(c int) bool { return c == 0 })},
	"numericlessthan":           {make: number(func(c int) bool { return c < 0 })},
	"numericlessthanequals":     {make: number(func(c int) bool { return c <= 0 })},
	"numericgreaterthan":        {make: number(func(c int) bool { return c > 0 })},
	"numericgreaterthanequals":  {make: number(func(c int) bool { return c >= 0 })},
	"dateequals":                {make: date(func(c int) bool { return c == 0 })},
	"datenotequals":             {negated: true, make: date(func(c int) bool { return c == 0 })},
	"datelessthan":              {make: date(func(c int) bool { return c < 0 })},
	"datelessthanequals":        {make: date(func(c int) bool { return c <= 0 })},
	"dategreaterthan":           {make: date(func(c int) bool { return c > 0 })},
	"dategreaterthanequals":     {make: date(func(c int) bool { return c >= 0 })},
}

func compileConditions(in map[string]map[string]texts, variables bool) ([]condition, error) {
	var out []condition
	for name, keys := range in {
		for k, values := range keys {
			c, err := compileCondition(name, k, values, variables)
			if err != nil {
				return nil, fmt.Errorf("condition %s: %s: %w", name, k, err)
			}
			out = append(out, c)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].text < out[j].text })
	return out, nil
}

func compileCondition(name, keyName string, values texts, variables bool) (condition, error) {
	c := condition{text: name + " " + keyName, key: compileKey(keyName)}
	lower := strings.ToLower(name)
	if rest, ok := strings.CutPrefix(lower, "forallvalues:"); ok {
		c.every, lower = true, rest
	} else if rest, ok := strings.CutPrefix(lower, "foranyvalue:"); ok {
		lower = rest
	}
	if rest, ok := strings.CutSuffix(lower, "ifexists"); ok {
		c.ifExists, lower = true, rest
	}
	if lower == "null" {
		if len(values) == 0 {
			return c, fmt.Errorf("has no value: allowed are true and false")
		}
		absent, err := strconv.ParseBool(strings.ToLower(values[0]))
		c.null = &absent
		return c, err
	}
	op, ok := operators[lower]
	if !ok {
		return c, fmt.Errorf("unknown operator: allowed are IAM's condition operators, such as StringEquals, Bool and IpAddress")
	}
	c.negated = op.negated
	for _, v := range values {
		t, err := op.make(v, variables)
		if err != nil {
			return c, fmt.Errorf("value %q: %w", v, err)
		}
		c.tests = append(c.tests, t)
	}
	return c, nil
}

// holds evaluates the condition.
func (c *condition) holds(conn *Connection) (ok bool, unresolved string) {
	if c.key.text == nil {
		return c.holdsAll(c.key.values(conn), conn)
	}
	got, there := c.key.one(conn)
	if !there {
		return c.absent(), ""
	}
	if c.null != nil {
		return !*c.null, ""
	}
	return c.value(got, conn)
}

// absent is the result of the condition for a key without a value.
func (c *condition) absent() bool {
	if c.null != nil {
		return *c.null
	}
	return c.ifExists || c.every || c.negated
}

func (c *condition) holdsAll(values []string, conn *Connection) (ok bool, unresolved string) {
	if len(values) == 0 {
		return c.absent(), ""
	}
	if c.null != nil {
		return !*c.null, ""
	}
	for _, got := range values {
		ok, unresolved := c.value(got, conn)
		if unresolved != "" || ok != c.every {
			return ok, unresolved
		}
	}
	return c.every, ""
}

// value tests one value of the request against all values of the condition.
func (c *condition) value(got string, conn *Connection) (ok bool, unresolved string) {
	for _, t := range c.tests {
		ok, missing := t(got, conn)
		if ok {
			return !c.negated, ""
		}
		if missing != "" {
			unresolved = missing
		}
	}
	if unresolved != "" {
		return false, unresolved
	}
	return c.negated, ""
}

func equalText(want string, variables bool) (test, error) { return matching(want, variables, false) }

func like(want string, variables bool) (test, error) { return matching(want, variables, true) }

func matching(want string, variables, wildcards bool) (test, error) {
	p, err := compilePattern(want, variables, wildcards)
	if err != nil {
		return nil, err
	}
	return func(got string, c *Connection) (bool, string) { return p.match(got, c) }, nil
}

func equalFold(want string, variables bool) (test, error) {
	p, err := compilePattern(want, variables, false)
	if err != nil {
		return nil, err
	}
	return func(got string, c *Connection) (bool, string) {
		var want strings.Builder
		for i := range p.parts {
			s := p.parts[i].text
			if p.parts[i].kind == variable {
				v, ok := p.parts[i].get.one(c)
				if !ok {
					return false, p.parts[i].get.name
				}
				s = v
			}
			want.WriteString(s)
		}
		return strings.EqualFold(want.String(), got), ""
	}, nil
}

func equalBool(want string, _ bool) (test, error) {
	want = strings.ToLower(want)
	if want != "true" && want != "false" {
		return nil, fmt.Errorf("allowed are true and false")
	}
	return func(got string, _ *Connection) (bool, string) { return strings.EqualFold(got, want), "" }, nil
}

func inPrefix(want string, _ bool) (test, error) {
	prefix, err := netip.ParsePrefix(want)
	if err != nil {
		addr, aerr := netip.ParseAddr(want)
		if aerr != nil {
			return nil, fmt.Errorf("allowed are addresses and ranges such as 192.0.2.0/24")
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	return func(got string, _ *Connection) (bool, string) {
		addr, err := netip.ParseAddr(got)
		return err == nil && prefix.Contains(addr.Unmap()), ""
	}, nil
}

// number makes a test that compares numbers. holds gets the comparison of the request's number with the condition's.
func number(holds func(cmp int) bool) func(string, bool) (test, error) {
	return func(want string, _ bool) (test, error) {
		limit, err := strconv.ParseFloat(want, 64)
		if err != nil {
			return nil, fmt.Errorf("allowed are numbers")
		}
		return func(got string, _ *Connection) (bool, string) {
			v, err := strconv.ParseFloat(got, 64)
			if err != nil {
				return false, ""
			}
			switch {
			case v < limit:
				return holds(-1), ""
			case v > limit:
				return holds(1), ""
			}
			return holds(0), ""
		}, nil
	}
}

func date(holds func(cmp int) bool) func(string, bool) (test, error) {
	return func(want string, _ bool) (test, error) {
		limit, ok := parseDate(want)
		if !ok {
			return nil, fmt.Errorf("allowed are dates such as 2026-11-23T12:00:00Z, and seconds since 1970")
		}
		return func(got string, _ *Connection) (bool, string) {
			v, ok := parseDate(got)
			return ok && holds(v.Compare(limit)), ""
		}, nil
	}
}

func parseDate(s string) (time.Time, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(n, 0), true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
