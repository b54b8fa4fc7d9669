package shape

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// compiled caches patterns; nil stands for one that is not checked.
var compiled sync.Map

// pattern compiles a pattern of a model, which has to fit the whole text.
func pattern(source string) *regexp.Regexp {
	if source == "" {
		return nil
	}
	if p, ok := compiled.Load(source); ok {
		return p.(*regexp.Regexp)
	}
	p, _ := translate(source) // what Go's engine has not, such as looking ahead, is not checked
	compiled.Store(source, p)
	return p
}

var (
	codeUnit   = regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`)
	surrogates = regexp.MustCompile(`\\u[Dd][89A-Fa-f][0-9A-Fa-f]{2}-\\u[Dd][89A-Fa-f][0-9A-Fa-f]{2}`)
)

// classes are spellings that Go has not, and the one pattern of looking ahead that is common: not of white space alone.
var classes = strings.NewReplacer(`\p{Graph}`, `[:graph:]`, `\p{Print}`, `[[:print:]]`, `^(?!\s*$).+`, `.*\S.*`)

// translate writes a pattern of Java for Go: code units are code points, and pairs of surrogates are those above them.
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
