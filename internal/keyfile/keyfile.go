// Package keyfile reads files that hold a secret: private keys and people's tokens.
package keyfile

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
)

// Read reads the file. It fails if others than the file's owner may read or change it, as OpenSSH does: a key that a copy or a checkout
// made readable to everybody on the machine must be noticed by who uses it. Windows has no such modes.
func Read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if err := check(path, info.Mode()); err != nil {
		return nil, err
	}
	return io.ReadAll(f)
}

// Check fails for a file that Read would refuse, and for none that is not there.
func Check(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil // whoever reads it says so
	}
	return check(path, info.Mode())
}

func check(path string, mode fs.FileMode) error {
	const others = 0o077
	if runtime.GOOS == "windows" || mode.Perm()&others == 0 {
		return nil
	}
	return fmt.Errorf("%s has mode %#o: a secret's file is its owner's alone, allowed are 0600 and 0400 (chmod 600 %s)", path, mode.Perm(), path)
}
