package disk_test

import (
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/mqtt/disk"
)

const things disk.Bucket = "things"

// all returns the bucket's keys and values.
func all(t *testing.T, s *disk.Store) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, s.Each(things, func(k, v []byte) error {
		out[string(k)] = string(v)
		return nil
	}))
	return out
}

func TestChangesAreThereAfterAnotherOpen(t *testing.T) {
	for _, sync := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "x.db")
		s, err := disk.Open(path, sync, things)
		require.NoError(t, err)
		for i := range 100 {
			s.Put(things, "a/"+strconv.Itoa(i), []byte("x"))
		}
		s.Put(things, "b", []byte("old"))
		require.NoError(t, s.Put(things, "b", []byte("new")).Wait(t.Context()))
		s.Put(things, "c", []byte("x"))
		s.Delete(things, "c")
		s.DeletePrefix(things, "a/")
		require.NoError(t, s.Close())
		require.NoError(t, s.Close(), "twice does no harm")
		require.Error(t, s.Put(things, "d", nil).Wait(t.Context()), "a closed store")

		s, err = disk.Open(path, sync, things)
		require.NoError(t, err)
		assert.Equal(t, map[string]string{"b": "new"}, all(t, s))
		require.NoError(t, s.Close())
	}
}

func TestMarkIsReachedOnceItsChangeIsInTheFile(t *testing.T) {
	s, err := disk.Open(filepath.Join(t.TempDir(), "x.db"), false, things)
	require.NoError(t, err)
	defer s.Close() // closing cannot fail the test
	for i := range 200 {
		key := strconv.Itoa(i)
		require.NoError(t, s.Put(things, key, []byte("x")).Wait(t.Context()))
		assert.Contains(t, all(t, s), key)
	}
	assert.True(t, disk.Mark{}.Reached())
}

func TestFileOfAnotherProgramIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := disk.Open(path, false, things)
	require.NoError(t, err)
	defer s.Close() // closing cannot fail the test
	_, err = disk.Open(path, false, things)
	assert.ErrorContains(t, err, "another program has it")
}
