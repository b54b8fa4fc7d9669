package storetest

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/stretchr/testify/require"
)

// UserPool creates a user pool configured like the platform's, with these groups, optional authenticator apps and an app client for
// sign-ins with a password, and deletes the pool after the test. triggers may be nil.
func UserPool(t *testing.T, cfg aws.Config, groups []string, triggers *types.LambdaConfigType) (pool, client string) {
	t.Helper()
	idps, ctx := idp.NewFromConfig(cfg), t.Context()
	custom := func(name string) types.SchemaAttributeType {
		return types.SchemaAttributeType{Name: &name, AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(false)}
	}
	made, err := idps.CreateUserPool(ctx, &idp.CreateUserPoolInput{
		PoolName: aws.String(Unique(t, "people")), UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail},
		Schema: []types.SchemaAttributeType{custom("manufacturerId"), custom("dealerId")}, LambdaConfig: triggers,
	})
	require.NoError(t, err)
	id := made.UserPool.Id
	t.Cleanup(func() {
		_, err := idps.DeleteUserPool(context.WithoutCancel(ctx), &idp.DeleteUserPoolInput{UserPoolId: id})
		require.NoError(t, err)
	})
	_, err = idps.SetUserPoolMfaConfig(ctx, &idp.SetUserPoolMfaConfigInput{
		UserPoolId: id, MfaConfiguration: types.UserPoolMfaTypeOptional,
		SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true},
	})
	require.NoError(t, err)
	for _, g := range groups {
		_, err := idps.CreateGroup(ctx, &idp.CreateGroupInput{UserPoolId: id, GroupName: &g})
		require.NoError(t, err)
	}
	app, err := idps.CreateUserPoolClient(ctx, &idp.CreateUserPoolClientInput{
		UserPoolId: id, ClientName: aws.String("cli"),
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
	})
	require.NoError(t, err)
	return aws.ToString(id), aws.ToString(app.UserPoolClient.ClientId)
}
