//go:build integration

package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
	"connectedcar/internal/platform"
	"connectedcar/internal/testing/storetest"
)

func TestPeopleOfARealPool(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	cfg := storetest.Cloud(t)
	pool, client := storetest.UserPool(t, cfg, []string{"manufacturer", "dealer", "driver", "operator"}, nil)
	file, preferences := filepath.Join(t.TempDir(), "platform.json"), storetest.Unique(t, "preferences")
	db := dynamodb.NewFromConfig(cfg)
	in := &dynamodb.CreateTableInput{TableName: &preferences, BillingMode: types.BillingModePayPerRequest}
	for n, key := range []string{"userId", "kind"} {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: &key, AttributeType: types.ScalarAttributeTypeS})
		in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: &key, KeyType: []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}[n]})
	}
	_, err := db.CreateTable(t.Context(), in)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := db.DeleteTable(context.WithoutCancel(t.Context()), &dynamodb.DeleteTableInput{TableName: &preferences})
		assert.NoError(t, err)
	})
	require.NoError(t, platform.Platform{
		AWSEndpoint: aws.ToString(cfg.BaseEndpoint), Region: cfg.Region,
		Stacks: map[string]map[string]string{"x": {names.OutputUserPoolID: pool, names.OutputCLIClientID: client, names.OutputApplication: "cars", names.OutputPreferencesTable: preferences}},
	}.Save(file))
	run := func(args ...string) (string, error) {
		out, _, err := carctl(t, append(args, "--platform", file)...)
		return out, err
	}

	out, err := run("user", "seed")
	require.NoError(t, err)
	assert.Contains(t, out, "made 8 people")
	described, err := platform.Load(file)
	require.NoError(t, err)
	require.Len(t, described.Users, 8)
	for _, u := range described.Users {
		out, err := run("login", "--user", u.Username)
		require.NoError(t, err)
		assert.Contains(t, out, "signed in as "+u.Username)
		privileged := u.Group != "" && u.Group != "driver"
		assert.Equal(t, privileged, u.TOTPSecret != "", u.Username)
	}

	_, err = run("user", "add", "--email", "eva@example.com", "--role", "dealer", "--dealer", "west", "--password", "Long-Password-1")
	require.NoError(t, err)
	_, err = run("user", "add", "--email", "eva@example.com", "--role", "driver", "--password", "Long-Password-1")
	require.ErrorContains(t, err, "a user of that e-mail address exists already")
	out, err = run("user", "list", "--role", "dealer", "--json")
	require.NoError(t, err)
	assert.Equal(t, 3, strings.Count(out, "\n"))
	assert.Contains(t, out, `"email":"eva@example.com","roles":["dealer"],"dealerId":"west","status":"CONFIRMED","enabled":true,"mfa":false`)
	out, err = run("user", "list")
	require.NoError(t, err)
	assert.Equal(t, 10, strings.Count(out, "\n"), "a line each, and the header")

	// Another person may read the invitation first.
	_, err = run("user", "add", "--email", "ops@example.com", "--role", "operator", "--password", "Long-Password-1", "--temporary")
	require.NoError(t, err)
	out, err = run("user", "list", "--json")
	require.NoError(t, err)
	assert.Regexp(t, `"email":"ops@example.com","roles":(null|\[\])`, out, "a temporary password leads to no role")
	_, err = run("user", "confirm", "ops@example.com", "--role", "operator")
	require.ErrorContains(t, err, "no second factor yet")
	_, err = run("user", "confirm", described.Users[0].Username, "--role", "operator")
	assert.Equal(t, described.Users[0].TOTPSecret != "", err == nil, "%v", err)

	signIn := []string{"login", "--user", "eva@example.com", "--password", "Long-Password-1"}
	for _, step := range []struct {
		command string
		allowed bool
	}{{"disable", false}, {"enable", true}} {
		_, err = run("user", step.command, "eva@example.com")
		require.NoError(t, err)
		_, err = run(signIn...)
		assert.Equal(t, step.allowed, err == nil, step.command)
	}
	_, err = run("user", "disable", "x@example.com")
	require.ErrorContains(t, err, "disable x@example.com: no such user")
}
