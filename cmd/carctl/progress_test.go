package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/tool/printable"
)

func TestFilesAndPipesAreNoTerminals(t *testing.T) {
	t.Setenv("TERM", "xterm")
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer null.Close()
	_, pipe, err := os.Pipe()
	require.NoError(t, err)
	defer pipe.Close()
	assert.False(t, isTerminal(null))
	assert.False(t, isTerminal(printable.Writer{To: null}))
	assert.False(t, isTerminal(pipe))
	assert.False(t, isTerminal(&bytes.Buffer{}))
}
