package shape

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// compiled caches compiled patterns; nil marks a pattern that is not checked.
var compiled sync.Map

// pattern compiles a model's pattern, which has to match the whole text.
func pattern(source string) *regexp.Regexp {
	if source == "" {
		return nil
	}
	if p, ok := compiled.Load(source); ok {
		return p.(*regexp.Regexp)
	}
	p, _ := translate(source) // patterns that Go's engine does not support, such as those with lookahead, are not checked
	compiled.Store(source, p)
	return p
}

var (
	codeUnit   = regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`)
	surrogates = regexp.MustCompile(`\\u[Dd][89A-Fa-f][0-9A-Fa-f]{2}-\\u[Dd][89A-Fa-f][0-9A-Fa-f]{2}`)
)

// classes translates character classes that Go does not have, and the common lookahead for "not only white space".
var classes = strings.NewReplacer(`\p{Graph}`, `[:graph:]`, `\p{Print}`, `[[:print:]]`, `^(?!\s*$).+`, `.*\S.*`)

// translate rewrites a Java pattern for Go: UTF-16 code units become code points, and surrogate pairs become the code points above U+FFFF.
func translate(source string) (*regexp.Regexp, error) {
	source = strings.ReplaceAll(source, `\u10000-\u10FFFF`, `\x{10000}-\x{10FFFF}`)
	source = surrogates.ReplaceAllString(source, `\x{10000}-\x{10FFFF}`)
	source = classes.Replace(source)
	source = codeUnit.ReplaceAllString(source, `\x{$1}`)
	p, err := regexp.Compile(`\A(?:` + source + `)\z`)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", source, err)
	}
	return p, nil
}
