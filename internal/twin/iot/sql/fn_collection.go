package sql

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// get returns the element of an array, the character of a string, or the member of an object.
func get(v, key value) value {
	switch v.kind {
	case object:
		if key.kind != text {
			return valUndefined
		}
		return v.member(key.str)
	case array:
		list := v.items()
		if i, ok := index(key, len(list)); ok {
			return list[i]
		}
	case text:
		if i, ok := index(key, utf8.RuneCountInString(v.str)); ok {
			return ofText(string([]rune(v.str)[i]))
		}
	}
	return valUndefined
}

func index(key value, n int) (int, bool) {
	i, ok := key.clamped()
	return int(i), ok && i >= 0 && i < int64(n)
}

// getOrDefault returns the first argument. If that is Undefined or Null, or fails, it returns the second.
func getOrDefault(_ *compiler, _ *astCall, args []eval) eval {
	if len(args) == 0 || len(args) > 2 {
		return constant(valUndefined)
	}
	return func(e *env) value {
		before := e.err
		v := args[0](e)
		if before == nil && !errors.Is(e.err, ErrPayload) {
			e.err = nil
		}
		if v.kind != undefined && v.kind != null {
			return v
		}
		if len(args) == 2 {
			return args[1](e)
		}
		return valUndefined
	}
}

func isNull(v value) value      { return ofBool(v.kind == null) }
func isUndefined(v value) value { return ofBool(v.kind == undefined) }

// maxTransform is the longest result of transform, as JSON, in bytes.
const maxTransform = 128 * 1024

// transform implements the mode enrichArray: it adds the members of an object to each object in an array.
func transform(e *env, args []value) value {
	if len(args) != 3 || args[0].kind != text || args[0].str != "enrichArray" || args[2].kind != array {
		return valUndefined
	}
	with := args[1].object()
	if with == nil {
		return valUndefined
	}
	list, size := []value{}, 0
	for _, item := range args[2].items() {
		b := item.object()
		if b == nil {
			return valUndefined
		}
		for i, k := range with.keys {
			b.set(k, with.list[i])
		}
		list = append(list, value{kind: object, built: b})
		size += len(list[len(list)-1].appendJSON(nil)) + 1
		if size > maxTransform {
			return e.fail("transform: the result is longer than %d bytes", maxTransform)
		}
	}
	return ofList(list)
}

// cast converts explicitly: by the standard conversions, and between numbers and Booleans.
func (c *compiler) cast(x *astCast) eval {
	of := c.expr(x.Expr)
	to, ok := casts[strings.ToLower(x.Type)]
	if !ok {
		return c.fail(x.Pos, "cast as %s: allowed are String, Nvarchar, Text, Ntext, Varchar, Int, Integer, Double, Decimal, Bool, Boolean", x.Type)
	}
	return func(e *env) value { return to(of(e)) }
}

var casts = map[string]func(value) value{
	"string": castText, "nvarchar": castText, "text": castText, "ntext": castText, "varchar": castText,
	"int": castInt, "integer": castInt, "double": castDouble, "decimal": castDecimal, "bool": castBool, "boolean": castBool,
}

func castText(v value) value {
	s, ok := v.text()
	if !ok {
		return valUndefined
	}
	return ofText(s)
}

func castInt(v value) value {
	if v.kind == boolean {
		return ofInt(v.num)
	}
	return rounded(floor)(v)
}

// castDecimal returns an Int for a whole number, as documented for version 2016-03-23.
// https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-sql-function-cast
func castDecimal(v value) value {
	if v.kind == boolean {
		return ofInt(v.num)
	}
	d, ok := v.decimal()
	if !ok {
		return valUndefined
	}
	if whole := d.strip(0); whole.exp >= 0 && digits(whole.coef)+whole.exp <= precision {
		return ofBig(whole.toInteger(truncate))
	}
	return ofDecimal(d)
}

func castDouble(v value) value {
	f, ok := v.float()
	if v.kind == boolean {
		f, ok = float64(v.num), true
	}
	if !ok {
		return valUndefined
	}
	return castDecimal(ofFloat(f))
}

func castBool(v value) value {
	if isNumber(v) {
		d, ok := v.decimal()
		if !ok {
			return valUndefined
		}
		return ofBool(d.coef.Sign() != 0)
	}
	is, ok := v.boolean()
	if !ok {
		return valUndefined
	}
	return ofBool(is)
}
