package sql

import (
	"strings"
	"unicode/utf8"
)

// mapped makes a function from string to string.
func mapped(f func(string) string) func(value) value {
	return func(v value) value {
		s, ok := v.text()
		if !ok {
			return valUndefined
		}
		return ofText(f(s))
	}
}

// strings2 makes a function that tests two strings.
func strings2(f func(a, b string) bool) func(a, b value) value {
	return func(a, b value) value {
		x, ok := a.text()
		if !ok {
			return valUndefined
		}
		y, ok := b.text()
		if !ok {
			return valUndefined
		}
		return ofBool(f(x, y))
	}
}

func ltrim(s string) string { return strings.TrimLeft(s, " \t") }
func rtrim(s string) string { return strings.TrimRight(s, " \t") }

// chr returns the ASCII character with that code.
func chr(v value) value {
	n, ok := v.clamped()
	if !ok || n < 0 || n > 127 {
		return valUndefined
	}
	return ofText(string(rune(n)))
}

func length(v value) value {
	s, ok := v.text()
	if !ok {
		return valUndefined
	}
	return ofInt(int64(utf8.RuneCountInString(s)))
}

func numBytes(v value) value {
	s, ok := v.text()
	if !ok {
		return valUndefined
	}
	return ofInt(int64(len(s)))
}

// indexOf returns the index in characters of the second string in the first; -1 if it is not there.
func indexOf(a, b value) value {
	x, ok := a.text()
	if !ok {
		return valUndefined
	}
	y, ok := b.text()
	if !ok {
		return valUndefined
	}
	i := strings.Index(x, y)
	if i > 0 {
		i = utf8.RuneCountInString(x[:i])
	}
	return ofInt(int64(i))
}

// concat joins arrays if an argument is an array, and strings if one is a string. Otherwise it is Undefined. A single argument is converted
// to a string, unless it is an array.
func concat(e *env, args []value) value {
	arrays, texts := false, len(args) == 1
	for _, a := range args {
		arrays = arrays || a.kind == array
		texts = texts || a.kind == text
	}
	switch {
	case arrays:
		return concatArrays(e, args)
	case texts:
		return concatTexts(e, args)
	}
	return valUndefined
}

func concatArrays(e *env, args []value) value {
	list := []value{}
	for _, a := range args {
		switch a.kind {
		case array:
			list = append(list, a.items()...)
		case undefined:
		default:
			list = append(list, a)
		}
		if len(list) > maxCost {
			return e.fail("concat: the result has more than %d elements", maxCost)
		}
	}
	return ofList(list)
}

func concatTexts(e *env, args []value) value {
	var b strings.Builder
	for _, a := range args {
		s, ok := a.text()
		if !ok {
			return valUndefined
		}
		if b.Len()+len(s) > maxText {
			return e.tooLong("concat")
		}
		b.WriteString(s)
	}
	return ofText(b.String())
}

func (e *env) tooLong(function string) value {
	return e.fail("%s: the result is longer than %d bytes", function, maxText)
}

func replace(e *env, args []value) value {
	if len(args) != 3 {
		return valUndefined
	}
	s, okS := args[0].text()
	from, okFrom := args[1].text()
	to, okTo := args[2].text()
	if !okS || !okFrom || !okTo {
		return valUndefined
	}
	if len(s)+strings.Count(s, from)*max(0, len(to)-len(from)) > maxText {
		return e.tooLong("replace")
	}
	return ofText(strings.ReplaceAll(s, from, to))
}

func lpad(v, n value) value { return pad(v, n, func(s, spaces string) string { return spaces + s }) }
func rpad(v, n value) value { return pad(v, n, func(s, spaces string) string { return s + spaces }) }

// pad adds 0 to 1000 spaces.
func pad(v, n value, join func(s, spaces string) string) value {
	s, ok := v.text()
	if !ok {
		return valUndefined
	}
	count, ok := n.clamped()
	if !ok {
		return valUndefined
	}
	return ofText(join(s, strings.Repeat(" ", int(min(max(count, 0), 1000)))))
}

// substring returns the characters from the first index up to, but not including, the second, or to the end. Indexes are clamped to the
// string.
func substring(_ *env, args []value) value {
	if len(args) != 2 && len(args) != 3 {
		return valUndefined
	}
	s, ok := args[0].text()
	if !ok {
		return valUndefined
	}
	n := int64(utf8.RuneCountInString(s))
	from, ok := args[1].clamped()
	if !ok {
		return valUndefined
	}
	to := n
	if len(args) == 3 {
		if to, ok = args[2].clamped(); !ok {
			return valUndefined
		}
	}
	from, to = min(max(from, 0), n), min(max(to, 0), n)
	if from >= to {
		return ofText("")
	}
	if int(n) == len(s) {
		return ofText(s[from:to])
	}
	return ofText(string([]rune(s)[from:to]))
}
