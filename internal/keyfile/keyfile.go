// Package keyfile reads files that hold a secret: private keys and users' tokens.
package keyfile

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
)

// Read reads the file. As with OpenSSH, it fails if users other than the file's owner may read or change the file: a copy or a checkout
// may have made a key readable to everybody on the machine. On Windows, which has no such modes, it does not check.
func Read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read, so the error does not matter
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if err := check(path, info.Mode()); err != nil {
		return nil, err
	}
	return io.ReadAll(f)
}

// Check returns the error that Read would return for the file's mode. A missing file is no error.
func Check(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil // reading the file reports the error
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
