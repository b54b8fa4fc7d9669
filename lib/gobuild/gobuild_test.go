package gobuild_test

import (
	"crypto/sha256"
	"debug/elf"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/gobuild"
)

// checkout makes a module with one function in its own folder, without version control, like a downloaded archive.
func checkout(t *testing.T, comment string) string {
	t.Helper()
	root := t.TempDir()
	write(t, root, "go.mod", "module example.test/m\n\ngo 1.26\n")
	write(t, root, "lambdas/hello/main.go", "// Command hello is a function. "+comment+"\npackage main\n\nimport \"example.test/m/internal/word\"\n\nfunc main() { print(word.Word) }\n")
	write(t, root, "lambdas/notes/README.md", "no function")
	write(t, root, "internal/word/word.go", "// Package word has a word.\npackage word\n\n// Word is one.\nconst Word = \"hello\"\n")
	return root
}

func write(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

func build(t *testing.T, root, arch string) string {
	t.Helper()
	out := t.TempDir()
	require.NoError(t, gobuild.Build(root, arch, out))
	return filepath.Join(out, "hello", gobuild.Bootstrap)
}

func sum(t *testing.T, path string) [32]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return sha256.Sum256(b)
}

func TestTwoCheckoutsGiveTheSameBytes(t *testing.T) {
	first, second := checkout(t, ""), checkout(t, "A comment changes nothing.")
	assert.Equal(t, sum(t, build(t, first, "arm64")), sum(t, build(t, second, "arm64")))

	write(t, second, "internal/word/word.go", "// Package word has a word.\npackage word\n\n// Word is one.\nconst Word = \"other\"\n")
	assert.NotEqual(t, sum(t, build(t, first, "arm64")), sum(t, build(t, second, "arm64")), "a change of the program goes unseen")
}

func TestBinaryIsStaticAndForTheArchitectureAskedFor(t *testing.T) {
	for arch, machine := range map[string]elf.Machine{"arm64": elf.EM_AARCH64, "amd64": elf.EM_X86_64} {
		t.Run(arch, func(t *testing.T) {
			root := checkout(t, "")
			path := build(t, root, arch)
			f, err := elf.Open(path)
			require.NoError(t, err)
			t.Cleanup(func() { _ = f.Close() })
			assert.Equal(t, machine, f.Machine)
			assert.Nil(t, f.Section(".interp"), "it asks for a dynamic linker")
			info, err := os.Stat(path)
			require.NoError(t, err)
			assert.NotZero(t, info.Mode()&0o100, "it cannot be run")
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.NotContains(t, string(b), root, "it holds the folder that it was built in")
		})
	}
}

func TestOnlyFoldersWithAProgramAreFunctions(t *testing.T) {
	names, err := gobuild.Names(checkout(t, ""))
	require.NoError(t, err)
	assert.Equal(t, []string{"hello"}, names)
	names, err = gobuild.Names(t.TempDir())
	require.NoError(t, err)
	assert.Empty(t, names)
}

func TestErrorOfTheCompilerIsShown(t *testing.T) {
	root := checkout(t, "")
	write(t, root, "lambdas/hello/main.go", "package main\n\nfunc main() { undefined() }\n")
	err := gobuild.Build(root, "arm64", t.TempDir())
	assert.ErrorContains(t, err, "build the functions for arm64")
	assert.ErrorContains(t, err, "undefined: undefined")
}

func TestBuildLeavesNothingButFunctions(t *testing.T) {
	out := t.TempDir()
	require.NoError(t, gobuild.Build(checkout(t, ""), "amd64", out))
	entries, err := os.ReadDir(out)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	assert.Equal(t, "hello", entries[0].Name())
}

func TestRootIsTheNearestModule(t *testing.T) {
	root := checkout(t, "")
	got, err := gobuild.Root(filepath.Join(root, "lambdas", "hello"))
	require.NoError(t, err)
	assert.Equal(t, root, got)
	_, err = gobuild.Root(string(filepath.Separator))
	assert.ErrorContains(t, err, "no go.mod")
}

// TestThisModulesFunctions builds the real functions in two checkouts and bounds their size: a cold start loads every byte.
func TestThisModulesFunctions(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the functions twice")
	}
	here, err := os.Getwd()
	require.NoError(t, err)
	root, err := gobuild.Root(here)
	require.NoError(t, err)
	names, err := gobuild.Names(root)
	require.NoError(t, err)
	require.NotEmpty(t, names)
	copied := t.TempDir()
	for _, part := range []string{"go.mod", "go.sum", "api", "internal", "lambdas"} {
		copyTree(t, filepath.Join(root, part), filepath.Join(copied, part))
	}
	first, second := t.TempDir(), t.TempDir()
	require.NoError(t, gobuild.Build(root, "arm64", first))
	require.NoError(t, gobuild.Build(copied, "arm64", second))
	for _, name := range names {
		a, b := filepath.Join(first, name, gobuild.Bootstrap), filepath.Join(second, name, gobuild.Bootstrap)
		assert.Equal(t, sum(t, a), sum(t, b), "%s differs between two checkouts", name)
		info, err := os.Stat(a)
		require.NoError(t, err)
		limit := int64(12 << 20)
		if name == "api" { // it contains the contract, Cedar and most of the SDK's services that the platform uses
			limit = 20 << 20
		}
		assert.Less(t, info.Size(), limit, name)
	}
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	require.NoError(t, err)
	if info.IsDir() {
		require.NoError(t, os.CopyFS(to, os.DirFS(from)))
		return
	}
	in, err := os.Open(from)
	require.NoError(t, err)
	defer in.Close() // read-only: a close error loses nothing
	out, err := os.Create(to)
	require.NoError(t, err)
	_, err = io.Copy(out, in)
	require.NoError(t, err)
	require.NoError(t, out.Close())
}

func TestTheConsolesBundleHasItsProgramAndTheCommandThatStartsIt(t *testing.T) {
	root, out := checkout(t, ""), t.TempDir()
	write(t, root, gobuild.Console+"/main.go", "// Command server is the console.\npackage main\n\nfunc main() { print(1) }\n")
	require.ErrorContains(t, gobuild.Bundle(root, "arm64", out), "run `make console` first", "a console without pages is none")

	write(t, root, gobuild.Pages, "<html></html>")
	require.NoError(t, gobuild.Bundle(root, "arm64", out))
	command, err := os.ReadFile(filepath.Join(out, "Procfile"))
	require.NoError(t, err)
	assert.Equal(t, "web: bin/application\n", string(command))
	program := filepath.Join(out, "bin", "application")
	info, err := os.Stat(program)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o755), info.Mode().Perm(), "the bundle's zip keeps it")
	file, err := elf.Open(program)
	require.NoError(t, err)
	defer file.Close() // read-only: a close error loses nothing
	assert.Equal(t, elf.EM_AARCH64, file.Machine)
	entries, err := os.ReadDir(out)
	require.NoError(t, err)
	assert.Len(t, entries, 2, "nothing else goes along")
}
