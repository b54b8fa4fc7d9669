package main

import (
	"os"
	"strconv"
	"syscall"
)

// shutInherited marks the files that this process inherited, other than standard input and outputs, as close-on-exec. The background
// platform would otherwise hold them open for as long as it runs: a lock of the caller's, a pipe whose reader waits for its end, a secret.
func shutInherited() error {
	const directory = "/dev/fd" // exists on Linux and macOS
	entries, err := os.ReadDir(directory)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
	return nil
}
