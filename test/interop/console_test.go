//go:build integration

package interop

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"connectedcar/internal/vin"
)

// browserLimit bounds the browser tests, which take a minute on an idle machine.
const browserLimit = 6 * time.Minute

// TestTheConsoleInABrowser runs the console's own tests in Chromium, on cars that no other test uses.
func TestTheConsoleInABrowser(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil && os.Getenv("CHROMIUM") == "" {
		t.Skip("Chromium is missing: install it (Debian: apt-get install chromium), or name it in CHROMIUM")
	}
	if _, err := os.Stat("../../console/web/dist/app/en/index.html"); err != nil {
		t.Skip("the console's pages are not built: make console, then start the tests again")
	}
	ctx, cancel := context.WithTimeout(t.Context(), browserLimit)
	defer cancel()
	carctl := filepath.Join(local.bin, "carctl")
	var cars []string
	for n := range 3 {
		car := string(vin.VIN(fmt.Sprintf("1ACEV26S0TA%06d", 900+n)).WithCheckDigit())
		_, err := output(ctx, carctl, "vehicle", "add", car, "--platform", local.file, "--manufacturer", "acme", "--make", "Acme", "--model", "Comet",
			"--model-year", "2026", "--powertrain", "COMBUSTION", "--dealer", "north")
		require.NoError(t, err)
		cars = append(cars, car)
	}
	cmd := exec.CommandContext(ctx, "npm", "test", "--silent", "--prefix", "console/web")
	cmd.Dir = "../.."
	cmd.Env = append(append(os.Environ(), local.env...), "PLATFORM="+local.file, "CARCTL="+carctl, "CARS="+strings.Join(cars, ","))
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = io.Writer(&said), &said
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	require.NoError(t, cmd.Run(), "%s", &said)
	t.Log(lastLines(said.String(), 9))
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
