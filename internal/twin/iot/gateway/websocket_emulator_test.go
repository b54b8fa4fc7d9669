//go:build integration

package gateway_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/coder/websocket"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/gateway"
	"connectedcar/internal/twin/iot/gateway/principal"
	"connectedcar/internal/twin/iot/gateway/registry"
)

// people makes an identity pool whose identities have the role, and one identity in it.
func (e *emulator) people(cfg aws.Config) (identity string) {
	e.t.Helper()
	ctx, roles := e.t.Context(), iam.NewFromConfig(cfg)
	role, err := roles.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("people"), AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":"cognito-identity.amazonaws.com"}}]}`)})
	require.NoError(e.t, err)
	_, err = roles.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("people"), PolicyName: aws.String("listen"), PolicyDocument: aws.String(rolePolicy)})
	require.NoError(e.t, err)
	c := cognitoidentity.NewFromConfig(cfg)
	pool, err := c.CreateIdentityPool(ctx, &cognitoidentity.CreateIdentityPoolInput{
		IdentityPoolName: aws.String("people"), AllowUnauthenticatedIdentities: true, SupportedLoginProviders: map[string]string{"graph.facebook.com": "1"},
	})
	require.NoError(e.t, err)
	_, err = c.SetIdentityPoolRoles(ctx, &cognitoidentity.SetIdentityPoolRolesInput{
		IdentityPoolId: pool.IdentityPoolId, Roles: map[string]string{"authenticated": *role.Role.Arn, "unauthenticated": *role.Role.Arn},
	})
	require.NoError(e.t, err)
	id, err := c.GetId(ctx, &cognitoidentity.GetIdInput{IdentityPoolId: pool.IdentityPoolId, Logins: logins})
	require.NoError(e.t, err)
	policies := iot.NewFromConfig(cfg)
	_, err = policies.CreatePolicy(ctx, &iot.CreatePolicyInput{PolicyName: aws.String("person"), PolicyDocument: aws.String(personPolicy)})
	require.NoError(e.t, err)
	_, err = policies.AttachPolicy(ctx, &iot.AttachPolicyInput{PolicyName: aws.String("person"), Target: id.IdentityId})
	require.NoError(e.t, err)
	return *id.IdentityId
}

var logins = map[string]string{"graph.facebook.com": "token"}

func TestPersonListensWithCredentialsOfTheEmulator(t *testing.T) {
	e := newEmulator(t)
	cfg := e.config()
	identity := e.people(cfg)
	at, err := url.Parse(e.url())
	require.NoError(t, err)
	book, err := principal.New(cfg, at, http.DefaultTransport, time.Now)
	require.NoError(t, err)
	w := newWorld(t, func(c *gateway.Config) { c.Callers, c.Source = book, registry.NewAWS(cfg) })
	server := httptest.NewServer(w.gateway.Handler())
	defer server.Close()

	people := cognitoidentity.NewFromConfig(cfg, func(o *cognitoidentity.Options) {
		o.BaseEndpoint, o.Credentials = &server.URL, aws.AnonymousCredentials{}
	})
	issued, err := people.GetCredentialsForIdentity(t.Context(), &cognitoidentity.GetCredentialsForIdentityInput{IdentityId: &identity, Logins: logins})
	require.NoError(t, err)
	k := issued.Credentials
	open := func() *websocket.Conn {
		signed := address(t, server.URL, *k.AccessKeyId, *k.SecretKey) + "&X-Amz-Security-Token=" + url.QueryEscape(*k.SessionToken)
		c, _, err := overWebSocket(t, signed, "mqtt")
		require.NoError(t, err)
		return c
	}
	d, ack, err := connect(t, websocket.NetConn(context.WithoutCancel(t.Context()), open(), websocket.MessageBinary), 5, identity)
	require.NoError(t, err)
	require.Zero(t, ack.ReasonCode, w.log.text())
	require.Equal(t, byte(1), d.subscribe("cars/CAR1/#", 1))
	w.publish("cars/CAR1/telemetry", "x")
	assert.Equal(t, "x", string(d.expect(packets.Publish).Payload))
	d.trySubscribe("cars/CAR2/#")
	assert.Equal(t, byte(0x87), d.ended(), "another's car")
	_, ack, err = connect(t, websocket.NetConn(context.WithoutCancel(t.Context()), open(), websocket.MessageBinary), 5, "another")
	require.NoError(t, err)
	assert.Equal(t, byte(0x87), ack.ReasonCode, "another's client id, which the role refuses")
}
