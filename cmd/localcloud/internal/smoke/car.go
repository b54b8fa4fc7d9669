package smoke

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"connectedcar/internal/tool/testcar"
	"connectedcar/internal/vin"
)

// allow adds the car to the allow-list, as an operator does.
func (w *world) allow(ctx context.Context, v vin.VIN) error {
	_, err := w.carctl(ctx, "vehicle", "add", string(v), "--manufacturer", w.Manufacturer,
		"--make", "Acme", "--model", "Comet", "--model-year", "2026", "--powertrain", "COMBUSTION")
	return err
}

// carctl runs carctl and returns its standard output.
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

// joined returns a new car that is on the allow-list, registered and connected.
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
