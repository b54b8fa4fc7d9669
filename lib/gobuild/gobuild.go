// Package gobuild compiles the Lambda functions of this module, one static `bootstrap` for each function, and the console. Builds are
// reproducible: the same source gives the same bytes in any folder and at any commit.
package gobuild

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Bootstrap is the file name of the executable that Lambda's provided.al2023 starts.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-golang.html
const Bootstrap = "bootstrap"

// folder contains one folder for each function, below the module's root.
const folder = "lambdas"

// flags make a build small and reproducible: without paths, version control stamps, build id and debug information, and without the RPC
// server of the retired go1.x runtime.
func flags() []string {
	return []string{"-tags", "lambda.norpc", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid="}
}

// Root is the module's root: the nearest folder with a go.mod, from dir upwards.
func Root(dir string) (string, error) {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("find the module of %s: no go.mod in it or above it", dir)
		}
	}
}

// Names returns the names of the functions, sorted: the folders that contain a main.go.
func Names(root string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(root, folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the functions: %w", err)
	}
	var names []string
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(root, folder, e.Name(), "main.go")); err == nil {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Build compiles every function of the module at root with one command, for Linux on that GOARCH. The executable of function f is
// out/f/bootstrap.
func Build(root, arch, out string) error {
	names, err := Names(root)
	if err != nil || len(names) == 0 {
		return err
	}
	out, err = filepath.Abs(out)
	if err != nil {
		return fmt.Errorf("build the functions: %w", err)
	}
	fresh, err := freshDir(out)
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh) // a leftover is harmless
	var packages []string
	for _, name := range names {
		packages = append(packages, "./"+folder+"/"+name)
	}
	cmd := compile(root, arch, fresh+string(filepath.Separator), packages...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build the functions for %s: %w\n%s", arch, err, strings.TrimSpace(stderr.String()))
	}
	return place(fresh, out, names)
}

func freshDir(out string) (string, error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return "", fmt.Errorf("build the functions: %w", err)
	}
	dir, err := os.MkdirTemp(out, ".build-")
	if err != nil {
		return "", fmt.Errorf("build the functions: %w", err)
	}
	return dir, nil
}

// place moves each binary to its place. A rename is atomic, so that another synthesis can read the old file at the same time.
func place(fresh, out string, names []string) error {
	for _, name := range names {
		if err := os.MkdirAll(filepath.Join(out, name), 0o755); err != nil {
			return fmt.Errorf("place function %s: %w", name, err)
		}
		if err := os.Rename(filepath.Join(fresh, name), filepath.Join(out, name, Bootstrap)); err != nil {
			return fmt.Errorf("place function %s: %w", name, err)
		}
	}
	return nil
}
