package smoke

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"connectedcar/internal/tool/testcar"
	"connectedcar/internal/vin"
)

// allow puts the car on the allow-list, as an operator would.
func (w *world) allow(ctx context.Context, v vin.VIN) error {
	_, err := w.carctl(ctx, "vehicle", "add", string(v), "--manufacturer", w.Manufacturer,
		"--make", "Acme", "--model", "Comet", "--model-year", "2026", "--powertrain", "COMBUSTION")
	return err
}

// carctl runs the tool and returns what it prints.
func (w *world) carctl(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, w.Carctl, append(args, "--platform", w.PlatformFile)...)
	cmd.Env = w.Environment
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("carctl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}

// joined is a new car that is allowed, registered and connected.
func (w *world) joined(ctx context.Context) (*testcar.Car, error) {
	c, err := testcar.New(w.gateway, testcar.NewVIN())
	if err != nil {
		return nil, err
	}
	if err := w.allow(ctx, c.VIN); err != nil {
		return nil, err
	}
	return c, c.Join(ctx)
}
