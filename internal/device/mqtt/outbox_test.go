package mqtt

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAJournalCutShortByACrashKeepsWhatWasWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "car.outbox")
	j, backlog, err := openJournal(path)
	require.NoError(t, err)
	require.Empty(t, backlog)
	for seq := range uint64(3) {
		require.NoError(t, j.add(&message{Seq: seq + 1, Topic: "t", Payload: []byte{byte(seq)}}))
	}
	require.NoError(t, j.done(&message{Seq: 2}, false))
	require.NoError(t, j.close())
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = f.WriteString(`{"seq":4,"topic":"t","pay`)
	require.NoError(t, err)
	require.NoError(t, f.Close())

	j, backlog, err = openJournal(path)
	require.NoError(t, err)
	require.Len(t, backlog, 2)
	assert.Equal(t, []uint64{1, 3}, []uint64{backlog[0].Seq, backlog[1].Seq})
	require.NoError(t, j.done(backlog[0], false))
	require.NoError(t, j.done(backlog[1], true))
	require.NoError(t, j.close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Zero(t, info.Size(), "an empty queue is an empty file")
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestAFileThatIsNoJournalIsNotOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	require.NoError(t, os.WriteFile(path, []byte("dear diary\n"), 0o600))
	_, _, err := openJournal(path)
	require.ErrorContains(t, err, "read offline queue")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "dear diary\n", string(text))
}

func TestWaitsAreShortAtFirstAndThenDouble(t *testing.T) {
	now := time.Unix(0, 0)
	a := &attempts{Backoff: Backoff{}.withDefaults(), now: func() time.Time { return now }}
	assert.Zero(t, a.wait(0), "the first attempt is at once")
	for range 6 {
		w := a.wait(0)
		assert.GreaterOrEqual(t, w, 250*time.Millisecond)
		assert.LessOrEqual(t, w, 500*time.Millisecond)
	}
	for range 20 {
		w := a.wait(0)
		assert.Greater(t, w, 500*time.Millisecond)
		assert.LessOrEqual(t, w, 30*time.Second)
	}
	a.up()
	now = now.Add(time.Second)
	a.down()
	assert.Greater(t, a.wait(0), 10*time.Second, "a connection of a second is no success")
	a.up()
	now = now.Add(time.Minute)
	a.down()
	assert.LessOrEqual(t, a.wait(0), 500*time.Millisecond, "a steady one is")
}
