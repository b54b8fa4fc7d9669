package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lock is held by the one process that runs the local platform. The kernel releases it when the process ends, so that a crash cannot block
// the next start.
type lock struct{ file *os.File }

// holder is the content of the lock file: the process that holds the lock.
type holder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// heldError reports that another process holds the lock.
type heldError struct{ by holder }

func (e *heldError) Error() string {
	return fmt.Sprintf("the local platform is already running (localcloud %s, process %d, since %s): stop it with `make down`",
		e.by.Command, e.by.PID, e.by.Since.Local().Format("15:04:05"))
}

// acquire takes the lock, or returns a heldError if another process holds it.
func acquire(path, command string) (*lock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make the platform's folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		by, _ := readHolder(f)
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &heldError{by: by}
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	b, err := json.Marshal(holder{PID: os.Getpid(), Command: command, Since: time.Now()})
	if err != nil {
		return nil, fmt.Errorf("encode lock: %w", err)
	}
	if err := errors.Join(f.Truncate(0), writeAt(f, b)); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("write lock: %w", err)
	}
	return &lock{file: f}, nil
}

func writeAt(f *os.File, b []byte) error {
	_, err := f.WriteAt(b, 0)
	return err
}

func (l *lock) release() { _ = l.file.Close() }

// heldBy returns the holder of the lock at path; ok is false if nobody holds it.
func heldBy(path string) (holder, bool) {
	l, err := acquire(path, "status")
	if err == nil {
		l.release()
		return holder{}, false
	}
	var held *heldError
	if errors.As(err, &held) {
		return held.by, true
	}
	return holder{}, false
}

func readHolder(f *os.File) (holder, error) {
	var h holder
	b := make([]byte, 1024)
	n, err := f.ReadAt(b, 0)
	if n == 0 {
		return h, err
	}
	return h, json.Unmarshal(b[:n], &h)
}
