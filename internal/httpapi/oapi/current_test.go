package oapi_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheTypesAreOfTheContractAsItIs(t *testing.T) {
	sealed, err := os.ReadFile("oapi.sum")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(sealed)), "\n")
	require.Len(t, lines, 3)
	for _, line := range lines {
		sum, name, ok := strings.Cut(line, "  ")
		require.True(t, ok, line)
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, sum, fmt.Sprintf("%x", sha256.Sum256(b)), "%s has changed: go generate ./internal/httpapi/oapi", name)
	}
}
