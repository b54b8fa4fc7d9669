//go:build integration

// Package integration runs the programs as their users do, against the whole platform on this machine: an emulator, the deployed
// stacks, the device gateway, real MQTT clients.
package integration

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"connectedcar/internal/tool/freeport"
)

// binaries is the folder of the programs, built once for all tests.
var binaries string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "connectedcar-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir) // a temporary folder: a leftover is harmless
	cmd := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./cmd/...", "./bin")
	cmd.Dir, cmd.Stdout, cmd.Stderr = repo(), os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the programs:", err)
		return 1
	}
	binaries = dir
	return m.Run()
}

func repo() string {
	dir, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return dir
}

// program is a command that runs in the repository with additional environment variables.
func program(ctx context.Context, env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(binaries, name), args...)
	cmd.Dir = repo()
	cmd.Env = append(os.Environ(), env...)
	return cmd
}

// elsewhere returns the environment of a local platform with its own folder and free ports, so that tests can run beside a running
// platform.
func elsewhere(t *testing.T) (dir string, env []string) {
	t.Helper()
	dir = t.TempDir()
	env = []string{"LOCALCLOUD_DIR=" + dir, "AWS_ENDPOINT_URL="}
	variables := []string{"LOCALCLOUD_AWS_PORT", "LOCALCLOUD_MQTT_PORT", "LOCALCLOUD_IOT_DATA_PORT", "LOCALCLOUD_CONSOLE_PORT"}
	ports, err := freeport.Take(len(variables))
	require.NoError(t, err)
	for i, variable := range variables {
		env = append(env, variable+"="+strconv.Itoa(ports[i]))
	}
	return dir, env
}
