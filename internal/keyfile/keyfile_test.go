package keyfile_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/keyfile"
)

func TestOnlyTheOwnersFilesAreRead(t *testing.T) {
	for mode, allowed := range map[fs.FileMode]bool{0o600: true, 0o400: true, 0o700: true, 0o640: false, 0o644: false, 0o604: false, 0o620: false, 0o666: false} {
		path := filepath.Join(t.TempDir(), "car.key")
		require.NoError(t, os.WriteFile(path, []byte("secret"), 0o600))
		require.NoError(t, os.Chmod(path, mode))
		b, err := keyfile.Read(path)
		assert.Equal(t, allowed, err == nil, "%o", mode)
		assert.Equal(t, allowed, keyfile.Check(path) == nil, "%o", mode)
		if !allowed {
			require.ErrorContains(t, err, "chmod 600 "+path)
			assert.Empty(t, b)
		}
	}
	_, err := keyfile.Read(filepath.Join(t.TempDir(), "none"))
	assert.ErrorIs(t, err, fs.ErrNotExist)
}
