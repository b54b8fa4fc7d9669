package smoke

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"

	"connectedcar/internal/tool/testcar"
	"connectedcar/internal/vin"
)

// result is a line of `carctl preflight -o json` and `carctl verify -o json`.
type result struct {
	Check, Status, Detail string
	OK                    bool
}

// comparesAccount runs `carctl preflight` against the emulator: with the emulator's limits nothing fails, and with those of a new account
// only the limit of concurrent executions does.
func comparesAccount(ctx context.Context, w *world) (string, error) {
	if _, err := w.carctl(ctx, "preflight", "-o", "json"); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, w.Carctl, "preflight", "-o", "json", "--quotas", w.NewAccount, "--platform", w.PlatformFile)
	cmd.Env = w.Environment
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return "", fmt.Errorf("preflight with a new account's quotas ends with %w, want a failure", err)
	}
	var failed []string
	lines := 0
	for line := range strings.Lines(string(out)) {
		var r result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			return "", fmt.Errorf("read %q: %w", line, err)
		}
		if lines++; r.Status == "fail" {
			failed = append(failed, r.Check)
		}
	}
	if want := []string{"Lambda concurrent executions"}; !slices.Equal(failed, want) {
		return "", fmt.Errorf("with a new account's quotas %v fail, want %v", failed, want)
	}
	return fmt.Sprintf("%d checks; of a new account's quotas %s fails", lines, failed[0]), nil
}

// verifiesWithACar runs `carctl verify`, once to the end and once interrupted, and checks that its cars leave nothing behind.
func verifiesWithACar(ctx context.Context, w *world) (string, error) {
	whole, err := w.verify(ctx, "")
	if err != nil {
		return "", err
	}
	cut, err := w.verify(ctx, "registration")
	if err != nil {
		return "", err
	}
	for _, car := range []string{vinOf(whole), vinOf(cut)} {
		if err := testcar.Eventually(ctx, "look for what is left of "+car, func(ctx context.Context) error { return w.nothingOf(ctx, car) }); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d checks hold; interrupted after %d, it cleans up as well", len(whole), len(cut)-1), nil
}

// verify runs `carctl verify` and returns its lines. It interrupts the program after the named check, or not at all if the name is empty.
func (w *world) verify(ctx context.Context, interruptAfter string) ([]result, error) {
	cmd := exec.CommandContext(ctx, w.Carctl, "verify", "-o", "json", "--manufacturer", w.Manufacturer, "--as", "operator@example.com", "--platform", w.PlatformFile)
	cmd.Env = w.Environment
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("carctl verify: %w", err)
	}
	var lines []result
	for in := bufio.NewScanner(out); in.Scan(); {
		var r result
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			return nil, errors.Join(fmt.Errorf("read %q: %w", in.Text(), err), cmd.Wait())
		}
		if lines = append(lines, r); r.Check == interruptAfter {
			if err := interrupt(cmd); err != nil {
				return nil, err
			}
		}
	}
	err = cmd.Wait()
	last := lines[max(0, len(lines)-1):]
	if interruptAfter == "" && err != nil || len(last) == 0 || !last[0].OK {
		return nil, fmt.Errorf("carctl verify ends with %w: %+v", err, lines)
	}
	return lines, nil
}

// vinOf reads the car's VIN from the line about its registration.
func vinOf(lines []result) string {
	for _, l := range lines {
		if l.Check == "registration" {
			v, _, _ := strings.Cut(l.Detail, " ")
			return v
		}
	}
	return ""
}

// nothingOf fails if a table or the registry still has data of the car.
func (w *world) nothingOf(ctx context.Context, car string) error {
	if len(car) == 0 {
		return errors.New("carctl verify names no car")
	}
	var missing *types.ResourceNotFoundException
	if _, err := w.iot.DescribeThing(ctx, &iot.DescribeThingInput{ThingName: aws.String(vin.VIN(car).ThingName())}); !errors.As(err, &missing) {
		return fmt.Errorf("the thing of %s is left, or cannot be looked for (%v)", car, err)
	}
	for _, outputs := range w.Platform.Stacks {
		for output, table := range outputs {
			if !strings.HasSuffix(output, "Table") {
				continue
			}
			if err := w.noRowOf(ctx, table, car); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) noRowOf(ctx context.Context, table, car string) error {
	pages := dynamodb.NewScanPaginator(w.dynamo, &dynamodb.ScanInput{TableName: &table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("read %s: %w", table, err)
		}
		for _, item := range page.Items {
			if mentions(item, car) {
				return fmt.Errorf("%s has a row of the car: %v", table, plain(item))
			}
		}
	}
	return nil
}
