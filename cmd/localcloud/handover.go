package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
)

// Users of the demo.
const (
	seller = "north@example.com"
	buyer  = "ana@example.com"
)

// handOver transfers the car to its buyer with a claim code, as a dealer does.
func (c *cloud) handOver(ctx context.Context, vin string) error {
	code, err := c.claimCode(ctx, vin)
	if err != nil {
		return err
	}
	claim, err := json.Marshal(map[string]string{"vin": vin, "code": code})
	if err != nil {
		return fmt.Errorf("claim %s: %w", vin, err)
	}
	return c.carctl(ctx, "api", "POST", "/v1/claims", "--as", buyer, "--data", string(claim))
}

// claimCode makes a claim code as the seller. The code is not printed: anyone who sees it could claim the car.
func (c *cloud) claimCode(ctx context.Context, vin string) (string, error) {
	cmd := exec.CommandContext(ctx, c.tool("carctl"), "api", "POST", "/v1/vehicles/"+vin+"/claim-code", "--as", seller, "--platform", c.descriptionFile())
	var out, failed bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = c.repo, c.environment(), &out, &failed, stopGrace
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("claim code of %s: %w: %s", vin, err, failed.String())
	}
	var answer struct{ Code string }
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		return "", fmt.Errorf("claim code of %s: %w", vin, err)
	}
	return answer.Code, nil
}
