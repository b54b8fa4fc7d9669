package config

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Problem is one invalid setting.
type Problem struct {
	Key     string // the setting: a context key, or a path below `environments`
	Value   string // the invalid value
	Allowed string // the allowed values
}

func (p Problem) String() string { return fmt.Sprintf("%s = %s: %s", p.Key, p.Value, p.Allowed) }

// Problems is an error that lists all invalid settings, one per line.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = "settings: " + p.String()
	}
	return strings.Join(lines, "\n")
}

// maxShown is the maximum length of an invalid value in an error message.
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
