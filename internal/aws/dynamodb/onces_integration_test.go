//go:build integration

package dynamodb_test

import (
	"testing"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/idempotency"
	"connectedcar/internal/testing/storetest"
)

func TestOnces(t *testing.T) {
	c := client(t)
	storetest.Onces(t, func(t *testing.T) idempotency.Store { return dynamodb.NewOnces(c, table(t, c, "id")) })
}
