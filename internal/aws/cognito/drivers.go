package cognito

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"connectedcar/internal/domain/claims"
	"connectedcar/internal/domain/ownership"
)

// Drivers finds the drivers to whom an owner may lend a car.
type Drivers struct{ Users *Users }

// ByEmail returns the id of the driver with that address; ownership.ErrNobody if no user has it, or a user who is not a driver.
func (d Drivers) ByEmail(ctx context.Context, email string) (string, error) {
	u, err := d.Users.User(ctx, email)
	if errors.Is(err, ErrNoUser) || err == nil && !u.Enabled {
		return "", ownership.ErrNobody
	}
	if err != nil {
		return "", fmt.Errorf("look a person up: %w", err)
	}
	groups, err := d.Users.GroupsOf(ctx, u.Username)
	if err != nil {
		return "", fmt.Errorf("look a person's roles up: %w", err)
	}
	if !slices.Contains(groups, string(claims.Driver)) {
		return "", ownership.ErrNobody
	}
	return u.ID, nil
}
