//go:build integration

package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/domain/claims"
	"connectedcar/internal/names"
	"connectedcar/internal/platform"
	"connectedcar/internal/testing/storetest"
	"connectedcar/internal/token"
	"connectedcar/internal/tool/devusers"
)

// testPool is a user pool whose trigger is this function, with an app client.
type testPool struct {
	users  *cognito.Users
	client *cognito.Client
}

func newPool(t *testing.T, cfg aws.Config, triggers *types.LambdaConfigType) testPool {
	t.Helper()
	var groups []string
	for _, r := range claims.All() {
		groups = append(groups, string(r))
	}
	pool, client := storetest.UserPool(t, cfg, groups, triggers)
	return testPool{cognito.NewUsers(cfg, pool), cognito.NewClient(cfg, client)}
}

// claimsOf decodes the claims of a token without verifying it.
func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	require.Len(t, parts, 3)
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	var out map[string]any
	require.NoError(t, json.Unmarshal(b, &out))
	return out
}

func groupsOf(t *testing.T, token string) any {
	t.Helper()
	g, _ := claimsOf(t, token)[names.ClaimGroups].([]any)
	return append([]any{}, g...)
}

func TestTokensOfSeededPeople(t *testing.T) {
	cfg := storetest.Cloud(t)
	arn := storetest.Function(t, cfg, map[string]string{names.EnvRoleMappings: "{}"})
	for version, triggers := range map[string]*types.LambdaConfigType{
		"V1_0": {PreTokenGeneration: &arn},
		"V2_0": {PreTokenGenerationConfig: &types.PreTokenGenerationVersionConfigType{
			LambdaArn: &arn, LambdaVersion: types.PreTokenGenerationLambdaVersionTypeV20,
		}},
	} {
		t.Run(version, func(t *testing.T) {
			pool := newPool(t, cfg, triggers)
			_, err := devusers.Seed(t.Context(), pool.users, pool.client, devusers.Seeds())
			require.NoError(t, err)
			people, err := devusers.Seed(t.Context(), pool.users, pool.client, devusers.Seeds())
			require.NoError(t, err, "seeding again works")
			for _, person := range people {
				t.Run(person.Username, func(t *testing.T) { shaped(t, pool, person, version == "V2_0") })
			}
		})
	}
}

// shaped signs the person in, refreshes, and checks the tokens that this function changes.
func shaped(t *testing.T, pool testPool, person platform.User, both bool) {
	tokens, err := pool.client.SignIn(t.Context(), devusers.Credentials(person))
	require.NoError(t, err)
	refreshed, err := pool.client.Refresh(t.Context(), tokens.Refresh)
	require.NoError(t, err)
	roles, scope := []any{}, "aws.cognito.signin.user.admin"
	if person.Group != "" {
		roles, scope = []any{person.Group}, scope+" connectedcar/read connectedcar/write"
	}
	for _, pair := range []token.Set{tokens, refreshed} {
		shapedTokens := []string{pair.ID}
		if both {
			shapedTokens = append(shapedTokens, pair.Access)
			assert.Equal(t, scope, claimsOf(t, pair.Access)["scope"])
		}
		for _, token := range shapedTokens {
			got := claimsOf(t, token)
			assert.Equal(t, roles, groupsOf(t, token))
			assert.Equal(t, person.ID, got["sub"])
			for name, want := range map[string]string{names.ClaimManufacturer: person.ManufacturerID, names.ClaimDealer: person.DealerID} {
				text, _ := got[name].(string)
				assert.Equal(t, want, text, name)
			}
			assert.NotContains(t, got, names.UserManufacturer)
		}
	}
}

func TestARoleComesWithTheSecondFactor(t *testing.T) {
	cfg := storetest.Cloud(t)
	arn := storetest.Function(t, cfg, map[string]string{names.EnvRoleMappings: "{}"})
	pool := newPool(t, cfg, &types.LambdaConfigType{PreTokenGenerationConfig: &types.PreTokenGenerationVersionConfigType{
		LambdaArn: &arn, LambdaVersion: types.PreTokenGenerationLambdaVersionTypeV20,
	}})
	who := cognito.NewUser{Email: "late@example.com", Role: claims.Operator, Password: "Temporary-Pass-1", Temporary: true}
	_, err := pool.users.Add(t.Context(), who)
	require.NoError(t, err)
	require.ErrorIs(t, pool.users.Confirm(t.Context(), who.Email, who.Role), cognito.ErrNoFactor)
	require.NoError(t, pool.users.AddToGroup(t.Context(), who.Email, string(who.Role)), "as an administrator may in the console of Amazon Cognito")
	sign := cognito.Credentials{Username: who.Email, Password: who.Password}
	_, err = pool.client.SignIn(t.Context(), sign)
	require.ErrorIs(t, err, cognito.ErrNeedsNewPassword)

	sign.NewPassword = "Lasting-Password-2"
	tokens, err := pool.client.SignIn(t.Context(), sign)
	require.NoError(t, err)
	assert.Empty(t, groupsOf(t, tokens.Access), "without a second factor the role is withheld")
	assert.NotContains(t, claimsOf(t, tokens.Access)["scope"], names.ResourceServer)

	secret, err := devusers.Enrol(t.Context(), pool.client, tokens.Access)
	require.NoError(t, err)
	sign = cognito.Credentials{Username: who.Email, Password: "Lasting-Password-2"}
	_, err = pool.client.SignIn(t.Context(), sign)
	require.ErrorIs(t, err, cognito.ErrNeedsCode)
	sign.Code = func(context.Context) (string, error) { return "000000", nil }
	_, err = pool.client.SignIn(t.Context(), sign)
	require.ErrorContains(t, err, "answer SOFTWARE_TOKEN_MFA")
	sign.Code = devusers.TOTP(secret)
	tokens, err = pool.client.SignIn(t.Context(), sign)
	require.NoError(t, err)
	assert.Equal(t, []any{"operator"}, groupsOf(t, tokens.Access))
}
