// Command claims is the Lambda function that Amazon Cognito calls before it issues tokens: it decides the roles, company and scopes in
// the tokens. It also adds everybody who has signed up and confirmed to the group of drivers.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/domain/claims"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/env"
	"connectedcar/internal/runtime/lambdamain"
)

func main() {
	lambdamain.Run(wire, func(h *handler) any { return h.handle })
}

// wire builds the handler from the environment. The id of the user pool is not in the environment, as the pool itself refers to this
// function; each event has the id of its pool.
func wire(ctx context.Context, log *slog.Logger) (*handler, error) {
	env := env.New(os.Getenv)
	var mappings map[string]names.RoleMapping
	env.JSON(names.EnvRoleMappings, &mappings)
	if err := env.Err(); err != nil {
		return nil, err
	}
	if err := checkMappings(mappings); err != nil {
		return nil, fmt.Errorf("environment variable %s: %w", names.EnvRoleMappings, err)
	}
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	trusted := env.List(names.EnvFederatedMFA)
	return &handler{
		pool: func(id string) pool { return cognito.NewUsers(cfg, id) }, mappings: mappings, federatedMFA: trusted, log: log,
	}, nil
}

// checkMappings rejects roles that do not exist: without an error they would silently never be granted.
func checkMappings(mappings map[string]names.RoleMapping) error {
	for provider, m := range mappings {
		for group, name := range m.Groups {
			if _, err := claims.Parse(name); err != nil {
				return fmt.Errorf("provider %s, group %s: %w", provider, group, err)
			}
		}
	}
	return nil
}
