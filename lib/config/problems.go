package config

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Problem is one bad setting.
type Problem struct {
	Key     string // where it is: a context key, or a path below `environments`
	Value   string // what is there
	Allowed string // what may be there
}

func (p Problem) String() string { return fmt.Sprintf("%s = %s: %s", p.Key, p.Value, p.Allowed) }

// Problems are all bad settings, as one error of one line each.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = "settings: " + p.String()
	}
	return strings.Join(lines, "\n")
}

// maxShown bounds how much of a bad value an error repeats.
const maxShown = 80

func (ps *Problems) add(key string, value any, allowed string, args ...any) {
	b, err := json.Marshal(value)
	if err != nil {
		b = fmt.Append(nil, value)
	}
	shown := string(b)
	if len(shown) > maxShown {
		shown = shown[:maxShown] + "..."
	}
	*ps = append(*ps, Problem{Key: key, Value: shown, Allowed: fmt.Sprintf(allowed, args...)})
}
