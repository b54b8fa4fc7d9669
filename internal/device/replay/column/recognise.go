package column

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"connectedcar/internal/device/replay/unit"
)

// Found is a recognised header.
type Found struct {
	Entry
	Unit    string // unit in the header, known or not; empty: none
	Default string // unit to use if none is named
	Guessed bool   // the header differs from the name by one letter
}

var (
	bracketed = regexp.MustCompile(`^(.*?)\s*[(\[{<]([^()\[\]{}<>]*)[)\]}>]\s*$`)
	prefixed  = regexp.MustCompile(`^\s*(?:\d{1,4}[_ .:)-]+|\[[^\]]*\]\s*|\([A-Z]{2,4}\)\s*)`)
	starred   = regexp.MustCompile(`\s*\*\s*[A-Za-z]*\s*$`)
)

// remarks are words in brackets that name neither a unit nor another quantity.
var remarks = map[string]bool{
	"": true, "obd": true, "obdii": true, "obd2": true, "sae": true, "ecu": true, "ecm": true, "pcm": true, "can": true, "canbus": true, "engine": true,
	"raw": true, "calc": true, "calculated": true, "utc": true, "gmt": true, "local": true, "obdlink": true, "dash": true, "android": true, "phone": true,
}

// Recognise finds the column that a header names. The header is the name alone, or the name with prefixes, remarks and a unit that apps
// add. It returns false for an unknown header.
func Recognise(header string) (Found, bool) {
	header = starred.ReplaceAllString(strings.TrimSpace(header), "")
	if e, ok := byName[fold(header)]; ok && !lostLetters(header) {
		return e.found(""), true
	}
	if f, ok := withBrackets(header); ok {
		return f, true
	}
	if f, ok := withSuffix(header); ok {
		return f, true
	}
	if rest := prefixed.ReplaceAllString(header, ""); rest != header && rest != "" {
		return Recognise(rest)
	}
	if e, ok := nearest(fold(header)); ok {
		f := e.found("")
		f.Guessed = true
		return f, true
	}
	return Found{}, false
}

// lostLetters reports whether folding would drop a character that stands for a unit, such as the last of "Speed %".
func lostLetters(header string) bool { return strings.ContainsAny(header, "%‰°") }

func (e Entry) found(text string) Found { return Found{Entry: e, Unit: text, Default: e.Unit} }

// withBrackets parses a header that ends with a text in brackets. A text that is neither a remark nor part of the name counts as a unit,
// even an unknown one: the column must not get the default unit.
func withBrackets(header string) (Found, bool) {
	m := bracketed.FindStringSubmatch(header)
	if m == nil || strings.TrimSpace(m[1]) == "" {
		return Found{}, false
	}
	name, inside := m[1], strings.TrimSpace(m[2])
	f, ok := Recognise(name)
	switch {
	case !ok:
		return Found{}, false
	case unit.None(inside), f.Unit != "" && remarks[fold(inside)]:
		return f, true
	case f.Unit != "":
		return Found{}, false // two units
	}
	if _, _, known := unit.Parse(inside, f.Quantity); !known && remarks[fold(inside)] {
		return f, true
	}
	f.Unit = inside
	return f, true
}

// withSuffix parses a header whose last words, or last capitals, are a unit that fits the name before them.
func withSuffix(header string) (Found, bool) {
	for i, r := range header {
		if i == 0 {
			continue
		}
		skip := utf8.RuneLen(r)
		before, _ := utf8.DecodeLastRuneInString(header[:i])
		switch {
		case strings.ContainsRune(" _,-/:;", r):
		case unicode.IsLower(before) && unicode.IsUpper(r), strings.ContainsRune("%°", r):
			skip = 0
		default:
			continue
		}
		name, text := header[:i], strings.TrimLeft(header[i+skip:], " _,-/:;")
		e, ok := byName[fold(name)]
		if !ok {
			continue
		}
		if _, _, known := unit.Parse(text, e.Quantity); known && e.Quantity != unit.Plain {
			return e.found(text), true
		}
	}
	return joined(header)
}

// joined parses a name that ends with a unit of three letters or more in lower case, such as "speedkmh".
func joined(header string) (Found, bool) {
	name := fold(header)
	for _, text := range []string{"kmh", "kph", "mph", "rpm", "kpa", "psi", "knots"} {
		rest, ok := strings.CutSuffix(name, text)
		e, known := byName[rest]
		if !ok || !known {
			continue
		}
		if _, _, fits := unit.Parse(text, e.Quantity); fits {
			return e.found(text), true
		}
	}
	return Found{}, false
}
