package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProgressIsALineThatChangesOnTerminalsOnly(t *testing.T) {
	for _, name := range []string{os.DevNull, t.TempDir() + "/log"} {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
		require.NoError(t, err)
		defer f.Close()
		assert.False(t, newProgress(f).terminal, name)
	}
}
