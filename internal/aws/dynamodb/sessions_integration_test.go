//go:build integration

package dynamodb_test

import (
	"testing"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/session"
	"connectedcar/internal/testing/storetest"
)

func TestSessions(t *testing.T) {
	c := client(t)
	storetest.Sessions(t, func(t *testing.T) session.Store { return dynamodb.NewSessions(c, table(t, c, "id")) })
}
