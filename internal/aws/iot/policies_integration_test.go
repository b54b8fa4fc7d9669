//go:build integration

package iot_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiot "github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/iot"
	"connectedcar/internal/testing/storetest"
)

func TestPoliciesOfAnIdentity(t *testing.T) {
	const identity = "eu-central-1:0a000000-0000-4000-8000-00000000000a"
	cfg := storetest.Cloud(t)
	client, policies, name := awsiot.NewFromConfig(cfg), iot.NewPolicies(cfg), storetest.Unique(t, "identity")
	t.Cleanup(func() { assert.NoError(t, policies.Remove(context.WithoutCancel(t.Context()), name, identity)) })
	document := func(n int) string {
		return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iot:Connect"],"Resource":["arn:aws:iot:eu-central-1:000000000000:client/%d"]}]}`, n)
	}
	attached := func() []string {
		names, err := policies.Attached(t.Context(), identity)
		require.NoError(t, err)
		return names
	}
	require.NoError(t, policies.Remove(t.Context(), name, identity), "removing what is not there is fine")
	for n := range 8 { // more than the versions that AWS IoT stores
		require.NoError(t, policies.Attach(t.Context(), name, document(n), identity))
		require.NoError(t, policies.Attach(t.Context(), name, document(n), identity), "doing it again changes nothing")
		out, err := client.GetPolicy(t.Context(), &awsiot.GetPolicyInput{PolicyName: &name})
		require.NoError(t, err)
		assert.Equal(t, document(n), aws.ToString(out.PolicyDocument))
		assert.Equal(t, fmt.Sprint(n+1), aws.ToString(out.DefaultVersionId))
		assert.Equal(t, []string{name}, attached())
	}
	require.NoError(t, policies.Remove(t.Context(), name, identity))
	assert.Empty(t, attached())
	_, err := client.GetPolicy(t.Context(), &awsiot.GetPolicyInput{PolicyName: &name})
	require.Error(t, err, "its versions too are gone")
}
