package sql

import (
	"math/big"
	"math/bits"
	"strings"
)

// The operators, by the tables in the reference's chapter "Operators".

// logical is AND or OR: both operands must be Boolean, or "true" or "false".
func logical(left, right eval, op func(a, b bool) bool) eval {
	return func(e *env) value {
		a, ok := left(e).boolean()
		if !ok {
			return valUndefined
		}
		b, ok := right(e).boolean()
		if !ok {
			return valUndefined
		}
		return ofBool(op(a, b))
	}
}

var comparisons = map[string]func(a, b value) value{
	"=":  equal,
	"<>": func(a, b value) value { return not(equal(a, b)) },
	"<":  ordered(func(c int) bool { return c < 0 }),
	"<=": ordered(func(c int) bool { return c <= 0 }),
	">":  ordered(func(c int) bool { return c > 0 }),
	">=": ordered(func(c int) bool { return c >= 0 }),
	"IN": contains,
}

func not(v value) value {
	if v.kind == undefined {
		return v
	}
	return ofBool(v.num == 0)
}

func ordered(holds func(cmp int) bool) func(a, b value) value {
	return func(a, b value) value {
		c, ok := compare(a, b)
		if !ok {
			return valUndefined
		}
		return ofBool(holds(c))
	}
}

// compare compares two numbers, or strings that are numbers.
func compare(a, b value) (int, bool) {
	if a.kind == integer && b.kind == integer && !a.big && !b.big {
		switch {
		case a.num < b.num:
			return -1, true
		case a.num > b.num:
			return 1, true
		}
		return 0, true
	}
	x, ok := a.decimal()
	if !ok {
		return 0, false
	}
	y, ok := b.decimal()
	if !ok {
		return 0, false
	}
	return x.cmp(y), true
}

func isNumber(v value) bool { return v.kind == integer || v.kind == decimals }

// equal is Undefined if an operand is Undefined, and false if the operands have different types.
func equal(a, b value) value {
	if a.kind == undefined || b.kind == undefined || a.kind == raw || b.kind == raw {
		return valUndefined
	}
	c := comparer{left: maxCost}
	same := c.same(a, b)
	if c.left < 0 {
		return valUndefined
	}
	return ofBool(same)
}

// comparer compares values, with a limit on the number of elements: variables can contain each other many times.
type comparer struct{ left int }

func (c *comparer) same(a, b value) bool {
	if c.left--; c.left < 0 {
		return false
	}
	if isNumber(a) && isNumber(b) {
		order, ok := compare(a, b)
		return ok && order == 0
	}
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case text:
		return a.str == b.str
	case boolean:
		return a.num == b.num
	case array:
		return c.sameItems(a.items(), b.items())
	case object:
		return c.sameMembers(a.object(), b.object())
	}
	return true
}

func (c *comparer) sameItems(a, b []value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !c.same(a[i], b[i]) {
			return false
		}
	}
	return true
}

// sameMembers compares objects, in any order of members. It ignores Undefined members.
func (c *comparer) sameMembers(a, b *built) bool {
	of := make(map[string]value, len(a.keys))
	for i, k := range a.keys {
		if a.list[i].kind != undefined {
			of[k] = a.list[i]
		}
	}
	for i, k := range b.keys {
		if b.list[i].kind == undefined {
			continue
		}
		v, ok := of[k]
		if !ok || !c.same(v, b.list[i]) {
			return false
		}
		delete(of, k)
	}
	return len(of) == 0
}

// contains is the IN operator: the right operand must be an array.
func contains(v, list value) value {
	if v.kind == undefined || list.kind != array {
		return valUndefined
	}
	for _, item := range list.items() {
		if equal(v, item) == valTrue {
			return valTrue
		}
	}
	return valFalse
}

var operators = map[string]func(a, b value) value{
	"+": plus,
	"-": numeric(subSmall, (*big.Int).Sub, func(a, b decimal) (decimal, bool) { return a.add(b.neg()) }),
	"*": numeric(mulSmall, (*big.Int).Mul, decimal.mul),
	"/": divide,
	"%": modulo,
}

// plus adds numbers, or concatenates if an operand is a string.
func plus(a, b value) value {
	if a.kind != text && b.kind != text {
		return add(a, b)
	}
	x, ok := a.text()
	if !ok {
		return valUndefined
	}
	y, ok := b.text()
	if !ok || len(x)+len(y) > maxText {
		return valUndefined
	}
	return ofText(x + y)
}

var add = numeric(addSmall, (*big.Int).Add, decimal.add)

// numeric makes an operator of two numbers. It computes with Ints of 64 bits if they suffice, else with large Ints, else with Decimals.
func numeric(small func(a, b int64) (int64, bool), ints func(z, a, b *big.Int) *big.Int, decs func(a, b decimal) (decimal, bool)) func(a, b value) value {
	return func(a, b value) value {
		if a.kind == integer && b.kind == integer {
			if !a.big && !b.big {
				if n, ok := small(a.num, b.num); ok {
					return ofInt(n)
				}
			}
			x, okX := a.bigInt(truncate)
			y, okY := b.bigInt(truncate)
			if !okX || !okY {
				return valUndefined
			}
			return ofBig(ints(new(big.Int), x, y))
		}
		x, okX := a.decimal()
		y, okY := b.decimal()
		if !okX || !okY {
			return valUndefined
		}
		return ofDecimalOK(decs(x, y))
	}
}

func addSmall(a, b int64) (int64, bool) {
	s := a + b
	return s, (s > a) == (b > 0)
}

func subSmall(a, b int64) (int64, bool) {
	s := a - b
	return s, (s < a) == (b > 0)
}

func mulSmall(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(max(a, -a)), uint64(max(b, -b)))
	if hi != 0 || lo > 1<<62 {
		return 0, false
	}
	return a * b, true
}

func divide(a, b value) value {
	if isNumber(b) && isZero(b) {
		return valUndefined
	}
	return quotient(whole(a), whole(b))
}

// whole converts a whole number of the payload, such as 10.0, to an Int, as AWS does.
// https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-data-types.html
func whole(v value) value {
	if v.kind != decimals || v.num != fromPayload {
		return v
	}
	digits, fraction, ok := strings.Cut(v.str, ".")
	if !ok || strings.Trim(fraction, "0") != "" || digits == "" {
		return v
	}
	return ofNumber(digits)
}

func modulo(a, b value) value {
	if isNumber(b) && isZero(b) {
		return valUndefined
	}
	return remainder(a, b)
}

var quotient = numeric(
	func(a, b int64) (int64, bool) {
		if b == -1 {
			return -a, a != -a || a == 0
		}
		return a / b, true
	},
	(*big.Int).Quo, decimal.quo)

var remainder = numeric(
	func(a, b int64) (int64, bool) {
		if b == -1 {
			return 0, true
		}
		return a % b, true
	},
	(*big.Int).Rem, decimal.rem)

func isZero(v value) bool {
	d, ok := v.decimal()
	return ok && d.coef.Sign() == 0
}

// negate is the minus sign: 0 - v. It also accepts strings that are numbers.
func negate(v value) value {
	if v.kind == integer {
		return numericSub(ofInt(0), v)
	}
	d, ok := v.decimal()
	if !ok {
		return valUndefined
	}
	return ofDecimal(d.neg())
}

var numericSub = numeric(subSmall, (*big.Int).Sub, func(a, b decimal) (decimal, bool) { return a.add(b.neg()) })
