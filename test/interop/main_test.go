//go:build integration

// Package interop tests that unmodified third-party clients work with the device gateway of a local platform, each with the certificate of
// a car that was registered just in time.
package interop

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"connectedcar/internal/platform"
	"connectedcar/internal/tool/freeport"
)

// local is the platform that all tests of the package share.
var local struct {
	platform.Platform
	file    string   // the platform's description
	dir     string   // folder of the platform's data
	bin     string   // folder of the programs
	iotData string   // URL of the gateway's IoT data API
	env     []string // variables that give the platform its own folder and ports
}

// startLimit includes a first build of the Lambda functions and the CDK app.
const startLimit = 8 * time.Minute

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "connectedcar-interop-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir) // a temporary folder: a leftover is harmless
	local.dir = dir
	defer func() {
		if err := stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}()
	if err := start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// start builds the programs, starts the platform in the background and reads its description.
func start() error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	bin := filepath.Join(local.dir, "bin")
	if _, err := output(ctx, "go", "build", "-o", bin+string(filepath.Separator), "./cmd/localcloud", "./cmd/carctl"); err != nil {
		return err
	}
	ports, err := freeport.Take(4)
	if err != nil {
		return err
	}
	local.bin, local.file = bin, filepath.Join(local.dir, "platform.json")
	local.iotData = fmt.Sprintf("http://127.0.0.1:%d", ports[2])
	local.env = []string{
		"LOCALCLOUD_DIR=" + local.dir, "AWS_ENDPOINT_URL=",
		"LOCALCLOUD_AWS_PORT=" + strconv.Itoa(ports[0]),
		"LOCALCLOUD_MQTT_PORT=" + strconv.Itoa(ports[1]),
		"LOCALCLOUD_IOT_DATA_PORT=" + strconv.Itoa(ports[2]),
		"LOCALCLOUD_CONSOLE_PORT=" + strconv.Itoa(ports[3]),
	}
	if _, err := output(ctx, filepath.Join(bin, "localcloud"), "up"); err != nil {
		return err
	}
	local.Platform, err = platform.Load(local.file)
	return err
}

// stop stops the platform, even one that started only partly. It does nothing if the programs were not built.
func stop() error {
	if local.env == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := output(ctx, filepath.Join(local.bin, "localcloud"), "down")
	return err
}

// output runs a program of the project in the repository and returns its standard output; the error contains its standard error. Output
// goes through files, because a background process of the program would hold a pipe open.
func output(ctx context.Context, name string, args ...string) (string, error) {
	out, err := os.CreateTemp(local.dir, "output-")
	if err != nil {
		return "", err
	}
	defer out.Close() // the file is read below
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = "../..", append(os.Environ(), local.env...), out, out
	runErr := cmd.Run()
	text, err := os.ReadFile(out.Name())
	if runErr != nil {
		err = fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), runErr, bytes.TrimSpace(text))
	}
	return string(text), err
}
