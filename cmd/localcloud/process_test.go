package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func testSettings(t *testing.T) settings {
	t.Helper()
	return settings{repo: t.TempDir(), dir: t.TempDir()}
}

func TestTheLockIsHeldByOneProcessAndSaysByWhom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x", "lock")
	first, err := acquire(path, "up")
	require.NoError(t, err)
	_, err = acquire(path, "demo")
	var held *heldError
	require.ErrorAs(t, err, &held)
	assert.Equal(t, "up", held.by.Command)
	assert.Equal(t, os.Getpid(), held.by.PID)
	first.release()
	second, err := acquire(path, "demo")
	require.NoError(t, err, "a released lock is free")
	second.release()
	_, stillHeld := heldBy(path)
	assert.False(t, stillHeld)
}

func TestAChildThatEndsEarlyIsReportedWithItsLastWords(t *testing.T) {
	p, err := testSettings(t).start("gateway", []string{"sh", "-c", "echo no such key >&2; exit 3"}, os.Environ())
	require.NoError(t, err)
	err = p.waitFor(context.Background(), 10*time.Second, "the gateway", func(context.Context) error { return os.ErrNotExist })
	assert.ErrorContains(t, err, "no such key")
	assert.ErrorContains(t, err, "exit status 3")
	assert.NoFileExists(t, p.pidFile)
}

func TestStopEndsTheWholeProcessGroup(t *testing.T) {
	s := testSettings(t)
	grandchild := filepath.Join(s.dir, "grandchild")
	p, err := s.start("emulator", []string{"sh", "-c", "sleep 300 & echo $! > " + grandchild + ".new; mv " + grandchild + ".new " + grandchild + "; wait"}, os.Environ())
	require.NoError(t, err)
	require.Eventually(t, func() bool { _, err := os.Stat(grandchild); return err == nil }, 10*time.Second, 10*time.Millisecond)
	p.stop()
	assert.True(t, p.exited())
	b, err := os.ReadFile(grandchild)
	require.NoError(t, err)
	pid, err := strconv.Atoi(string(b[:len(b)-1]))
	require.NoError(t, err)
	assert.Eventually(t, func() bool { return !runs(pid, "sleep") }, 10*time.Second, 10*time.Millisecond)
}

func TestAnOrphanOfAKilledRunIsEndedBeforeTheNextStart(t *testing.T) {
	s := testSettings(t)
	orphan, err := s.start("emulator", []string{"sleep", "300"}, os.Environ())
	require.NoError(t, err)
	next, err := s.start("emulator", []string{"sleep", "301"}, os.Environ())
	require.NoError(t, err)
	defer next.stop()
	select {
	case <-orphan.done:
	case <-time.After(10 * time.Second):
		t.Fatal("the orphan still runs")
	}
	assert.False(t, next.exited())
}

func TestAProcessIDThatNowBelongsToAnotherProgramIsLeftAlone(t *testing.T) {
	s := testSettings(t)
	other, err := s.start("other", []string{"sleep", "300"}, os.Environ())
	require.NoError(t, err)
	defer other.stop()
	pidFile := s.path("run", "emulator.pid")
	require.NoError(t, os.WriteFile(pidFile, []byte(strconv.Itoa(other.cmd.Process.Pid)+"\n/no/such/python\n"), 0o600))
	require.NoError(t, s.endOrphan("emulator"))
	assert.NoError(t, syscall.Kill(other.cmd.Process.Pid, 0))
	assert.NoFileExists(t, pidFile)
}

func TestAFailedCommandShowsTheEndOfItsOutput(t *testing.T) {
	s := testSettings(t)
	err := s.run(context.Background(), "deploy", s.repo, []string{"sh", "-c", "seq 5000; echo the reason; exit 1"}, os.Environ())
	assert.ErrorContains(t, err, "the reason")
	assert.ErrorContains(t, err, "deploy.log")
	assert.Less(t, len(err.Error()), 6000)
}

func TestRestartsAreBounded(t *testing.T) {
	var r restarts
	start := time.Now()
	for i := range maxRestarts {
		assert.True(t, r.allow(start), "restart %d", i+1)
	}
	assert.False(t, r.allow(start.Add(time.Second)), "one too many within the window")
	assert.True(t, r.allow(start.Add(2*restartWindow)), "old restarts are forgiven")
}
