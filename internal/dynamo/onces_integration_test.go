//go:build integration

package dynamo_test

import (
	"testing"

	"connectedcar/internal/dynamo"
	"connectedcar/internal/once"
	"connectedcar/internal/storetest"
)

func TestOnces(t *testing.T) {
	c := client(t)
	storetest.Onces(t, func(t *testing.T) once.Store { return dynamo.NewOnces(c, table(t, c, "id")) })
}
