//go:build integration

package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
)

// fleet is a stack with the environment's resources in AWS IoT's registry, and with those that cars and users added.
type fleet struct {
	*account
	stack, unique string
	stacks        *cloudformation.Client
	registry      *iot.Client
}

func newFleet(t *testing.T) fleet {
	a := newAccount(t)
	unique := fmt.Sprintf("t%d", time.Now().UnixNano()%1e9)
	f := fleet{account: a, unique: unique, stack: names.StackPrefix + "-" + unique + "-fleet",
		stacks: cloudformation.NewFromConfig(a.cfg), registry: iot.NewFromConfig(a.cfg)}
	a.platform.Environment = unique
	a.platform.Stacks = map[string]map[string]string{f.stack: {names.OutputApplication: unique, names.OutputParts: "fleet"}}
	require.NoError(t, a.platform.Save(a.file))
	f.createStack(f.stack, `{"Resources": {
		"Type": {"Type": "AWS::IoT::ThingType", "Properties": {"ThingTypeName": "`+unique+`"}},
		"Policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyName": "`+unique+`", "PolicyDocument": {"Version": "2012-10-17", "Statement": []}}}}}`)
	return f
}

func (f fleet) createStack(name, template string) {
	_, err := f.stacks.CreateStack(f.t.Context(), &cloudformation.CreateStackInput{StackName: &name, TemplateBody: &template})
	require.NoError(f.t, err)
	f.t.Cleanup(func() {
		_, _ = f.stacks.DeleteStack(f.background(), &cloudformation.DeleteStackInput{StackName: &name})
	})
	waiter := cloudformation.NewStackCreateCompleteWaiter(f.stacks, func(o *cloudformation.StackCreateCompleteWaiterOptions) { o.MinDelay = 50 * time.Millisecond })
	require.NoError(f.t, waiter.Wait(f.t.Context(), &cloudformation.DescribeStacksInput{StackName: &name}, 20*time.Second))
}

// car registers a thing with a certificate to which the policy is attached.
func (f fleet) car(name string) (certificate string) {
	ctx := f.t.Context()
	cert, err := f.registry.CreateKeysAndCertificate(ctx, &iot.CreateKeysAndCertificateInput{SetAsActive: true})
	require.NoError(f.t, err)
	_, err = f.registry.CreateThing(ctx, &iot.CreateThingInput{ThingName: &name, ThingTypeName: &f.unique})
	require.NoError(f.t, err)
	_, err = f.registry.AttachPolicy(ctx, &iot.AttachPolicyInput{PolicyName: &f.unique, Target: cert.CertificateArn})
	require.NoError(f.t, err)
	_, err = f.registry.AttachThingPrincipal(ctx, &iot.AttachThingPrincipalInput{ThingName: &name, Principal: cert.CertificateArn})
	require.NoError(f.t, err)
	return *cert.CertificateId
}

func TestEnvironmentThatWasEmptiedCanBeDeleted(t *testing.T) {
	f := newFleet(t)
	certificates := []string{f.car(f.unique + "-1"), f.car(f.unique + "-2")}
	people := names.Application(f.unique).IdentityPolicy("abc", 0)
	document := `{"Version":"2012-10-17","Statement":[]}`
	_, err := f.registry.CreatePolicy(t.Context(), &iot.CreatePolicyInput{PolicyName: &people, PolicyDocument: &document})
	require.NoError(t, err)

	_, err = f.carctl("environment", "empty")
	require.ErrorContains(t, err, "add --yes")
	_, err = f.registry.DescribeThing(t.Context(), &iot.DescribeThingInput{ThingName: aws.String(f.unique + "-1")})
	require.NoError(t, err, "asking removed it")

	for range 2 { // the command is idempotent
		out, err := f.carctl("environment", "empty", "--yes")
		require.NoError(t, err)
		assert.Contains(t, out, "empty: destroy it")
	}
	for _, id := range certificates {
		_, err = f.registry.DescribeCertificate(t.Context(), &iot.DescribeCertificateInput{CertificateId: &id})
		assert.ErrorContains(t, err, "ResourceNotFound")
	}
	_, err = f.registry.GetPolicy(t.Context(), &iot.GetPolicyInput{PolicyName: &people})
	assert.ErrorContains(t, err, "ResourceNotFound")
	_, err = f.stacks.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{StackName: &f.stack})
	require.NoError(t, err)
	waiter := cloudformation.NewStackDeleteCompleteWaiter(f.stacks, func(o *cloudformation.StackDeleteCompleteWaiterOptions) { o.MinDelay = 50 * time.Millisecond })
	require.NoError(t, waiter.Wait(t.Context(), &cloudformation.DescribeStacksInput{StackName: &f.stack}, 20*time.Second))
}

func TestProtectedEnvironmentIsNotEmptied(t *testing.T) {
	f := newFleet(t)
	f.car(f.unique)
	protect := func(on bool) {
		_, err := f.stacks.UpdateTerminationProtection(f.background(), &cloudformation.UpdateTerminationProtectionInput{StackName: &f.stack, EnableTerminationProtection: &on})
		require.NoError(t, err)
	}
	protect(true)
	t.Cleanup(func() { protect(false) })
	_, err := f.carctl("environment", "empty", "--yes")
	require.ErrorContains(t, err, "is protected")
	_, err = f.registry.DescribeThing(t.Context(), &iot.DescribeThingInput{ThingName: &f.unique})
	assert.NoError(t, err)
}

func TestStackThatTheSettingsDoNotNameIsMarked(t *testing.T) {
	f := newFleet(t)
	orphan := names.StackPrefix + "-" + f.unique + "-stream"
	f.createStack(orphan, `{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}`)
	out, err := f.carctl("environment", "stacks")
	require.NoError(t, err)
	assert.Contains(t, out, f.stack)
	assert.NotContains(t, out, "--stack-name "+f.stack)
	assert.Contains(t, out, "aws cloudformation delete-stack --stack-name "+orphan)

}
