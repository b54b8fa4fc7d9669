//go:build integration

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheEmbeddedModelsAreThoseOfThePinnedBotocore(t *testing.T) {
	for _, name := range services {
		want, err := Extract(filepath.Join("..", "..", "..", "..", "..", "..", ".venv"), name)
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join("..", "models", name+".json.gz"))
		require.NoError(t, err)
		assert.Equal(t, want, got, "%s: run go generate ./cmd/localcloud/internal/front/awsmodel", name)
	}
	files, err := os.ReadDir(filepath.Join("..", "models"))
	require.NoError(t, err)
	assert.Len(t, files, len(services), "no model is left of a service that is no longer named")
}
