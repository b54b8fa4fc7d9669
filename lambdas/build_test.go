// Package lambdas_test limits the size of the functions' binaries and measures their start, built as they are deployed.
package lambdas_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/gobuild"
)

// maxBytes is the largest size of a function's binary: AWS loads it before the function starts.
func maxBytes(name string) int64 {
	switch name {
	case "api": // contains the authorisation engine and the contract's validator
		return 20_000_000
	case "notification": // contains clients of six services, and the time zone database
		return 14_000_000
	case "lake": // contains a faster JSON decoder in addition to the one that the SDK needs
		return 13_000_000
	default:
		return 12_000_000
	}
}

// build compiles every function for that architecture and returns the paths of the binaries, by name.
func build(t testing.TB, arch string) map[string]string {
	t.Helper()
	here, err := os.Getwd()
	require.NoError(t, err)
	root, err := gobuild.Root(here)
	require.NoError(t, err)
	names, err := gobuild.Names(root)
	require.NoError(t, err)
	require.Subset(t, names, []string{"registration", "telemetry"})
	out := t.TempDir()
	require.NoError(t, gobuild.Build(root, arch, out))
	binaries := map[string]string{}
	for _, name := range names {
		binaries[name] = filepath.Join(out, name, gobuild.Bootstrap)
	}
	return binaries
}

func TestBinariesAreSmall(t *testing.T) {
	visit(t)
	for _, arch := range []string{"arm64", "amd64"} {
		for name, path := range build(t, arch) {
			info, err := os.Stat(path)
			require.NoError(t, err)
			t.Logf("%s for %s: %d bytes", name, arch, info.Size())
			assert.Less(t, info.Size(), maxBytes(name), "%s for %s", name, arch)
			assert.Greater(t, info.Size(), int64(1_000_000), "%s for %s is no program", name, arch)
		}
	}
}

// visit opens every directory whose source may be part of a function. `go test` uses a cached result if no file changed that the test
// itself opened; it does not know the files that the compiler opened.
func visit(t *testing.T) {
	t.Helper()
	for _, tree := range []string{".", "../internal"} {
		require.NoError(t, filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
			if d != nil && d.IsDir() && path != tree && strings.HasPrefix(d.Name(), ".") {
				return filepath.SkipDir
			}
			return err
		}))
	}
	_, err := os.ReadFile("../go.sum")
	require.NoError(t, err)
}
