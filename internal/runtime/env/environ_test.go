package env_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/runtime/env"
)

func reader(variables map[string]string) *env.Reader {
	return env.New(func(name string) string { return variables[name] })
}

func TestValues(t *testing.T) {
	r := reader(map[string]string{"TABLE": "cars", "KEEP": "336h", "MAP": `{"a":1}`})
	var m map[string]int
	r.JSON("MAP", &m)
	assert.Equal(t, "cars", r.Text("TABLE"))
	assert.Equal(t, 14*24*time.Hour, r.Duration("KEEP"))
	assert.Equal(t, map[string]int{"a": 1}, m)
	require.NoError(t, r.Err())
}

func TestEveryMistakeIsNamedAtOnce(t *testing.T) {
	r := reader(map[string]string{"KEEP": "14d", "NEGATIVE": "-1h", "MAP": `[`})
	var m map[string]int
	r.Text("TABLE")
	r.Duration("KEEP")
	r.Duration("NEGATIVE")
	r.JSON("MAP", &m)
	err := r.Err()
	for _, want := range []string{"TABLE is not set", `KEEP is "14d"; allowed is a positive duration`, `NEGATIVE is "-1h"`, "MAP is no such JSON"} {
		assert.ErrorContains(t, err, want)
	}
}
