//go:build integration

package dynamodb_test

import (
	"testing"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/command"
	"connectedcar/internal/testing/storetest"
)

func TestCommands(t *testing.T) {
	c := client(t)
	storetest.Commands(t, func(t *testing.T) command.Store { return dynamodb.NewCommands(c, table(t, c, "vin", "commandId")) })
}
