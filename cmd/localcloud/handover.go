package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
)

// The people of the demo's story.
const (
	seller = "north@example.com"
	buyer  = "ana@example.com"
)

// handOver makes the car the buyer's as a dealer does: by a claim code.
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

// claimCode has the seller make a code. It is not shown: whoever reads along could claim the car.
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
