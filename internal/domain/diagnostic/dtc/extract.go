package dtc

import (
	"regexp"
	"slices"
	"strings"
)

// none matches the ways in which readers report that there are no codes.
var none = regexp.MustCompile(`^(0|0 CODES?|\[\]|\{\}|NONE|OK|CLEAR|KEINE( FEHLER)?|NO ?(STORED |ACTIVE |PENDING )?(DTCS?|CODES?|FAULTS?|FAULT CODES?|ERRORS?|TROUBLE CODES?)( FOUND| STORED| PRESENT)?)\.?$`)

// word is a run of letters and digits. It may be one code, several joined codes, or a code with the two digits of its failure type.
var (
	word  = regexp.MustCompile(`[\p{L}\p{N}]+`)
	codes = regexp.MustCompile(`^(?:(?:[PCBU][0-3][0-9A-F]{3})+|[PCBU][0-3][0-9A-F]{3}[0-9A-F]{2})$`)
)

// Extract finds the codes in a reader's output: a car's response in hexadecimal, as ELM327 adapters print it (services 03, 07
// and 0A of SAE J1979, and 19 of ISO 14229-1), or text with codes in it. Each code is returned once, in order; P0000 is padding and is
// left out. The error is an *Error if the text has neither codes nor a statement that there are none.
func Extract(text string) ([]Code, error) {
	text = strings.ToUpper(strings.TrimSpace(text))
	if none.MatchString(text) {
		return []Code{}, nil
	}
	if message, ok := answers(text); ok {
		found, err := decodeAnswers(message)
		if err != nil {
			return nil, &Error{Text: clip(text), Reason: err.Error()}
		}
		return distinct(found), nil
	}
	var found []Code
	for _, w := range word.FindAllString(text, -1) {
		if !codes.MatchString(w) {
			continue
		}
		for ; len(w) >= Length; w = w[Length:] {
			if c, err := Parse(w[:Length]); err == nil {
				found = append(found, c)
			}
		}
	}
	if found == nil {
		return nil, &Error{Text: clip(text), Reason: "it holds no code"}
	}
	return distinct(found), nil
}

// distinct drops repeated codes and the padding.
func distinct(found []Code) []Code {
	out := []Code{}
	for _, c := range found {
		if c != 0 && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}
