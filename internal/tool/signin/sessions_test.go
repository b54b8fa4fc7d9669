package signin_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/token"
	"connectedcar/internal/tool/signin"
)

func TestSessionsAreKeptForNobodyElsesEyes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "when needed")
	s, err := signin.Open(dir, "app/../client")
	require.NoError(t, err)
	assert.Empty(t, s.Names())
	tokens := token.Set{Access: "a", ID: "i", Refresh: "r", Expires: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	require.NoError(t, s.Put("ana", tokens, true))
	require.NoError(t, s.Put("ben", tokens, false))

	again, err := signin.Open(dir, "app/../client")
	require.NoError(t, err)
	assert.Equal(t, "ana", again.Current)
	assert.Equal(t, []string{"ana", "ben"}, again.Names())
	assert.Equal(t, tokens, again.Users["ben"])
	other, err := signin.Open(dir, "another client")
	require.NoError(t, err)
	assert.Empty(t, other.Names())

	files, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Len(t, files, 1, "and nothing is left lying about")
	for path, want := range map[string]os.FileMode{files[0]: 0o600, dir: 0o700 | os.ModeDir} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, want, info.Mode(), path)
	}

	require.NoError(t, again.Remove("ana"))
	assert.Empty(t, again.Current)
	require.NoError(t, os.WriteFile(files[0], []byte("{"), 0o600))
	_, err = signin.Open(dir, "app/../client")
	require.ErrorContains(t, err, "delete the file to forget them")
}
