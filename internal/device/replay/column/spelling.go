package column

import "unicode/utf8"

// shortestGuess is the least length of a name that may be misspelt: shorter names are too similar to each other.
const shortestGuess = 8

// nearest finds the only target whose name differs by one letter: left out, doubled, changed or swapped with the next. The last letter must
// match, because names of different sensors differ there ("throttle position b").
func nearest(name string) (Entry, bool) {
	if utf8.RuneCountInString(name) < shortestGuess || hasDigit(name) {
		return Entry{}, false
	}
	var best Entry
	for form, e := range byName {
		if e.Native || hasDigit(form) || utf8.RuneCountInString(form) < shortestGuess || !oneEdit([]rune(name), []rune(form)) {
			continue
		}
		if best.Path != "" && (best.Path != e.Path || best.Rank != e.Rank || best.Unit != e.Unit) {
			return Entry{}, false
		}
		best = e
	}
	return best, best.Path != ""
}

func hasDigit(s string) bool {
	for _, r := range s {
		if r >= '0' && r <= '9' {
			return true
		}
	}
	return false
}

// oneEdit reports whether a becomes b when one letter is left out, added, changed or swapped. The last letters must be equal.
func oneEdit(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || a[len(a)-1] != b[len(b)-1] {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return string(a[i:]) == string(b[i+1:])
	}
	if i >= len(a)-1 {
		return false
	}
	changed := string(a[i+1:]) == string(b[i+1:])
	swapped := a[i] == b[i+1] && a[i+1] == b[i] && string(a[i+2:]) == string(b[i+2:])
	return changed || swapped
}
