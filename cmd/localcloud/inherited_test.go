package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A file of the caller, such as the lock of `flock FILE make up`, is not inherited by the platform's processes.
func TestChildrenGetNoFilesOfTheCaller(t *testing.T) {
	fd, err := syscall.Open(filepath.Join(t.TempDir(), "lock"), syscall.O_CREAT|syscall.O_RDWR, 0o600) // no O_CLOEXEC: children would inherit the file
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(fd) })
	open := func() bool { return exec.Command("sh", "-c", fmt.Sprintf("true <&%d", fd)).Run() == nil }
	require.True(t, open(), "the test's own file is inherited")
	require.NoError(t, shutInherited())
	assert.False(t, open())
}
