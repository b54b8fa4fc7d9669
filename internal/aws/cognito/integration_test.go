//go:build integration

package cognito_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	identitytypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/domain/claims"
	"connectedcar/internal/domain/realtime"
	"connectedcar/internal/errs"
	"connectedcar/internal/testing/storetest"
)

// pools is a user pool with an app client, and an identity pool for its users.
type pools struct {
	users      *cognito.Users
	client     *cognito.Client
	identities *cognito.Identities
}

func newPools(t *testing.T) pools {
	t.Helper()
	cfg, ctx := storetest.Cloud(t), t.Context()
	pool, client := storetest.UserPool(t, cfg, []string{"driver"}, nil)
	ids := cognitoidentity.NewFromConfig(cfg)
	identities, err := ids.CreateIdentityPool(ctx, &cognitoidentity.CreateIdentityPoolInput{
		IdentityPoolName: aws.String(storetest.Unique(t, "identities")),
		CognitoIdentityProviders: []identitytypes.CognitoIdentityProvider{{
			ClientId: &client, ServerSideTokenCheck: aws.Bool(true),
			ProviderName: aws.String("cognito-idp." + cfg.Region + ".amazonaws.com/" + pool),
		}},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := ids.DeleteIdentityPool(context.WithoutCancel(ctx), &cognitoidentity.DeleteIdentityPoolInput{IdentityPoolId: identities.IdentityPoolId})
		assert.NoError(t, err)
	})
	return pools{
		cognito.NewUsers(cfg, pool), cognito.NewClient(cfg, client),
		cognito.NewIdentities(cfg, *identities.IdentityPoolId, pool),
	}
}

func TestAPersonHasOneIdentity(t *testing.T) {
	p := newPools(t)
	ids := map[string]bool{}
	for _, email := range []string{"ana@example.com", "ben@example.com"} {
		_, err := p.users.Add(t.Context(), cognito.NewUser{Email: email, Role: claims.Driver, Password: "Long-Password-1"})
		require.NoError(t, err)
		for range 2 {
			tokens, err := p.client.SignIn(t.Context(), cognito.Credentials{Username: email, Password: "Long-Password-1"})
			require.NoError(t, err)
			id, err := p.identities.IdentityID(t.Context(), tokens.ID)
			require.NoError(t, err)
			require.NoError(t, realtime.CheckIdentity(id))
			ids[id] = true
			credentials, err := p.identities.Credentials(t.Context(), id, tokens.ID)
			require.NoError(t, err)
			assert.NotEmpty(t, credentials.SessionToken)
		}
	}
	assert.Len(t, ids, 2)
}

func TestPeopleAreAddedWholeAndOnce(t *testing.T) {
	p := newPools(t)
	_, err := p.users.Add(t.Context(), cognito.NewUser{Email: "ops@example.com", Role: claims.Operator, Password: "Long-Password-1"})
	require.ErrorContains(t, err, "add to group operator", "the pool has no such group")
	_, err = p.users.User(t.Context(), "ops@example.com")
	require.ErrorIs(t, err, cognito.ErrNoUser, "nobody is left half made")

	made, err := p.users.Add(t.Context(), cognito.NewUser{Email: "ana@example.com", Role: claims.Driver, Password: "Long-Password-1"})
	require.NoError(t, err)
	assert.Equal(t, "CONFIRMED", made.Status)
	_, err = p.users.Add(t.Context(), cognito.NewUser{Email: "ana@example.com"})
	require.ErrorIs(t, err, cognito.ErrExists)
	_, err = p.users.Add(t.Context(), cognito.NewUser{Email: "weak@example.com", Password: "x"})
	require.Error(t, err)
	assert.Equal(t, errs.Invalid, errs.Of(err))

	var found []cognito.User
	require.NoError(t, p.users.List(t.Context(), claims.Driver, func(u cognito.User) bool { found = append(found, u); return true }))
	require.Len(t, found, 1)
	assert.Equal(t, made.ID, found[0].ID)
	groups, err := p.users.GroupsOf(t.Context(), "ana@example.com")
	require.NoError(t, err)
	assert.Equal(t, []string{"driver"}, groups)
	mfa, err := p.users.HasMFA(t.Context(), "ana@example.com")
	require.NoError(t, err)
	assert.False(t, mfa)
}

func TestWhoIsDisabledMayNotSignIn(t *testing.T) {
	p := newPools(t)
	who := cognito.Credentials{Username: "ana@example.com", Password: "Long-Password-1"}
	_, err := p.users.Add(t.Context(), cognito.NewUser{Email: who.Username, Password: who.Password})
	require.NoError(t, err)
	_, err = p.client.SignIn(t.Context(), who)
	require.NoError(t, err)
	require.NoError(t, p.users.SetEnabled(t.Context(), who.Username, false))
	_, err = p.client.SignIn(t.Context(), who)
	assert.Equal(t, errs.Denied, errs.Of(err))
	require.NoError(t, p.users.SetEnabled(t.Context(), who.Username, true))
	_, err = p.client.SignIn(t.Context(), who)
	require.NoError(t, err)
	require.ErrorIs(t, p.users.SetEnabled(t.Context(), "x@example.com", false), cognito.ErrNoUser)
}
